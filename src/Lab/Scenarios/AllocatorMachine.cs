using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>A few blocks of four frames, two CPUs, and tasks that allocate, keep in the arena what they got, and free.</summary>
/// <remarks>
/// Oracles: a frame is handed to one task at a time (an owner word per frame, written by who believes to own it); at quiescence all levels
/// of the allocator agree, and every frame is free or held.
/// </remarks>
internal abstract class AllocatorMachine : ExplorationModel
{
    private const int SlotsPerTask = 3;

    private readonly List<Actor> _actors = [];
    private readonly Column<int> _owner; // per frame: task + 1 of who was given it
    private readonly Column<int> _kept; // per task and slot: frame + 1, and the order above bit 16
    private readonly int _cpusOfTasks;

    /// <param name="blocks">Blocks of four frames, two to a tree.</param>
    /// <param name="tasks">Actors to come.</param>
    /// <param name="cpus">Task t starts on CPU t modulo this.</param>
    /// <param name="capacity">Frames that a refill brings and a CPU keeps freed of a row.</param>
    /// <param name="rowOrder">2: a block is one row; 1: it has two.</param>
    /// <param name="entriesToOwn">As <see cref="CpuSlots"/> has it.</param>
    /// <param name="batchFramesMin">Batches of fewer frames are freed one by one.</param>
    /// <param name="taken">Frames at the start that nobody frees.</param>
    protected AllocatorMachine(int blocks, int tasks, int cpus, int capacity = 2, int taken = 0, int rowOrder = 2, int entriesToOwn = 0, int batchFramesMin = 8)
        : base(new Arena(1 << 20))
    {
        _cpusOfTasks = cpus;
        Table = new FrameTable(Arena, blocks * 4);
        Cpus = new CpuSlots(Arena, cpus, tasks, entriesToOwn);
        EventCounters events = new(Arena, tasks);
        Allocator = new FrameAllocator(Arena, Table, Cpus, events, new AllocatorOptions { BlockOrder = 2, BlocksPerTree = 2, RowOrder = rowOrder, ListCapacity = capacity, BatchFramesMin = batchFramesMin });
        _owner = Arena.Add<int>("owner", Table.Frames, ColumnKind.State);
        _kept = Arena.Add<int>("kept", tasks * SlotsPerTask, ColumnKind.State);
        Taken = taken;
        Allocator.TakeRangeAtRest(new Pfn(0), taken);
        Allocator.FreeRangeAtRest(new Pfn(taken), Table.Frames - taken);
        for (int t = 0; t < tasks; t++) { Cpus.Place(new TaskId(t), new CpuId(t % cpus)); }
    }

    public override IReadOnlyList<Actor> Actors => _actors;

    protected FrameTable Table { get; }

    protected CpuSlots Cpus { get; }

    protected FrameAllocator Allocator { get; }

    protected int Taken { get; }

    public override void CheckQuiescence()
    {
        Allocator.AuditAtRest((kind, text) => Bug.Raise(kind, text, nameof(CheckQuiescence)));
        long held = Taken;
        foreach (int kept in _kept.AtRest) { held += kept == 0 ? 0 : 1 << (kept >> 16); }
        long free = Allocator.FreeFramesAtRest();
        Bug.If(free + held != Table.Frames, ViolationKind.CounterMismatch, $"{free} frames free and {held} held of {Table.Frames}");
        for (int cpu = 0; cpu < _cpusOfTasks; cpu++)
        {
            Bug.If(!Cpus.IsIdle(new CpuId(cpu)), ViolationKind.StuckState, "a CPU guard is left taken");
        }
    }

    /// <summary>Nothing in the allocator may wait for a task that is not inside a guard: nobody can run means a lost release.</summary>
    public override ViolationKind ClassifyStuck() => ViolationKind.Deadlock;

    protected static (string Name, Action<TaskId> Run) Op(string name, Action<TaskId> run) => (name, run);

    protected void Add(string name, params (string Name, Action<TaskId> Run)[] operations)
    {
        TaskId task = new(_actors.Count);
        _actors.Add(new Actor(name, [.. operations.Select(o => new Operation(o.Name, () => o.Run(task)))]));
    }

