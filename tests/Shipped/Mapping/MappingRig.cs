using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Tests.Mapping;

/// <summary>The folio side of mapping on real tables and VMAs; what faults and forks do to a page, the rig does by hand and without locks on Mms.</summary>
internal sealed class MappingRig : IDisposable
{
    private readonly Arena _arena;
    private int _mms;

    public MappingRig(int frames = 256, int tasks = 1, MappingOptions? options = null)
    {
        options ??= new MappingOptions { TableOrder = 4, TableLevels = 3, CacheOrder = 2, CacheLevels = 5 };
        _arena = new Arena(((long)frames * 160) + (16 << 20) + options.ReservedBytes);
        Table = new FrameTable(_arena, frames);
        Cpus = new CpuSlots(_arena, tasks, tasks);
        Events = new EventCounters(_arena, tasks);
        Allocator = new FrameAllocator(_arena, Table, Cpus, Events, new AllocatorOptions { BlockOrder = 4, BlocksPerTree = 4 });
        Locks = new FolioLock(Table, new WaitTable(_arena, Table, Cpus, Events, new WaitOptions()), Events);
        Engine = new EngineBase(_arena, Table, Cpus, Events, new RefLedger(_arena, frames), new MigrationPolicy());
        Memory = new PageMemory(_arena, frames, 64);
        Contents = new FrameContents(Memory);
        Lru = new LruVecs(Engine, new FolioLinks(Engine), new LruOptions());
        Folios = new Folios(Engine, Lru, Allocator);
        Batches = new LruBatches(Engine, Lru, Folios);
        Tables = new PageTables(Engine, options);
        Tlb = new Tlb(Engine, Tables, options);
        Vmas = new Vmas(Engine, options);
        AnonVmas = new AnonVmas(Engine, Vmas, options);
        Ksm = new KsmNodes(Engine, options);
        Caches = new PageCaches(Engine, Allocator, Contents, Locks, Folios, Batches, Vmas, options);
        Rmap = new Rmap(Engine, Tables, Tlb, Vmas, AnonVmas, Caches, Ksm);
        for (int task = 0; task < tasks; task++) { Cpus.Place(new TaskId(task), new CpuId(task)); }
        Allocator.FreeRangeAtRest(new Pfn(0), frames);
    }

    public static TaskId Me => new(0);

    public EngineBase Engine { get; }

    public FrameTable Table { get; }

    public CpuSlots Cpus { get; }

    public EventCounters Events { get; }

    public FrameAllocator Allocator { get; }

    public FolioLock Locks { get; }

    public PageMemory Memory { get; }

    public FrameContents Contents { get; }

    public LruVecs Lru { get; }

    public Folios Folios { get; }

    public LruBatches Batches { get; }

    public PageTables Tables { get; }

    public Tlb Tlb { get; }

    public Vmas Vmas { get; }

    public AnonVmas AnonVmas { get; }

    public KsmNodes Ksm { get; }

    public PageCaches Caches { get; }

    public Rmap Rmap { get; }

    /// <summary>An Mm with one VMA over pages 0 to <paramref name="pages"/> − 1.</summary>
    public VmaId NewVma(int pages = 16, VmaFlags flags = VmaFlags.Write, CacheId cache = default, long offset = 0)
    {
        VmaId vma = Vmas.Allocate(Me, new Vma(new MmId(++_mms), Tables.NewRoot(Me), 0, pages, flags, 0, cache, offset));
        Assert.False(vma.IsNone);
        if (!cache.IsNone) { Linked(cache, vma); }
        return vma;
    }

    /// <summary>What fork does: a child's VMA with the same pages, write-protected in both.</summary>
    public VmaId Fork(VmaId parent)
    {
        Vma from = Vmas.Read(parent);
        VmaId child = NewVma((int)from.End, from.Flags, from.Cache, from.Offset);
        Assert.True(AnonVmas.Fork(Me, parent, child));
        Tables.ForEachAtRest(from.Root, (page, slot, pte) =>
        {
            Table.Ref(pte.Pfn).Get();
            Rmap.Add(Me, pte.Pfn);
            Table.Flags(pte.Pfn).Clear(PageFlags.Owner2);
            Pte shared = pte.Without(Pte.WritableBit);
            Assert.True(Tables.TryReplace(slot, pte, shared));
            Tables.Set(Slot(child, page), shared);
        });
        return child;
    }

