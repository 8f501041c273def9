using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Tests.Lru;

/// <summary>Frames, an allocator and the LRU on them. Task n runs on CPU n modulo the CPUs; frames are divided among the nodes in order.</summary>
internal sealed class LruRig : IDisposable
{
    private readonly Arena _arena;

    public LruRig(int frames = 256, int cpus = 1, int tasks = 1, LruOptions? options = null, MigrationPolicy? policy = null)
    {
        options ??= new LruOptions();
        _arena = new Arena(((long)frames * 160) + (16 << 20));
        Table = new FrameTable(_arena, frames);
        Cpus = new CpuSlots(_arena, cpus, tasks);
        Events = new EventCounters(_arena, tasks);
        Allocator = new FrameAllocator(_arena, Table, Cpus, Events, new AllocatorOptions { BlockOrder = 4, BlocksPerTree = 4 });
        Engine = new EngineBase(_arena, Table, Cpus, Events, new RefLedger(_arena, frames), policy ?? new MigrationPolicy());
        Links = new FolioLinks(Engine);
        Lists = new FolioLists(Engine, Links, "private_lists", Math.Max(tasks, 2));
        Lru = new LruVecs(Engine, Links, options);
        Folios = new Folios(Engine, Lru, Allocator);
        Batches = new LruBatches(Engine, Lru, Folios);
        Drain = new LruDrain(Engine, Batches, Bell);
        Isolation = new LruIsolation(Engine, Lru, Batches, Folios);
        for (int task = 0; task < tasks; task++) { Cpus.Place(new TaskId(task), new CpuId(task % cpus)); }
        Strided<uint> flags = Table.AtRest.Flags;
        for (int pfn = 0; pfn < frames; pfn++) { flags[pfn] = (uint)(pfn / 16 * options.Nodes / Math.Max(frames / 16, 1)) << PageFlagsLayout.NodeShift; }
        Allocator.FreeRangeAtRest(new Pfn(0), frames);
    }

    public EngineBase Engine { get; }

    public FrameTable Table { get; }

    public CpuSlots Cpus { get; }

    public EventCounters Events { get; }

    public FrameAllocator Allocator { get; }

    public FolioLinks Links { get; }

    public FolioLists Lists { get; }

    public LruVecs Lru { get; }

    public Folios Folios { get; }

    public LruBatches Batches { get; }

    public LruDrain Drain { get; }

    public LruIsolation Isolation { get; }

    public RecordedBell Bell { get; } = new();

    /// <summary>A fresh folio with one reference and these flags, off the LRU.</summary>
    public Pfn Fresh(PageFlags flags = PageFlags.Swapbacked, int order = 0, int task = 0)
    {
        Pfn head = Allocator.AllocateFolio(new TaskId(task), order, MigrateType.Movable);
        Assert.False(head.IsNone);
        Table.Flags(head).Set(flags);
        return head;
    }

    /// <summary>A folio with one reference, on its list.</summary>
    public Pfn Listed(PageFlags flags = PageFlags.Swapbacked, int order = 0)
    {
        Pfn head = Fresh(flags, order);
        Batches.Add(new TaskId(0), head);
        Drain.DrainLocal(new TaskId(0));
        Assert.True(Has(head, PageFlags.Lru));
        return head;
    }

    public bool Has(Pfn pfn, PageFlags flags) => Table.Flags(pfn).Has(flags);

    public PageFlags FlagsOf(Pfn pfn) => Table.Flags(pfn).Read();

    public int RefsOf(Pfn pfn) => Table.Ref(pfn).CountUnsafe;

    /// <summary>Folios of a list, newest first.</summary>
    public List<Pfn> Walk(LruKind kind, int node = 0)
    {
        List<Pfn> newestFirst = [];
        for (Pfn pfn = Lru.OldestLocked(node, kind); !pfn.IsNone; pfn = new Pfn(Links.Prev[pfn.Value] - 1)) { newestFirst.Insert(0, pfn); }
        return newestFirst;
    }

    public List<string> Faults()
    {
        List<string> faults = [];
        Lru.AuditAtRest((kind, pfn, text) => faults.Add($"{kind} {pfn}: {text}"));
        Batches.AuditAtRest((kind, pfn, text) => faults.Add($"{kind} {pfn}: {text}"));
        Drain.AuditAtRest((kind, pfn, text) => faults.Add($"{kind} {pfn}: {text}"));
        Allocator.AuditAtRest((kind, text) => faults.Add($"{kind}: {text}"));
        return faults;
    }

    public void AssertSound() => Assert.Empty(Faults().Take(5));

    public void Dispose() => _arena.Dispose();

    internal sealed class RecordedBell : IDoorbell
    {
        private int _rings;

        public int Rings => Volatile.Read(ref _rings);

        public Action<CpuId>? OnRing { get; set; }

        public void Ring(CpuId cpu)
        {
            Interlocked.Increment(ref _rings);
            OnRing?.Invoke(cpu);
        }
    }
}
