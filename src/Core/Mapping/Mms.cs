using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>Processes' memories: root of the page table, VMAs, the mmap lock.</summary>
/// <remarks>Members block on the mmap lock and on what they name; none sleeps. Who calls knows that nobody exits the Mm meanwhile.</remarks>
internal sealed partial class Mms
{
    private readonly Column<int> _roots; // (V)
    private readonly Column<int> _vmaRoots; // (V)
    private readonly Column<int> _firstVmas; // (V)
    private readonly PaddedColumn<int> _locks; // (A) MmapLock
    private readonly SlotPool _pool;
    private readonly EngineBase _engine;
    private readonly PageTables _tables;
    private readonly Vmas _vmas;
    private readonly AnonVmas _anonVmas;
    private readonly PageCaches _caches;
    private readonly Tlb _tlb;
    private readonly PageZap _zap;
    private readonly ForkCopy _fork;

    public Mms(EngineBase engine, PageTables tables, Vmas vmas, AnonVmas anonVmas, PageCaches caches, Rmap rmap, Tlb tlb,
        Folios folios, LruBatches batches, FrameAllocator allocator, FrameContents contents, MappingOptions options)
    {
        _engine = engine;
        _tables = tables;
        _vmas = vmas;
        _anonVmas = anonVmas;
        _caches = caches;
        _tlb = tlb;
        _zap = new PageZap(engine, tables, rmap, tlb, folios);
        _fork = new ForkCopy(engine, tables, rmap, tlb, folios, batches, allocator, contents);
        _roots = engine.Arena.Add<int>("mm_root", options.Mms, ColumnKind.State);
        _vmaRoots = engine.Arena.Add<int>("mm_vma_tree", options.Mms, ColumnKind.State);
        _firstVmas = engine.Arena.Add<int>("mm_vmas", options.Mms, ColumnKind.State);
        _locks = engine.Arena.AddPadded<int>("mmap_lock", options.Mms, ColumnKind.State);
        _pool = new SlotPool(engine.Arena, "mm", options.Mms);
    }

    /// <summary>A new empty Mm. None: exhausted.</summary>
    public MmId Create(TaskId task)
    {
        MmId mm = new(_pool.Take());
        if (mm.IsNone) { return mm; }
        int root = _tables.NewRoot(task);
        if (root == 0)
        {
            _pool.Give(mm.Value);
            return default;
        }
        Atomic.Store(ref _roots[mm.Value - 1], root);
        return mm;
    }

    /// <summary>Unmaps everything and gives the Mm back. Nobody uses it any more but the reverse map.</summary>
    public void Exit(TaskId task, MmId mm)
    {
        MmapLock mmap = LockOf(mm);
        mmap.Lock(task);
        VmaIndex index = IndexOf(mm);
        for (VmaId vma = index.First; !vma.IsNone; vma = index.First)
        {
            Vma range = _vmas.Read(vma);
            _zap.Zap(task, vma, range, range.Start, range.End, out bool refused);
            Bug.If(refused, ViolationKind.Unexpected, "the border of a VMA lies inside a huge page");
            Drop(task, index, vma, range);
        }
        mmap.Unlock(task);
        _tlb.FlushMm(task, mm);
        _tables.FreeTables(task, RootOf(mm));
        _tlb.Retire(mm);
        Atomic.Store(ref _roots[mm.Value - 1], 0);
        _pool.Give(mm.Value);
    }

    public int RootOf(MmId mm) => Atomic.Load(ref _roots[mm.Value - 1]);

    /// <summary>mmap: a new VMA over pages that are free. None: no room, or they are taken, or there are no such pages.</summary>
    /// <param name="task">The caller.</param>
    /// <param name="mm">The Mm.</param>
    /// <param name="start">The first page.</param>
    /// <param name="pages">How many.</param>
    /// <param name="flags">What may be done with them.</param>
    /// <param name="cache">The file; none: anonymous.</param>
    /// <param name="offset">The index of the first page in the file. An anonymous VMA counts from page 0 of the Mm.</param>
    public VmaId Map(TaskId task, MmId mm, long start, long pages, VmaFlags flags, CacheId cache = default, long offset = 0)
    {
        if (start < 0 || pages <= 0 || start > _tables.Span - pages) { return default; }
        Vma vma = new(mm, RootOf(mm), start, start + pages, flags, AnonVma: 0, cache, cache.IsNone && offset == 0 ? start : offset);
        MmapLock mmap = LockOf(mm);
        mmap.Lock(task);
        VmaIndex index = IndexOf(mm);
        VmaId taken = index.FirstEndingAfter(start);
        VmaId id = taken.IsNone || _vmas.Start(taken) >= vma.End ? _vmas.Allocate(task, vma) : default;
        if (!id.IsNone)
        {
            LinkToCache(task, id, vma);
            index.Insert(id);
        }
        mmap.Unlock(task);
        return id;
    }

    /// <summary>The VMA of a page, with the mmap lock shared; give it back with <see cref="UnlockShared"/>, also when none was found.</summary>
    public VmaId LockShared(TaskId task, MmId mm, long page)
    {
        LockOf(mm).LockShared(task);
        VmaId vma = IndexOf(mm).AtOrBelow(page);
        return !vma.IsNone && _vmas.Read(vma).Contains(page) ? vma : default;
    }

    public void UnlockShared(TaskId task, MmId mm) => LockOf(mm).UnlockShared(task);

    /// <summary>Each Mm with the root of its page table. At rest.</summary>
    public void ForEachAtRest(Action<MmId, int> mm)
    {
        for (int number = 1; number <= _pool.HighestAtRest(); number++)
        {
            if (_pool.IsUsedAtRest(number)) { mm(new MmId(number), _roots.AtRest[number - 1]); }
        }
    }

    /// <summary>An Mm's VMAs in order. At rest.</summary>
    public void ForEachVmaAtRest(MmId mm, Action<VmaId, Vma> vma)
    {
        VmaIndex index = IndexOf(mm);
        for (VmaId id = index.First; !id.IsNone; id = index.After(id)) { vma(id, _vmas.Read(id)); }
    }

    private MmapLock LockOf(MmId mm) => new(ref _locks[mm.Value - 1], _engine.Ranks);

    private VmaIndex IndexOf(MmId mm) => new(_vmas, ref _vmaRoots[mm.Value - 1], ref _firstVmas[mm.Value - 1]);

    private void LinkToCache(TaskId task, VmaId id, Vma vma)
    {
        if (vma.Cache.IsNone) { return; }
        _caches.LockMaps(task, vma.Cache);
        _caches.LinkLocked(vma.Cache, id);
        _caches.UnlockMaps(task, vma.Cache);
    }

    // Under the mmap lock, alone: the VMA maps nothing any more. After it is unlinked no walk of the reverse map is in it.
    private void Drop(TaskId task, VmaIndex index, VmaId id, Vma vma)
    {
        index.Remove(id);
        Unlink(task, id, vma);
        _vmas.Free(task, id);
    }

    private void Unlink(TaskId task, VmaId id, Vma vma)
    {
        _anonVmas.Unlink(task, id);
        if (vma.Cache.IsNone) { return; }
        _caches.LockMaps(task, vma.Cache);
        _caches.UnlinkLocked(vma.Cache, id);
        _caches.UnlockMaps(task, vma.Cache);
    }
}
