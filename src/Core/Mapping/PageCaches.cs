using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Mapping;

/// <summary>Files' page caches: a tree of slots each, lock-free lookup, and the VMAs that map them (i_mmap).</summary>
/// <remarks>
/// A slot holds the head of a folio, and the cache one reference for each slot. Slots change under the cache's tree lock; a lookup takes no
/// lock: it loads the slot, takes a reference, and loads the slot again. Who removes or replaces a folio freezes it first, or drops its
/// reference after the slot has changed, so that either the lookup sees the change or the freeze sees the lookup.
/// </remarks>
internal sealed partial class PageCaches
{
    private const int SlotShift = 12;

    // Words of a cache.
    private const int TreeLockWord = 0;
    private const int MapsLockWord = 1;
    private const int FirstMap = 2; // (R)
    private const int LastMap = 3; // (R)
    private const int Pages = 4; // (M) slots in use
    private const int Private = 5; // PrivateData, constant for a life

    private readonly EngineBase _engine;
    private readonly FrameAllocator _allocator;
    private readonly FrameContents _contents;
    private readonly FolioLock _locks;
    private readonly Folios _folios;
    private readonly LruBatches _batches;
    private readonly Vmas _vmas;
    private readonly SlotPool _pool;
    private readonly WordTrees _trees;
    private readonly Column<int> _roots; // constant for a life; apart from the locks, for lookups read nothing else of the cache
    private readonly WordRows _words;

    public PageCaches(
        EngineBase engine, FrameAllocator allocator, FrameContents contents, FolioLock locks, Folios folios, LruBatches batches, Vmas vmas, MappingOptions options)
    {
        _engine = engine;
        _allocator = allocator;
        _contents = contents;
        _locks = locks;
        _folios = folios;
        _batches = batches;
        _vmas = vmas;
        _pool = new SlotPool(engine.Arena, "cache", options.Caches);
        _trees = new WordTrees(engine, "cache_slots", options.CacheNodes, options.CacheOrder, options.CacheLevels);
        _roots = engine.Arena.Add<int>("cache_root", options.Caches + 1, ColumnKind.State);
        _words = new WordRows(engine.Arena, "cache", options.Caches + 1, WordRows.HalfLine, "tree_lock", "maps_lock", "first_map", "last_map", "pages", "private_data");
    }

    private enum Added
    {
        Done,
        Taken,
        NoMemory,
    }

    /// <summary>The owner that the stamps of a cache's pages name.</summary>
    public static uint OwnerOf(CacheId cache) => 0x8000_0000u | (uint)cache.Value;

    /// <summary>A new empty cache. None: exhausted. Lock-free.</summary>
    public CacheId Create(TaskId task, PrivateData privateData = PrivateData.Stays)
    {
        int cache = _pool.Take();
        if (cache == 0) { return default; }
        int root = _trees.NewRoot(task);
        if (root == 0)
        {
            _pool.Give(cache);
            return default;
        }
        Atomic.PlainStore(ref _words[cache, Private], (int)privateData);
        Atomic.Store(ref _roots[cache], root);
        return new CacheId(cache);
    }

    /// <summary>What becomes of private data when a folio of the cache moves. Constant while the cache lives.</summary>
    public PrivateData PrivateDataOf(CacheId cache) => (PrivateData)Atomic.PlainLoad(ref _words[cache.Value, Private]);

    /// <summary>The folio at an index with a reference, or none: load the slot, try-get, load again.</summary>
    /// <remarks>Blocking on who has the folio frozen, for a few stores; otherwise lock-free. The ledger has the reference as the task's own. Somebody keeps the cache: it is mapped, or the caller owns it.</remarks>
    public Pfn Find(TaskId task, CacheId cache, long index)
    {
        int root = Atomic.Load(ref _roots[cache.Value]);
        int spins = 0;
        while (true)
        {
            TreeSlot slot = _trees.Find(root, index);
            if (slot.IsNone) { return Pfn.None; }
            ref ulong word = ref _trees.WordAt(slot);
            ulong seen = Atomic.Load(ref word);
            if (seen == 0) { return Pfn.None; }
            Pfn folio = FolioOf(seen);
            if (!_engine.Frames.Ref(folio).TryGet())
            {
                // Frozen, or freed since the slot was read.
                _engine.Events.Count(task, EventCounter.CacheLookupRetried);
                Atomic.Retry(ref spins);
                continue;
            }
            _engine.Ledger.Take(task, folio, RefHolder.Speculative);

            // Pairs with PageCaches.TryRemoveLocked and PageCaches.ReplaceLocked: the reference was taken before the slot is read again;
            // they change the slot while the count is zero. A slot that is the same now means that the reference is on its folio.
            if (Plant.Is(PlantedBug.CacheLookupWithoutRecheck) || Atomic.Load(ref word) == seen)
            {
                _engine.Ledger.Move(task, folio, RefHolder.Speculative, RefHolder.Task);
                return folio;
            }
            _engine.Ledger.Drop(task, folio, RefHolder.Speculative);
            _folios.Put(task, folio);
            _engine.Events.Count(task, EventCounter.CacheLookupRetried);
        }
    }

