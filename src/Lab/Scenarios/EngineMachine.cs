using MemCore.Allocation;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Lab.Scenarios;

/// <summary>The whole engine, the one that ships, on a few frames, with tables of two entries and batches of two.</summary>
/// <remarks>
/// Oracles at quiescence: entries, cache slots, batches and what the scenario holds explain every reference and every map count; no lock,
/// waiter or migration entry is left; lists, caches and free frames agree; a cached translation says what its entry says.
/// </remarks>
internal abstract class EngineMachine : ExplorationModel
{
    private readonly List<Actor> _actors = [];
    private readonly int _free;

    /// <param name="tasks">Actors to come.</param>
    /// <param name="free">Frames to allocate from; those above them are nobody's.</param>
    /// <param name="cpus">Task t runs on CPU t modulo this.</param>
    /// <param name="policy">Protocols of migration.</param>
    /// <param name="waiting">The wait table; two buckets unless given.</param>
    /// <param name="allocator">Which checks the allocator makes; its sizes are the machine's own.</param>
    /// <param name="drainPolls">0: who drains takes its requests back at once, where nobody may be there to serve them.</param>
    /// <param name="listFrames">Frames that a CPU's list is refilled with.</param>
    protected EngineMachine(
        int tasks, int free = 8, int cpus = 1, MigrationPolicy? policy = null, WaitOptions? waiting = null, AllocatorOptions? allocator = null, int drainPolls = 256,
        int listFrames = 1)
        : this(new Machine(SizesFor(tasks, free, cpus, policy, waiting, allocator, drainPolls, listFrames)), free)
    {
    }

    private EngineMachine(Machine engine, int free)
        : base(engine.Arena)
    {
        Engine = engine;
        _free = free;
        engine.Allocator.TakeRangeAtRest(new Pfn(free), engine.Frames.Frames - free);
        engine.Allocator.FreeRangeAtRest(new Pfn(0), free);
    }

    public override IReadOnlyList<Actor> Actors => _actors;

    protected Machine Engine { get; }

    /// <summary>Who sets the machine up: the first actor, before there are any.</summary>
    protected static TaskId SetUp => new(0);

    public override void CheckQuiescence()
    {
        new EngineCensus(Engine, _free, HeldAtRest).Check();
        Engine.Allocator.AuditAtRest((kind, text) => Bug.Raise(kind, text, nameof(CheckQuiescence)));
        Engine.Waiters.AuditAtRest((kind, text) => Bug.Raise(kind, text, nameof(CheckQuiescence)));
        Engine.Batches.AuditAtRest((kind, pfn, text) => Bug.Raise(kind, text, nameof(CheckQuiescence)));
        Engine.Lru.AuditAtRest((kind, pfn, text) => Bug.Raise(kind, text, nameof(CheckQuiescence)));
        for (int cpu = 0; cpu < Engine.Cpus.Cpus; cpu++)
        {
            Bug.If(!Engine.Cpus.IsIdle(new CpuId(cpu)), ViolationKind.StuckState, "a CPU guard is left taken");
        }
        for (int task = 0; task < Engine.Cpus.Tasks; task++)
        {
            Bug.If(!Engine.Cpus.Ranks.HoldsNone(new TaskId(task)), ViolationKind.StuckState, "a task ended with a spin lock");
        }
    }

    /// <summary>Nobody can run: with every folio unlocked somebody sleeps for a wake that was lost.</summary>
    public override ViolationKind ClassifyStuck()
    {
        foreach (uint flags in Engine.Frames.AtRest.Flags)
        {
            if ((flags & (uint)PageFlags.Locked) != 0) { return ViolationKind.Deadlock; }
        }
        return ViolationKind.LostWake;
    }

    public override void Dispose()
    {
        Engine.Memory.Dispose();
        base.Dispose();
    }

    /// <summary>References that the scenario's own actors still hold on a frame when all are done.</summary>
    protected virtual int HeldAtRest(Pfn pfn) => 0;

    protected static (string Name, Action<TaskId> Run) Op(string name, Action<TaskId> run) => (name, run);

    protected void Add(string name, params (string Name, Action<TaskId> Run)[] operations) => Add(name, repeats: false, operations);

    /// <summary>An actor that does its operations over and over: for the graph of states.</summary>
    protected void AddRepeating(string name, params (string Name, Action<TaskId> Run)[] operations) => Add(name, repeats: true, operations);

    /// <summary>Set-up: an Mm with one VMA over pages 0 to <paramref name="pages"/> − 1.</summary>
    protected MmId NewMm(int pages = 2, VmaFlags flags = VmaFlags.Write, CacheId cache = default)
    {
        MmId mm = Engine.Mms.Create(SetUp);
        if (mm.IsNone || Engine.Mms.Map(SetUp, mm, 0, pages, flags, cache).IsNone) { throw new LabException("the machine is too small for its Mms"); }
        return mm;
    }

