using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Lab.Scenarios;

/// <summary>Two folios, their lock and wait table with few buckets, and actors: the machine of the lock scenarios.</summary>
/// <remarks>
/// Oracles at each step: a free frame carries no flag (a late setter of Locked or Waiters is a use after free). At quiescence: every
/// increment made under the lock is there, no waiter is left, no lock is held, no reference is missing.
/// </remarks>
internal abstract class LockMachine : ExplorationModel, IFolioRelease
{
    protected const int TasksMax = 4;

    private readonly List<Actor> _actors = [];
    private readonly Column<int> _inside; // one counter per folio, changed by load and store under its lock

    protected LockMachine(WaitOptions options, int references)
        : base(new Arena(1 << 20))
    {
        Table = new FrameTable(Arena, 2);
        Cpus = new CpuSlots(Arena, 1, TasksMax);
        EventCounters events = new(Arena, TasksMax);
        Waits = new WaitTable(Arena, Table, Cpus, events, options with { SpinAttempts = 0 });
        Lock = new FolioLock(Table, Waits, events);
        _inside = Arena.Add<int>("inside", 2, ColumnKind.State);
        Done = Arena.Add<int>("done", TasksMax, ColumnKind.State);
        for (int p = 0; p < 2; p++)
        {
            Table.BeginLife(new Pfn(p));
            Table.Ref(new Pfn(p)).Publish(references);
        }
    }

    public override IReadOnlyList<Actor> Actors => _actors;

    protected FrameTable Table { get; }

    protected CpuSlots Cpus { get; }

    protected WaitTable Waits { get; }

    protected FolioLock Lock { get; }

    /// <summary>Per task: how often it was inside a critical section.</summary>
    protected Column<int> Done { get; }

    protected Pfn P { get; } = new(0);

    protected Pfn Q { get; } = new(1);

    public override IReadOnlyList<string> StepCheckColumns => ["flags", "generation"];

    public override void CheckStep()
    {
        FrameColumns at = Table.AtRest;
        for (int p = 0; p < Table.Frames; p++)
        {
            if (FrameTable.IsAllocated(at.Generation[p])) { continue; }
            PageFlags flags = (PageFlags)at.Flags[p] & PageFlags.All;
            Bug.If(flags != 0, ViolationKind.UseAfterFree, $"free frame {p} got flags {FolioDump.Names(flags)}");
        }
    }

    public override void CheckQuiescence()
    {
        int entered = 0;
        for (int t = 0; t < TasksMax; t++) { entered += Done[t]; }
        Bug.If(_inside[0] + _inside[1] != entered, ViolationKind.DataMismatch, $"{entered} critical sections left {_inside[0] + _inside[1]} increments");
        for (int p = 0; p < Table.Frames; p++)
        {
            Bug.If(Table.Flags(new Pfn(p)).Has(PageFlags.Locked), ViolationKind.StuckState, "a folio is left locked", p);
        }
        Waits.AuditAtRest((kind, text) => Bug.Raise(kind, text, nameof(CheckQuiescence)));
    }

    /// <summary>Nobody can run: with every lock free somebody sleeps for a wake that was lost.</summary>
    public override ViolationKind ClassifyStuck()
    {
        FrameColumns at = Table.AtRest;
        bool locked = false;
        foreach (uint flags in at.Flags) { locked |= (flags & (uint)PageFlags.Locked) != 0; }
        return locked ? ViolationKind.Deadlock : ViolationKind.LostWake;
    }

    /// <summary>Frees the folio as the allocator does: flags wiped, life ended.</summary>
    public void Release(TaskId task, Pfn head)
    {
        Atomic.Note("free");
        Table.Flags(head).Reset(PageFlags.None);
        Table.EndLife(head);
    }

    protected static (string Name, Action<TaskId> Run) Op(string name, Action<TaskId> run) => (name, run);

    protected void Add(string name, params (string Name, Action<TaskId> Run)[] operations)
    {
        TaskId task = new(_actors.Count);
        _actors.Add(new Actor(name, [.. operations.Select(o => new Operation(o.Name, () => o.Run(task)))]));
    }

    /// <summary>What a lock owner does: changes what the lock protects, not atomically.</summary>
    protected void Inside(TaskId task, Pfn pfn)
    {
        ref int word = ref _inside[pfn.Value];
        int seen = Atomic.Load(ref word);
        Atomic.Store(ref word, seen + 1);
        ref int done = ref Done[task.Value];
        Atomic.PlainStore(ref done, Atomic.PlainLoad(ref done) + 1);
    }

    protected void LockInsideUnlock(TaskId task, Pfn pfn)
    {
        Lock.Lock(task, pfn);
        Inside(task, pfn);
        Lock.Unlock(task, pfn);
    }

    protected void Put(TaskId task, Pfn pfn)
    {
        if (Table.Ref(pfn).PutTestZero()) { Release(task, pfn); }
    }
}