    /// <summary>A first touch: a fresh folio, mapped and stamped.</summary>
    public Pfn Touch(VmaId vma, long page, bool dirty = true)
    {
        Assert.True(AnonVmas.Prepare(Me, vma));
        Pfn folio = Fresh();
        Rmap.AddNewAnon(Me, folio, vma, page);
        Tables.Set(Slot(vma, page), Pte.Present(folio, writable: true, dirty));
        return folio;
    }

    /// <summary>Another mapping of a folio, with its reference.</summary>
    public void Map(VmaId vma, long page, Pfn folio, bool writable = false)
    {
        Table.Ref(folio).Get();
        Rmap.Add(Me, folio);
        Tables.Set(Slot(vma, page), Pte.Present(folio, writable));
    }

    /// <summary>What munmap does to a page.</summary>
    public void Zap(VmaId vma, long page)
    {
        Pte pte = Tables.GetAndClear(Slot(vma, page));
        if (pte.IsMigration) { Rmap.RemoveMigrationEntry(Me, pte, vma, page); }
        if (!pte.IsPresent) { return; }
        Rmap.Remove(Me, pte.Pfn, vma, page);
        Folios.Put(Me, pte.Pfn);
    }

    /// <summary>What exit does: zaps all, unlinks, gives everything back.</summary>
    public void Exit(VmaId vma)
    {
        Vma v = Vmas.Read(vma);
        List<long> pages = [];
        Tables.ForEachAtRest(v.Root, (page, _, _) => pages.Add(page));
        foreach (long page in pages) { Zap(vma, page); }
        AnonVmas.Unlink(Me, vma);
        if (!v.Cache.IsNone)
        {
            Caches.LockMaps(Me, v.Cache);
            Caches.UnlinkLocked(v.Cache, vma);
            Caches.UnlockMaps(Me, v.Cache);
        }
        Tables.FreeTables(Me, v.Root);
        Vmas.Free(Me, vma);
    }

    public Pfn Fresh()
    {
        Pfn folio = Allocator.Allocate(Me, 0, MigrateType.Movable);
        Assert.False(folio.IsNone);
        return folio;
    }

    public PteSlot Slot(VmaId vma, long page) => Tables.FindOrCreate(Me, Vmas.Read(vma).Root, page);

    public Pte Entry(VmaId vma, long page) => Tables.Read(Slot(vma, page));

    /// <summary>Isolates for migration: a reference and the lock.</summary>
    public void Isolate(Pfn folio)
    {
        Table.Ref(folio).Get();
        Assert.True(Locks.TryLock(Me, folio));
    }

    public void Putback(Pfn folio)
    {
        Locks.Unlock(Me, folio);
        Folios.Put(Me, folio);
    }

    public void AssertEverythingIsFree()
    {
        for (int cpu = 0; cpu < Cpus.Cpus; cpu++) { Batches.DrainCpu(Me, new CpuId(cpu)); }
        Allocator.AuditAtRest((kind, text) => Assert.Fail($"{kind}: {text}"));
        Assert.Equal(Table.Frames, Allocator.FreeFramesAtRest());
        Assert.Equal((0, 0), AnonVmas.UsedAtRest());
        Assert.Equal(0, Vmas.UsedAtRest());
        Assert.Equal(0, Tables.UsedTablesAtRest());
        Assert.Equal((0, 0), Caches.UsedAtRest());
        Assert.Empty(Allocator.BadPages);
    }

    public void Dispose()
    {
        Memory.Dispose();
        _arena.Dispose();
    }

    private void Linked(CacheId cache, VmaId vma)
    {
        Caches.LockMaps(Me, cache);
        Caches.LinkLocked(cache, vma);
        Caches.UnlockMaps(Me, cache);
    }
}
