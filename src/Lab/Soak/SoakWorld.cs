using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lab.Soak.Workloads;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>Everything that the workers of one run share: the machine, the lab's own words in its arena, and what to do.</summary>
internal sealed class SoakWorld : IDisposable
{
    private const int SharePart = 16;
    private const int PagesLeast = 32;
    private const int PagesMost = 512;
    private const int SharedPagesMost = 128;
    private const int BalloonMost = 4096;

    private readonly PaddedColumn<long> _steps;
    private readonly SharedFamilies? _families;
    private readonly SharedCaches? _caches;
    private readonly PinnedProcesses? _pinned;
    private bool _isDrained;

    public SoakWorld(Machine machine, SoakOptions options, HostSummary host, SoakReporter reporter)
    {
        Machine = machine;
        Options = options;
        Host = host;
        WorkloadNames = WorkloadList.Expand(options.Workloads);
        int tasks = machine.Cpus.Tasks;
        _steps = machine.Arena.AddPadded<long>("soak_steps", tasks, ColumnKind.Bookkeeping);
        Control = new RunControl(machine.Arena, machine.Mail);
        Rings = new HandoffRings(machine.Arena, tasks);
        Hoard = new Hoard(machine.Arena);
        RefSlots = new RefSlots(machine.Arena);
        PageTables = new PageTableLocks(machine.Arena, machine.Cpus.Ranks);
        Takers = new LastTakers(machine.Arena, machine.Frames.Frames, options.Checked);
        Audit = new SoakAudit(machine, Takers);
        Findings = new FindingLog(machine, options, reporter);
        FreeFramesBefore = machine.Allocator.FreeFramesAtRest();
        BlocksBefore = BlockCensus.Of(machine);
        LockTargets = LockTargetSetup.Make(this);
        Isolated = new FolioLists(machine.Base, machine.Links, "soak_isolated", tasks);
        long share = FreeFramesBefore / (SharePart * tasks);
        PagesPerTask = (int)Math.Clamp(share, PagesLeast, PagesMost);
        BalloonPages = (int)Math.Clamp(FreeFramesBefore / 64, PagesLeast, BalloonMost);
        if (WorkloadNames.Contains(WorkloadList.MigrateSharedAnon)) { _families = new SharedFamilies(machine, Math.Min(PagesPerTask, SharedPagesMost)); }
        if (WorkloadNames.Contains(WorkloadList.MigratePageCache)) { _caches = new SharedCaches(machine, Math.Min(PagesPerTask, SharedPagesMost)); }
        if (WorkloadNames.Contains(WorkloadList.PinVsMigrate)) { _pinned = new PinnedProcesses(machine, Math.Min(PagesPerTask, SharedPagesMost)); }
    }

    public Machine Machine { get; }

    public SoakOptions Options { get; }

    public HostSummary Host { get; }

    /// <summary>What is saved of the machine when the run is over.</summary>
    public required FinalState State { get; init; }

    /// <summary>Single workloads; a worker's steps go through them in turn.</summary>
    public IReadOnlyList<string> WorkloadNames { get; }

    public RunControl Control { get; }

    /// <summary>Free frames before the lab took any.</summary>
    public long FreeFramesBefore { get; }

    /// <summary>How fragmented the machine was then.</summary>
    public BlockCensus BlocksBefore { get; }

    public HandoffRings Rings { get; }

    public Hoard Hoard { get; }

    public RefSlots RefSlots { get; }

    public PageTableLocks PageTables { get; }

    public LockTargets LockTargets { get; }

    /// <summary>A private list of each task; empty between its steps.</summary>
    public FolioLists Isolated { get; }

    /// <summary>Pages of a process that one task has for itself.</summary>
    public int PagesPerTask { get; }

    /// <summary>From so many pages on the balloon only shrinks.</summary>
    public int BalloonPages { get; }

    /// <summary>Of a run that forks.</summary>
    public SharedFamilies Families => _families!;

    /// <summary>Of a run with page caches.</summary>
    public SharedCaches Caches => _caches!;

    /// <summary>Of a run that pins.</summary>
    public PinnedProcesses Pinned => _pinned!;

    public LastTakers Takers { get; }

    public SoakAudit Audit { get; }

    public FindingLog Findings { get; }

