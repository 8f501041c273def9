using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>i_mmap, and what is done to caches at rest.</summary>
internal sealed partial class PageCaches
{
    /// <summary>i_mmap: the VMAs that map the cache. Links under the rmap lock.</summary>
    public void LockMaps(TaskId task, CacheId cache) => MapsLock(cache).Lock(task);

    public void UnlockMaps(TaskId task, CacheId cache) => MapsLock(cache).Unlock(task);

    /// <summary>The VMA becomes the last of the list: a walk meets a parent before the child that a fork makes.</summary>
    public void LinkLocked(CacheId cache, VmaId vma)
    {
        ref int last = ref _words[cache.Value, LastMap];
        int before = Atomic.PlainLoad(ref last);
        Atomic.PlainStore(ref _vmas.CachePrev(vma), before);
        Atomic.PlainStore(ref before == 0 ? ref _words[cache.Value, FirstMap] : ref _vmas.CacheNext(new VmaId(before)), vma.Value);
        Atomic.PlainStore(ref last, vma.Value);
    }

    public void UnlinkLocked(CacheId cache, VmaId vma)
    {
        ref int nextWord = ref _vmas.CacheNext(vma);
        ref int prevWord = ref _vmas.CachePrev(vma);
        int next = Atomic.PlainLoad(ref nextWord);
        int prev = Atomic.PlainLoad(ref prevWord);
        Atomic.PlainStore(ref prev == 0 ? ref _words[cache.Value, FirstMap] : ref _vmas.CacheNext(new VmaId(prev)), next);
        Atomic.PlainStore(ref next == 0 ? ref _words[cache.Value, LastMap] : ref _vmas.CachePrev(new VmaId(next)), prev);
        Atomic.PlainStore(ref nextWord, 0);
        Atomic.PlainStore(ref prevWord, 0);
    }

    /// <summary>The first VMA of the list; its CacheNext leads to the others.</summary>
    public VmaId FirstMapLocked(CacheId cache) => new(Atomic.PlainLoad(ref _words[cache.Value, FirstMap]));

    /// <summary>Import: sets a slot of a new folio. Its mapping, index and reference are the caller's to set. At rest.</summary>
    public void SetAtRest(CacheId cache, long index, Pfn folio)
    {
        TreeSlot slot = _trees.FindOrCreate(new TaskId(0), _roots[cache.Value], index);
        if (slot.IsNone) { throw new InvalidOperationException("the page caches have no room for another node"); }
        ref ulong word = ref _trees.WordAt(slot);
        Bug.If(word != 0, ViolationKind.CacheMismatch, "two folios are put into one slot", folio.Value);
        word = SlotOf(folio);
        _words[cache.Value, Pages]++;
    }

    /// <summary>Each cache's slots: index and frame. At rest.</summary>
    public void ForEachAtRest(Action<CacheId, long, Pfn> slot)
    {
        for (int cache = 1; cache < _roots.Count; cache++)
        {
            CacheId id = new(cache);
            _trees.ForEachAtRest(_roots[cache], (index, at, _) => slot(id, index, FolioOf(_trees.WordAt(at))));
        }
    }

    /// <summary>Caches, and nodes of their trees. At rest.</summary>
    public (int Caches, int Nodes) UsedAtRest() => (_pool.UsedAtRest(), _trees.UsedNodesAtRest());

    private WordLock MapsLock(CacheId cache) => new(ref _words[cache.Value, MapsLockWord], _engine.Ranks, LockRank.Rmap);
}