    /// <summary>Set-up: a page that is mapped and holds the version, and whose folio is on the LRU.</summary>
    protected Pfn Touched(MmId mm, long page, uint version)
    {
        FaultResult result = Engine.Memories.TryWrite(SetUp, mm, page, new PageSignature((uint)mm.Value, version, page));
        if (result != FaultResult.Done) { throw new LabException($"page {page} cannot be set up: {result}"); }
        Engine.Batches.DrainCpu(SetUp, Engine.Cpus.CpuOf(SetUp));
        Engine.Tlb.FlushMm(SetUp, mm);
        return Engine.Tables.Read(Engine.Tables.Find(Engine.Mms.RootOf(mm), page)).Pfn;
    }

    /// <summary>Set-up: a page of a cache, up to date, on no list; its one reference is the cache's.</summary>
    protected Pfn Cached(CacheId cache, long index)
    {
        Pfn folio = Engine.Allocator.Allocate(SetUp, 0, MigrateType.Movable);
        if (folio.IsNone || !Engine.Locks.TryLock(SetUp, folio) || !Engine.Caches.TryAdd(SetUp, cache, index, folio))
        {
            throw new LabException("the machine is too small for its caches");
        }
        Engine.Contents.Stamp(folio, new PageSignature(PageCaches.OwnerOf(cache), 0, index));
        Engine.Frames.Flags(folio).Set(PageFlags.Uptodate);
        Engine.Locks.Unlock(SetUp, folio);
        Engine.Folios.Put(SetUp, folio);
        return folio;
    }

    /// <summary>A store to a page: it is done, or there is no such page.</summary>
    protected (string Name, Action<TaskId> Run) Write(MmId mm, long page, uint version) => Op($"write page {page}", task =>
        Engine.Memories.TryWrite(task, mm, page, new PageSignature((uint)mm.Value, version, page)));

    /// <summary>A load from a page, which must hold something that was written to it, whole.</summary>
    protected (string Name, Action<TaskId> Run) Read(MmId mm, long page) => Op($"read page {page}", task =>
    {
        FaultResult result = Engine.Memories.TryRead(task, mm, page, out PageSignature found, out bool intact);
        if (result == FaultResult.Done) { Bug.If(!intact || found.VirtualPage != page, ViolationKind.DataMismatch, "a page holds what nobody wrote to it"); }
    });

    /// <summary>At rest: what a page holds, through its entry; null when nothing is mapped.</summary>
    protected PageSignature? ContentsAtRest(MmId mm, long page)
    {
        PteSlot slot = Engine.Tables.Find(Engine.Mms.RootOf(mm), page);
        Pte pte = slot.IsNone ? Pte.None : Engine.Tables.Read(slot);
        if (!pte.IsPresent) { return null; }
        Bug.If(!Engine.Contents.TryRead(pte.Pfn, out PageSignature found), ViolationKind.DataMismatch, "a mapped page is torn", pte.Pfn.Value);
        return found;
    }

    private void Add(string name, bool repeats, (string Name, Action<TaskId> Run)[] operations)
    {
        TaskId task = new(_actors.Count);
        _actors.Add(new Actor(name, [.. operations.Select(o => new Operation(o.Name, () => o.Run(task)))]) { Repeats = repeats });
    }

    private static MachineOptions SizesFor(
        int tasks, int free, int cpus, MigrationPolicy? policy, WaitOptions? waiting, AllocatorOptions? allocator, int drainPolls, int listFrames) => new()
        {
            Frames = (free + 7) & ~7,
            Tasks = tasks,
            Cpus = cpus,
            FrameBytes = 64,
            Allocator = (allocator ?? new AllocatorOptions()) with { BlockOrder = 2, BlocksPerTree = 2, RowOrder = 2, ListCapacity = listFrames },
            Waiting = (waiting ?? new WaitOptions()) with { Buckets = 2, SpinAttempts = 0 },
            Lru = new LruOptions { BatchCapacity = 2, DrainPolls = drainPolls },
            Mapping = new MappingOptions
            {
                Mms = 2,
                Vmas = 6,
                AnonLinks = 8,
                AnonVmas = 4,
                Caches = 1,
                KsmNodes = 1,
                KsmItems = 4,
                TableNodes = 4,
                TableOrder = 1,
                TableLevels = 2,
                CacheNodes = 3,
                CacheOrder = 1,
                CacheLevels = 2,
                TlbOrder = 0,
            },
            Policy = policy ?? new MigrationPolicy(),
        };
}