    /// <summary>Room in the arena for the columns that a world adds to a machine's.</summary>
    public static long BytesFor(int frames, int tasks) => HandoffRings.BytesFor(tasks) + (frames * 12L) + (tasks * 4096L) + (4 << 20);

    /// <summary>Room for the processes, and what they map, of so many tasks.</summary>
    public static MappingOptions MappingFor(int tasks)
    {
        MappingOptions least = new();
        return least with
        {
            Mms = least.Mms + (4 * tasks),
            Vmas = least.Vmas + (16 * tasks),
            AnonVmas = least.AnonVmas + (8 * tasks),
            AnonLinks = least.AnonLinks + (16 * tasks),
            TableNodes = least.TableNodes + (32 * tasks),
        };
    }

    public SoakWorkload Make(string name, SoakWorker worker) => name switch
    {
        WorkloadList.LockStorm => new LockStorm(worker),
        WorkloadList.AllocStorm => new AllocStorm(worker),
        WorkloadList.RefStorm => new RefStorm(worker),
        WorkloadList.LruStorm => new LruStorm(worker),
        WorkloadList.MigratePrivateAnon => new MigratePrivateAnon(worker),
        WorkloadList.MigrateSharedAnon => new MigrateSharedAnon(worker),
        WorkloadList.MigratePageCache => new MigratePageCache(worker),
        WorkloadList.PinVsMigrate => new PinVsMigrate(worker),
        _ => new Compact(worker),
    };

    /// <summary>A worker's steps so far: what the watchdog looks at.</summary>
    public long StepsOf(TaskId task) => Atomic.PlainLoad(ref _steps[task.Value]);

    public void NoteProgress(TaskId task, long steps) => Atomic.PlainStore(ref _steps[task.Value], steps);

    /// <summary>References that no task owns: of slots, rings and the kept lock targets. At rest only.</summary>
    public void AddSharedHoldings(List<HeldFolio> holdings)
    {
        const int nobody = -1;
        for (int slot = 0; slot < RefSlots.Slots; slot++)
        {
            long word = RefSlots.Read(slot);
            if (word != 0) { holdings.Add(new HeldFolio(RefSlots.HandleOf(word).Pfn, 1, 0, false, false, nobody)); }
        }
        Rings.ForEachAtRest(entry => holdings.Add(new HeldBlock(entry).ForAudit(new TaskId(nobody))));
        if (_isDrained) { return; }
        foreach (Pfn pfn in LockTargets.Own) { holdings.Add(new HeldFolio(pfn, 1, 0, false, false, nobody)); }
    }

    /// <summary>Gives back what no task owns, when all tasks are idle. Called by one thread in the name of task 0.</summary>
    public void DrainShared()
    {
        TaskId task = new(0);
        for (int slot = 0; slot < RefSlots.Slots; slot++)
        {
            long word = RefSlots.Exchange(slot, 0);
            if (word != 0) { Machine.Allocator.Put(task, RefSlots.HandleOf(word).Pfn); }
        }
        for (int t = 0; t < Machine.Cpus.Tasks; t++)
        {
            for (int peer = 0; peer < Rings.Peers; peer++)
            {
                while (Rings.TryReceive(new TaskId(t), peer, out long entry))
                {
                    HeldBlocks.GiveBack(Machine.Allocator, Machine.Frames, task, new HeldBlock(entry));
                }
            }
        }
        foreach (Pfn pfn in LockTargets.Own) { Machine.Allocator.Put(task, pfn); }
        _families?.Drain(Machine);
        _pinned?.Drain(Machine);
        _caches?.Drain(Machine);
        while (Machine.Balloon.Deflate(task))
        {
            // Nobody has any of its pages isolated: all of them are given back.
        }

        // Folios that wait in a batch are freed by its flush.
        Machine.Drain.DrainAll(task, force: true);
        _isDrained = true;
        if (!WorkloadNames.Contains(WorkloadList.Compact)) { return; }

        // What the run scattered is gathered once more, so that its end tells what compaction can do.
        for (int zone = 0; zone < Machine.Lru.Nodes; zone++) { Machine.Compaction.Run(task, zone, Reclaim.Compaction.WholeZone, MigrateMode.SyncLight); }
        Machine.Drain.DrainAll(task, force: true);
    }

    public void Dispose() => Machine.Dispose();
}