    /// <summary>As above; a missing page is allocated, stamped (owner <see cref="OwnerOf"/>, virtual page = index, version 0), added and put on the LRU. None: no memory.</summary>
    /// <remarks>Blocking on whoever has the folio locked while its contents are not there yet: no lock is held by the caller.</remarks>
    public Pfn Read(TaskId task, CacheId cache, long index)
    {
        while (true)
        {
            Pfn folio = Find(task, cache, index);
            if (!folio.IsNone)
            {
                if (_engine.Frames.Flags(folio).Has(PageFlags.Uptodate) || BringUptodate(task, cache, index, folio))
                {
                    _engine.Events.Count(task, EventCounter.CacheHit);
                    return folio;
                }
                PutOwn(task, folio);
                continue;
            }
            Pfn fresh = _allocator.Allocate(task, 0, MigrateType.Movable);
            if (fresh.IsNone) { return Pfn.None; }
            _engine.Ledger.Take(task, fresh, RefHolder.Task);
            bool locked = _locks.TryLock(task, fresh);
            Bug.If(!locked, ViolationKind.DoubleOwner, "a fresh folio is locked", fresh.Value);
            Added added = Add(task, cache, index, fresh);
            if (added == Added.Done)
            {
                // Another task that finds the folio waits for its lock while it is not up to date.
                Fill(cache, index, fresh);
                _locks.Unlock(task, fresh);
                _batches.Add(task, fresh);
                _engine.Events.Count(task, EventCounter.CacheMiss);
                return fresh;
            }
            _locks.Unlock(task, fresh);
            PutOwn(task, fresh);
            if (added == Added.NoMemory) { return Pfn.None; }
        }
    }

    /// <summary>Adds a locked folio, with the cache's reference. False: the slot is taken, or no memory for the tree.</summary>
    public bool TryAdd(TaskId task, CacheId cache, long index, Pfn folio) => Add(task, cache, index, folio) == Added.Done;

    private static ulong SlotOf(Pfn folio) => ((ulong)folio.Value + 1) << SlotShift;

    private static Pfn FolioOf(ulong slot) => new((int)(slot >> SlotShift) - 1);

    private Added Add(TaskId task, CacheId cache, long index, Pfn folio)
    {
        TreeSlot slot = _trees.FindOrCreate(task, Atomic.Load(ref _roots[cache.Value]), index);
        if (slot.IsNone) { return Added.NoMemory; }
        FrameTable frames = _engine.Frames;
        frames.Ref(folio).Get();
        frames.SetIndexLocked(folio, index);
        frames.Mapping(folio).SetLocked(MappingWord.Make(cache.Value, MappingTag.File));
        ref ulong word = ref _trees.WordAt(slot);
        WordLock tree = TreeLock(cache);
        tree.Lock(task);
        bool taken = Atomic.Load(ref word) != 0;
        if (!taken)
        {
            // Pairs with PageCaches.Find: to find the folio is to see its mapping and index, and its contents behind the lock.
            Atomic.Store(ref word, SlotOf(folio));
            CountLocked(cache, 1);
        }
        tree.Unlock(task);
        if (!taken) { return Added.Done; }
        frames.Mapping(folio).SetLocked(0);
        bool last = frames.Ref(folio).PutTestZero();
        Bug.If(last, ViolationKind.RefUnderflow, "the adder of a folio had no reference on it", folio.Value);
        return Added.Taken;
    }

    // As a read that the kernel begins for a page that is in the cache but was never filled. False: it is not in the cache any more.
    private bool BringUptodate(TaskId task, CacheId cache, long index, Pfn folio)
    {
        _locks.Lock(task, folio);
        bool ours = _engine.Frames.Mapping(folio).Raw == MappingWord.Make(cache.Value, MappingTag.File);
        if (ours && !_engine.Frames.Flags(folio).Has(PageFlags.Uptodate)) { Fill(cache, index, folio); }
        _locks.Unlock(task, folio);
        return ours;
    }

    private void Fill(CacheId cache, long index, Pfn folio)
    {
        _contents.Stamp(folio, new PageSignature(OwnerOf(cache), 0, index));
        _engine.Frames.Flags(folio).Set(PageFlags.Uptodate);
    }

    private void PutOwn(TaskId task, Pfn folio)
    {
        _engine.Ledger.Drop(task, folio, RefHolder.Task);
        _folios.Put(task, folio);
    }

    private void CountLocked(CacheId cache, int by)
    {
        ref int pages = ref _words[cache.Value, Pages];
        Atomic.PlainStore(ref pages, Atomic.PlainLoad(ref pages) + by);
    }
}
