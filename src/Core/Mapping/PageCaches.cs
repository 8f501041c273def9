using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Mapping;

/// <summary>Files' page caches: a tree of slots each, lock-free lookup, and the VMAs that map them (i_mmap).</summary>
internal sealed class PageCaches(EngineBase engine, FrameAllocator allocator, FrameContents contents, FolioLock locks, Folios folios, LruBatches batches, Vmas vmas, MappingOptions options)
{
    public CacheId Create(TaskId task) => throw new InvalidOperationException("stub");

    /// <summary>Evicts everything (truncate to nothing) and gives the cache back. Nobody maps it.</summary>
    public void Destroy(TaskId task, CacheId cache) => throw new InvalidOperationException("stub");

    /// <summary>The folio at an index with a reference, or none: load the slot, try-get, load again. Lock-free; spins while the folio is frozen.</summary>
    public Pfn Find(TaskId task, CacheId cache, long index) => throw new InvalidOperationException("stub");

    /// <summary>As above; a missing page is allocated, stamped (owner <see cref="OwnerOf"/>, virtual page = index, version 0), added and put on the LRU. None: no memory.</summary>
    public Pfn Read(TaskId task, CacheId cache, long index) => throw new InvalidOperationException("stub");

    /// <summary>Adds a locked folio, with the cache's reference. False: the slot is taken, or no memory for the tree.</summary>
    public bool TryAdd(TaskId task, CacheId cache, long index, Pfn folio) => throw new InvalidOperationException("stub");

    /// <summary>Takes an unmapped, locked folio out and drops the cache's reference. False: somebody else refers to it (freeze failed).</summary>
    public bool TryRemoveLocked(TaskId task, Pfn folio, int extraReferences) => throw new InvalidOperationException("stub");

    /// <summary>The tree lock of a folio's cache. Section 5.6 of the migration reference: freeze, store, unfreeze happen under it.</summary>
    public WordLock TreeLock(CacheId cache) => throw new InvalidOperationException("stub");

    /// <summary>Under the tree lock: the slot now refers to another folio.</summary>
    public void ReplaceLocked(CacheId cache, long index, Pfn folio) => throw new InvalidOperationException("stub");

    public static uint OwnerOf(CacheId cache) => 0x8000_0000u | (uint)cache.Value;

    /// <summary>i_mmap: the VMAs that map the cache. Links under the rmap lock.</summary>
    public void LockMaps(TaskId task, CacheId cache) => throw new InvalidOperationException("stub");

    public void UnlockMaps(TaskId task, CacheId cache) => throw new InvalidOperationException("stub");

    public void LinkLocked(CacheId cache, VmaId vma) => throw new InvalidOperationException("stub");

    public void UnlinkLocked(CacheId cache, VmaId vma) => throw new InvalidOperationException("stub");

    public VmaId FirstMapLocked(CacheId cache) => throw new InvalidOperationException("stub");

    /// <summary>Import: sets a slot. At rest.</summary>
    public void SetAtRest(CacheId cache, long index, Pfn folio) => throw new InvalidOperationException("stub");

    /// <summary>Each cache's slots: index and frame. At rest.</summary>
    public void ForEachAtRest(Action<CacheId, long, Pfn> slot) => throw new InvalidOperationException("stub");
}
