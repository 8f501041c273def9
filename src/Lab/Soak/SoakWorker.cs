using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Native;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>One worker thread: pinned, runs its workloads step by step, audits slices when the world stops, drains at the end.</summary>
internal sealed class SoakWorker
{
    private const int WarmUpSteps = 2000;
    private const int MoveOneInSteps = 256;
    private const int SampleOneInSteps = 4;

    private readonly IReadOnlyList<int> _cores;
    private readonly Thread _thread;
    private SoakWorkload[] _workloads = [];
    private Xorshift _rng;
    private CpuId _cpu;
    private long _allocated;
    private bool _drained;

    public SoakWorker(SoakWorld world, TaskId task, IReadOnlyList<int> cores)
    {
        World = world;
        Task = task;
        _cores = cores;
        _rng = new Xorshift(world.Options.Seed, task.Value);
        Stats = new WorkerStats();
        _thread = new Thread(Main) { Name = $"task {task.Value}", IsBackground = true };
    }

    public SoakWorld World { get; }

    public TaskId Task { get; }

    public WorkerStats Stats { get; private set; }

    /// <summary>The worker's random numbers; its workloads draw from them too.</summary>
    public ref Xorshift Rng => ref _rng;

    /// <summary>The first answer of the OS to the wish to be pinned.</summary>
    public PinResult Pin { get; private set; }

    /// <summary>Managed bytes that the thread allocated in steps, warm-up and pauses left out.</summary>
    public long AllocatedBytes => _allocated;

    /// <summary>True when it has given everything back. For reports.</summary>
    public bool IsDrained => _drained;

    /// <summary>True on the worker's own thread.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    public void Start() => _thread.Start();

    public void Join() => _thread.Join();

    public bool Join(TimeSpan limit) => _thread.Join(limit);

    private void Main()
    {
        try
        {
            Prepare();
            while (Serve()) { RunSteps(); }
        }
        catch (StoppedException)
        {
            // The run was given up; whatever this thread waited for may never come.
        }
        catch (BugException bug)
        {
            World.Findings.Add(bug, Task);
        }
        catch (Exception e)
        {
            World.Findings.AddUnexpected(e, Task);
        }
        finally
        {
            ChaosHost.Discharge();
        }
    }

    private void Prepare()
    {
        _cpu = World.Machine.Cpus.CpuOf(Task);
        Pin = ThreadPinning.TryPin(_cores[_cpu.Value]);

        // Made again on the worker's own thread, so that its lines lie apart from those of others.
        Stats = new WorkerStats();
        _workloads = [.. World.WorkloadNames.Select(name => World.Make(name, this))];
        (Seam.Host as ChaosHost)?.Enlist(Task);
        World.Control.Arrive();
    }

    // Until the world wants something. Steps begin and end at an operation boundary.
    private void RunSteps()
    {
        RunControl control = World.Control;
        CpuMailbox mail = World.Machine.Mail;
        CpuSlots cpus = World.Machine.Cpus;
        long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        long steps = World.StepsOf(Task);
        while (!control.NeedsAttention && !mail.HasWork(_cpu)) // An LRU drain rings the mailbox too.
        {
            _workloads[steps % _workloads.Length].Step();
            World.NoteProgress(Task, ++steps);
            if (_rng.OneIn(SampleOneInSteps)) { SampleFolio(); }
            if (steps == WarmUpSteps) { allocatedBefore = GC.GetAllocatedBytesForCurrentThread(); }
            if (cpus.CpuOf(Task) == _cpu && !(Seam.Chaotic && _rng.OneIn(MoveOneInSteps))) { continue; }

            // What the OS is asked here allocates, and is no step.
            long before = GC.GetAllocatedBytesForCurrentThread();
            if (cpus.CpuOf(Task) != _cpu) { Repin(); }
            else { MoveSomebody(); }
            allocatedBefore += GC.GetAllocatedBytesForCurrentThread() - before;
        }
        if (steps > WarmUpSteps) { _allocated += GC.GetAllocatedBytesForCurrentThread() - allocatedBefore; }
    }

