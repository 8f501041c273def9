using MemCore.Engine;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>What workers are to do. The order of the members is the order of a run.</summary>
internal enum RunOrder
{
    /// <summary>Wait: the start audit is not done yet.</summary>
    Ready,
    Run,

    /// <summary>Give everything back that you hold, then be idle.</summary>
    Drain,
    Exit,
}

/// <summary>The phases of a stop-the-world audit.</summary>
internal enum PausePhase
{
    None,

    /// <summary>Stop at the next boundary and show what you hold.</summary>
    Gather,

    /// <summary>Everybody has stopped: audit slices.</summary>
    Audit,
}

/// <summary>The words by which the coordinator starts, stops and pauses the workers. All of them are in the arena.</summary>
/// <remarks>One coordinator. A worker looks at <see cref="NeedsAttention"/> at each operation boundary: a line that nobody writes meanwhile.</remarks>
internal sealed class RunControl
{
    private const int Order = 0;
    private const int Phase = 1;
    private const int Arrived = 2;
    private const int NextSlice = 3;
    private const int Drained = 4;
    private const int PollMs = 20;

    private readonly PaddedColumn<int> _words; // (A)
    private readonly CpuMailbox _mail;

    public RunControl(Arena arena, CpuMailbox mail)
    {
        _words = arena.AddPadded<int>("run_control", 5, ColumnKind.State);
        _mail = mail;
    }

    public RunOrder CurrentOrder => (RunOrder)Atomic.Load(ref _words[Order]);

    public PausePhase CurrentPhase => (PausePhase)Atomic.Load(ref _words[Phase]);

    /// <summary>True unless the worker should simply go on with its workload.</summary>
    public bool NeedsAttention => Atomic.Load(ref _words[Phase]) != (int)PausePhase.None || Atomic.Load(ref _words[Order]) != (int)RunOrder.Run;

    public int ArrivedCount => Atomic.Load(ref _words[Arrived]);

    public int DrainedCount => Atomic.Load(ref _words[Drained]);

    /// <summary>Coordinator: changes the order and wakes who is idle.</summary>
    public void Command(RunOrder order)
    {
        Atomic.Store(ref _words[Order], (int)order);
        Atomic.WakeAll(ref _words[Order]);
        RingAll();
    }

    /// <summary>Coordinator: begins the next phase of a pause, with nobody arrived in it yet.</summary>
    public void Begin(PausePhase phase)
    {
        Atomic.Store(ref _words[Arrived], 0);
        Atomic.Store(ref _words[NextSlice], 0);
        Atomic.Store(ref _words[Phase], (int)phase);
        Atomic.WakeAll(ref _words[Phase]);
        Atomic.WakeAll(ref _words[Order]);
        RingAll();
    }

    /// <summary>Coordinator: waits a moment for another arrival. Returns the number arrived.</summary>
    public int AwaitArrival(int seen)
    {
        // Pairs with RunControl.Arrive: what the arrived showed is seen with their count.
        if (ArrivedCount == seen) { Atomic.ParkFor(ref _words[Arrived], seen, PollMs); }
        return ArrivedCount;
    }

    /// <summary>Worker: has done its part of the phase.</summary>
    public void Arrive()
    {
        // Pairs with RunControl.AwaitArrival: to see the count is to see what the worker showed or found.
        Atomic.Add(ref _words[Arrived], 1);
        Atomic.WakeAll(ref _words[Arrived]);
    }

    /// <summary>Worker: the next slice of the audit that nobody has taken.</summary>
    public int TakeSlice() => Atomic.Add(ref _words[NextSlice], 1) - 1;

    /// <summary>Worker: waits until the phase is over. Blocking on the coordinator.</summary>
    public void AwaitEndOf(PausePhase phase)
    {
        while (Atomic.Load(ref _words[Phase]) == (int)phase) { Atomic.Park(ref _words[Phase], (int)phase); }
    }

    /// <summary>Worker: holds nothing any more.</summary>
    public void ArriveDrained() => Atomic.Add(ref _words[Drained], 1);

    /// <summary>Worker that is no CPU's listener: waits for another order or a pause. May return early.</summary>
    public void AwaitOtherThan(RunOrder order)
    {
        if (CurrentPhase == PausePhase.None) { Atomic.ParkFor(ref _words[Order], (int)order, PollMs); }
    }

    private void RingAll()
    {
        for (int cpu = 0; cpu < _mail.Cpus; cpu++) { _mail.Send(new CpuId(cpu), CpuWork.Look); }
    }
}