    protected (string Name, Action<TaskId> Run) Alloc(int slot = 0, int order = 0, MigrateType type = MigrateType.Movable) =>
        Op(order == 0 ? "alloc" : $"alloc order {order}", task =>
        {
            Pfn head = Allocator.Allocate(task, order, type);
            if (head.IsNone) { return; }
            for (int i = 0; i < 1 << order; i++)
            {
                ref int owner = ref _owner[head.Value + i];
                int before = Atomic.PlainLoad(ref owner);
                Bug.If(before != 0, ViolationKind.DoubleAllocation, $"frame 0x{head.Value + i:x} handed to task {task.Value} while task {before - 1} has it");
                Atomic.PlainStore(ref owner, task.Value + 1);
            }
            Atomic.PlainStore(ref _kept[(task.Value * SlotsPerTask) + slot], (head.Value + 1) | (order << 16));
        });

    /// <summary>Takes free frames of a block as compaction's free scanner does, keeps the highest as an allocation, and gives the others back.</summary>
    protected (string Name, Action<TaskId> Run) Pick(int block, int most) => Op($"take free frames of block {block}", task =>
    {
        TakenFrames taken = Allocator.TakeFree(task, block, most, evenWhole: true);
        if (taken.Count == 0) { return; }
        Pfn pfn = taken.Highest;
        ref int owner = ref _owner[pfn.Value];
        int before = Atomic.PlainLoad(ref owner);
        Bug.If(before != 0, ViolationKind.DoubleAllocation, $"frame 0x{pfn.Value:x} taken by task {task.Value} while task {before - 1} has it");
        Atomic.PlainStore(ref owner, task.Value + 1);
        bool clean = Allocator.TryUse(task, pfn);
        Bug.If(!clean, ViolationKind.FlagAtAlloc, "a frame that was free bears traces", pfn.Value);
        Atomic.PlainStore(ref _kept[task.Value * SlotsPerTask], pfn.Value + 1);
        Allocator.GiveFree(task, taken.WithoutHighest);
    });

    protected (string Name, Action<TaskId> Run) Free(int slot = 0) => Op("free", task =>
    {
        ref int word = ref _kept[(task.Value * SlotsPerTask) + slot];
        int kept = Atomic.PlainLoad(ref word);
        if (kept == 0) { return; }
        Pfn head = new((kept & 0xffff) - 1);
        int order = kept >> 16;
        for (int i = 0; i < 1 << order; i++)
        {
            ref int owner = ref _owner[head.Value + i];
            Bug.If(Atomic.PlainLoad(ref owner) != task.Value + 1, ViolationKind.DoubleAllocation, $"frame 0x{head.Value + i:x} of task {task.Value} has another owner");
            Atomic.PlainStore(ref owner, 0);
        }
        Atomic.PlainStore(ref word, 0);
        if (Table.Ref(head).PutTestZero()) { Allocator.Free(task, head, order); }
    });

    /// <summary>Frees the single frames of all slots in one batch.</summary>
    protected (string Name, Action<TaskId> Run) FreeBatch() => Op("free as a batch", task =>
    {
        Span<Pfn> frames = stackalloc Pfn[SlotsPerTask];
        int count = 0;
        for (int slot = 0; slot < SlotsPerTask; slot++)
        {
            ref int word = ref _kept[(task.Value * SlotsPerTask) + slot];
            int kept = Atomic.PlainLoad(ref word);
            if (kept == 0) { continue; }
            Pfn pfn = new(kept - 1);
            ref int owner = ref _owner[pfn.Value];
            Bug.If(Atomic.PlainLoad(ref owner) != task.Value + 1, ViolationKind.DoubleAllocation, $"frame 0x{pfn.Value:x} of task {task.Value} has another owner");
            Atomic.PlainStore(ref owner, 0);
            Atomic.PlainStore(ref word, 0);
            frames[count++] = pfn;
        }
        Allocator.PutBatch(task, frames[..count]);
    });

    /// <summary>What the task keeps in its first slot: frame + 1, or 0. For its own operations.</summary>
    protected int KeptOf(TaskId task) => Atomic.PlainLoad(ref _kept[task.Value * SlotsPerTask]);

    /// <summary>True when a task got what it asked for into a slot.</summary>
    protected bool Has(int task, int slot = 0) => _kept[(task * SlotsPerTask) + slot] != 0;
}