    // The audit of one folio while others use it.
    private void SampleFolio()
    {
        Pfn pfn = new(_rng.Below(World.Machine.Frames.Frames));
        long began = Stats.Begin(Operation.Sample, pfn);
        AuditFinding? found = World.Audit.Sample(Task, pfn);
        Stats.End(Operation.Sample, began);
        if (found is not null) { World.Findings.Add(World.Audit.ToFinding(found) with { Task = Task.Value }); }
    }

    // False: the run is over for this thread.
    private bool Serve()
    {
        RunControl control = World.Control;
        while (true)
        {
            ServeMail();
            if (control.CurrentPhase != PausePhase.None)
            {
                TakePartInAudit();
                continue;
            }
            RunOrder order = control.CurrentOrder;
            switch (order)
            {
                case RunOrder.Run:
                    return true;
                case RunOrder.Exit:
                    return false;
                case RunOrder.Drain when !_drained:
                    foreach (SoakWorkload workload in _workloads) { workload.Drain(); }
                    _drained = true;
                    control.ArriveDrained();
                    break;
                default:
                    Idle(order);
                    break;
            }
        }
    }

    private void Idle(RunOrder order)
    {
        // Task n listens for CPU n: every mailbox has one owner, whatever moves there were.
        if (Task.Value < World.Machine.Cpus.Cpus) { World.Machine.Mail.WaitForBell(new CpuId(Task.Value)); }
        else { World.Control.AwaitOtherThan(order); }
    }

    private void ServeMail()
    {
        ServeMailOf(_cpu);
        if (World.Control.CurrentOrder != RunOrder.Run && Task.Value < World.Machine.Cpus.Cpus) { ServeMailOf(new CpuId(Task.Value)); }
    }

    private void ServeMailOf(CpuId cpu)
    {
        CpuMailbox mail = World.Machine.Mail;
        if (!mail.HasWork(cpu)) { return; }
        CpuWork work = mail.Take(cpu, out int ticket);

        // The request itself is a word of the drain; the bell that brought us here says no more than that there may be one.
        World.Machine.Drain.Serve(Task, cpu);
        if ((work & CpuWork.Drain) != 0)
        {
            World.Machine.Allocator.DrainCpu(Task, cpu);
            mail.AcknowledgeDrain(cpu, ticket);
            Stats.Saw(Sighting.DrainServed);
        }
        if ((work & CpuWork.Move) != 0) { MoveTo(Task, new CpuId((cpu.Value + 1) % World.Machine.Cpus.Cpus)); }
    }

    private void TakePartInAudit()
    {
        RunControl control = World.Control;
        List<HeldFolio> holdings = World.Audit.RentHoldings();
        foreach (SoakWorkload workload in _workloads) { workload.ShowHoldings(holdings); }
        World.Audit.HandIn(Task, holdings);
        control.Arrive();
        control.AwaitEndOf(PausePhase.Gather);
        for (int slice = control.TakeSlice(); slice < SoakAudit.Slices; slice = control.TakeSlice()) { World.Audit.Check(slice); }
        control.Arrive();
        control.AwaitEndOf(PausePhase.Audit);
    }

    // Somebody moved this task: it goes where its slot is.
    private void Repin()
    {
        _cpu = World.Machine.Cpus.CpuOf(Task);
        ThreadPinning.TryPin(_cores[_cpu.Value]);
    }

    private void MoveSomebody()
    {
        TaskId tenant = new(_rng.Below(World.Machine.Cpus.Tasks));
        MoveTo(tenant, new CpuId(_rng.Below(World.Machine.Cpus.Cpus)));
    }

    private void MoveTo(TaskId tenant, CpuId cpu)
    {
        World.Machine.Cpus.Move(Task, tenant, cpu);
        World.Machine.Events.Count(Task, EventCounter.CpuMoves);
        if (tenant == Task) { Repin(); }
    }
}
