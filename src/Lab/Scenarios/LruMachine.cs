using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>Eight frames, two CPUs with batches of two, and tasks that add, isolate, put back, drain and put a few folios.</summary>
/// <remarks>
/// Oracles at each step: a free frame is not on the LRU, and while batches are disabled none is parked outside a guard. At quiescence: every
/// folio that lives is listed, parked to be added, or isolated, in exactly one way; its references are its owner's, the isolator's and the
/// batches'; lists, sizes, batches, drain words and the allocator agree.
/// </remarks>
internal abstract class LruMachine : ExplorationModel, IDoorbell
{
    private const PageFlags Anon = PageFlags.Swapbacked;
    private const int IsolatedMax = 2;

    private readonly List<Actor> _actors = [];
    private readonly Column<int> _owned; // per frame: references of its owner
    private readonly Column<int> _isolated; // per task: frames + 1 that it isolated
    private readonly Column<int> _isDisabled; // 1 from the return of Disable to the call of Enable

    /// <param name="tasks">Each of them runs on the CPU of its number, modulo the CPUs.</param>
    /// <param name="cpus">CPUs with batches.</param>
    /// <param name="capacity">Folios that fill a batch.</param>
    /// <param name="policy">What the engine does where the kernel's versions differ.</param>
    /// <param name="entriesToOwn">As <see cref="CpuSlots"/> has it.</param>
    protected LruMachine(int tasks, int cpus = 2, int capacity = 2, MigrationPolicy? policy = null, int entriesToOwn = 0)
        : base(new Arena(1 << 20))
    {
        Table = new FrameTable(Arena, 8);
        Cpus = new CpuSlots(Arena, cpus, tasks, entriesToOwn);
        EventCounters events = new(Arena, tasks);
        Allocator = new FrameAllocator(Arena, Table, Cpus, events, new AllocatorOptions { BlockOrder = 2, BlocksPerTree = 2, ListCapacity = 1 });
        EngineBase engine = new(Arena, Table, Cpus, events, new RefLedger(Arena, Table.Frames), policy ?? new MigrationPolicy());
        FolioLinks links = new(engine);
        Vecs = new LruVecs(engine, links, new LruOptions { BatchCapacity = capacity, DrainPolls = 0 });
        Folios = new Folios(engine, Vecs, Allocator);
        Batches = new LruBatches(engine, Vecs, Folios);
        Drain = new LruDrain(engine, Batches, this);
        Isolation = new LruIsolation(engine, Vecs, Batches, Folios);
        _owned = Arena.Add<int>("owned", Table.Frames, ColumnKind.State);
        _isolated = Arena.Add<int>("isolated", tasks * IsolatedMax, ColumnKind.State);
        _isDisabled = Arena.Add<int>("is_disabled", 1, ColumnKind.State);
        Added = Arena.Add<int>("added", Table.Frames, ColumnKind.State);
        Allocator.FreeRangeAtRest(new Pfn(0), Table.Frames);
        for (int t = 0; t < tasks; t++) { Cpus.Place(new TaskId(t), new CpuId(t % cpus)); }
    }

    public override IReadOnlyList<Actor> Actors => _actors;

    protected FrameTable Table { get; }

    protected CpuSlots Cpus { get; }

    protected FrameAllocator Allocator { get; }

    protected LruVecs Vecs { get; }

    protected Folios Folios { get; }

    protected LruBatches Batches { get; }

    protected LruDrain Drain { get; }

    protected LruIsolation Isolation { get; }

    /// <summary>Per frame: 1 once its Add has returned.</summary>
    protected Column<int> Added { get; }

    /// <summary>Nobody sleeps here: a request is found by who looks, or taken back.</summary>
    public void Ring(CpuId cpu)
    {
    }

    public override void CheckStep()
    {
        FrameColumns at = Table.AtRest;
        for (int p = 0; p < Table.Frames; p++)
        {
            bool listedWhileFree = !FrameTable.IsAllocated(at.Generation[p]) && (at.Flags[p] & (uint)PageFlags.Lru) != 0;
            Bug.If(listedWhileFree, ViolationKind.UseAfterFree, "a free frame has the Lru flag", p);
        }
        for (int cpu = 0; _isDisabled[0] != 0 && cpu < Cpus.Cpus; cpu++)
        {
            CpuId id = new(cpu);
            Bug.If(Batches.ParkedOn(id) != 0 && !Batches.IsInsideAtRest(id), ViolationKind.StuckState, "a folio is parked although batches are disabled");
        }
    }

    public override void CheckQuiescence()
    {
        Vecs.AuditAtRest((kind, pfn, text) => Bug.Raise(kind, $"{text} (pfn 0x{pfn:x})", nameof(CheckQuiescence)));
        Batches.AuditAtRest((kind, _, text) => Bug.Raise(kind, text, nameof(CheckQuiescence)));
        Drain.AuditAtRest((kind, _, text) => Bug.Raise(kind, text, nameof(CheckQuiescence)));
        Allocator.AuditAtRest((kind, text) => Bug.Raise(kind, text, nameof(CheckQuiescence)));
        FrameColumns at = Table.AtRest;
        int[] references = _owned.AtRest.ToArray();
        int[] places = new int[Table.Frames];
        foreach (int isolated in _isolated.AtRest)
        {
            if (isolated == 0) { continue; }
            references[isolated - 1]++;
            places[isolated - 1]++;
        }
        Batches.ForEachAtRest((_, kind, pfn) =>
        {
            references[pfn.Value]++;
            places[pfn.Value] += kind == BatchKind.Add ? 1 : 0;
        });
        for (int p = 0; p < Table.Frames; p++)
        {
            bool lives = FrameTable.IsAllocated(at.Generation[p]);
            int count = at.RefCount[p];
            Bug.If(count > references[p], ViolationKind.RefLeak, $"pfn 0x{p:x} has {count} references, {references[p]} are explained", nameof(CheckQuiescence));
            Bug.If(count < references[p], ViolationKind.RefMissing, $"pfn 0x{p:x} has {count} references, {references[p]} are explained", nameof(CheckQuiescence));
            Bug.If(lives && count == 0, ViolationKind.LostFrame, $"pfn 0x{p:x} has no reference and is not free", nameof(CheckQuiescence));
            if (!lives) { continue; }
            places[p] += (at.Flags[p] & (uint)PageFlags.Lru) != 0 ? 1 : 0;
            Bug.If(places[p] != 1, ViolationKind.BrokenList, $"pfn 0x{p:x} is in {places[p]} places: listed, parked, isolated", nameof(CheckQuiescence));
        }
    }

    /// <summary>All locks here spin for a holder that runs: nobody can run means one was lost, or taken twice.</summary>
    public override ViolationKind ClassifyStuck() => ViolationKind.Deadlock;

    /// <summary>Set-up: a folio with one reference of its owner, off the LRU.</summary>
    protected Pfn Fresh(PageFlags flags = Anon)
    {
        Pfn pfn = Allocator.Allocate(new TaskId(0), 0, MigrateType.Movable);
        Table.Flags(pfn).Set(flags);
        _owned[pfn.Value] = 1;
        return pfn;
    }

    /// <summary>Set-up: the same, parked on the CPU of a task.</summary>
    protected Pfn Parked(int task, PageFlags flags = Anon)
    {
        Pfn pfn = Fresh(flags);
        Batches.Add(new TaskId(task), pfn);
        return pfn;
    }

    /// <summary>Set-up: the same, on its list.</summary>
    protected Pfn Listed(PageFlags flags = Anon)
    {
        Pfn pfn = Parked(0, flags);
        Drain.DrainLocal(new TaskId(0));
        return pfn;
    }

    protected static (string Name, Action<TaskId> Run) Op(string name, Action<TaskId> run) => (name, run);

    protected void Actor(string name, params (string Name, Action<TaskId> Run)[] operations)
    {
        TaskId task = new(_actors.Count);
        _actors.Add(new Actor(name, [.. operations.Select(o => new Operation(o.Name, () => o.Run(task)))]));
    }

    protected (string Name, Action<TaskId> Run) Add(Pfn pfn) => Op($"add {pfn}", task =>
    {
        Batches.Add(task, pfn);
        Atomic.Store(ref Added[pfn.Value], 1);
    });

    protected (string Name, Action<TaskId> Run) Put(Pfn pfn) => Op($"put {pfn}", task =>
    {
        Atomic.PlainStore(ref _owned[pfn.Value], 0);
        Folios.Put(task, pfn);
    });

    protected (string Name, Action<TaskId> Run) Isolate(Pfn pfn) => Op($"isolate {pfn}", task =>
    {
        if (Isolation.TryIsolateSpeculatively(task, pfn)) { Atomic.PlainStore(ref _isolated[task.Value * IsolatedMax], pfn.Value + 1); }
    });

    protected (string Name, Action<TaskId> Run) IsolateTogether(Pfn first, Pfn second) => Op($"isolate {first} and {second}", task =>
    {
        Span<Pfn> pages = [first, second];
        int got = Isolation.IsolateSpeculatively(task, pages);
        for (int i = 0; i < got; i++) { Atomic.PlainStore(ref _isolated[(task.Value * IsolatedMax) + i], pages[i].Value + 1); }
    });

    protected (string Name, Action<TaskId> Run) PutBack() => Op("put back", task =>
    {
        for (int i = 0; i < IsolatedMax; i++)
        {
            ref int isolated = ref _isolated[(task.Value * IsolatedMax) + i];
            int entry = Atomic.PlainLoad(ref isolated);
            if (entry == 0) { return; }
            Atomic.PlainStore(ref isolated, 0);
            Isolation.Putback(task, new Pfn(entry - 1));
        }
    });

    protected (string Name, Action<TaskId> Run) Activate(Pfn pfn) => Op($"activate {pfn}", task => Batches.Activate(task, pfn));

    protected (string Name, Action<TaskId> Run) DrainLocal() => Op("drain own CPU", Drain.DrainLocal);

    /// <summary>Drains all CPUs; folios whose Add had returned before must be listed, with their owner's reference alone.</summary>
    protected (string Name, Action<TaskId> Run) DrainAll(params Pfn[] folios) => Op("drain all CPUs", task =>
    {
        int before = 0;
        for (int i = 0; i < folios.Length; i++) { before |= Atomic.Load(ref Added[folios[i].Value]) << i; }
        Drain.DrainAll(task);
        for (int i = 0; i < folios.Length; i++)
        {
            if ((before & (1 << i)) == 0) { continue; }
            Bug.If(!Table.Flags(folios[i]).Has(PageFlags.Lru), ViolationKind.StaleEntry, "a drain of all CPUs left a folio parked", folios[i].Value);
            Bug.If(Table.Ref(folios[i]).CountUnsafe != 1, ViolationKind.RefLeak, "a drain of all CPUs left a batch's reference", folios[i].Value);
        }
    });

    protected (string Name, Action<TaskId> Run) Disable() => Op("disable", task =>
    {
        Drain.Disable(task);
        Atomic.Store(ref _isDisabled[0], 1);
    });

    protected (string Name, Action<TaskId> Run) Enable() => Op("enable", task =>
    {
        Atomic.Store(ref _isDisabled[0], 0);
        Drain.Enable(task);
    });
}
