using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>How folios leave a cache: reclaim freezes, truncation does not, migration replaces.</summary>
internal sealed partial class PageCaches
{
    /// <summary>The tree lock of a folio's cache. Section 5.6 of the migration reference: freeze, store, unfreeze happen under it.</summary>
    public WordLock TreeLock(CacheId cache) => new(ref _words[cache.Value, TreeLockWord], _engine.Ranks, LockRank.MappingTree);

    /// <summary>Under the tree lock: the slot now refers to another folio, which has mapping, index and the cache's reference. The old one is frozen.</summary>
    public void ReplaceLocked(CacheId cache, long index, Pfn folio)
    {
        TreeSlot slot = _trees.Find(Atomic.Load(ref _roots[cache.Value]), index);
        Bug.If(slot.IsNone, ViolationKind.CacheMismatch, "a folio is replaced that is in no slot", folio.Value);

        // Pairs with PageCaches.Find.
        Atomic.Store(ref _trees.WordAt(slot), SlotOf(folio));
    }

    /// <summary>Takes an unmapped, locked folio out and drops the cache's reference. False: somebody else refers to it (freeze failed).</summary>
    /// <param name="task">The caller.</param>
    /// <param name="folio">Locked, in a cache, mapped by nobody.</param>
    /// <param name="extraReferences">The caller's own, at least one: they remain.</param>
    public bool TryRemoveLocked(TaskId task, Pfn folio, int extraReferences)
    {
        FrameTable frames = _engine.Frames;
        CacheId cache = CacheOf(folio);
        int slots = 1 << frames.OrderOf(folio);
        WordLock tree = TreeLock(cache);
        tree.Lock(task);
        if (!frames.Ref(folio).TryFreeze(slots + extraReferences))
        {
            tree.Unlock(task);
            _engine.Events.Count(task, EventCounter.RefFreezeFailed);
            return false;
        }

        // Pairs with PageCaches.Find: the slots are empty before the count is more than zero again.
        EmptyLocked(cache, folio, slots);
        frames.Ref(folio).Unfreeze(extraReferences);
        tree.Unlock(task);
        _engine.Events.Count(task, EventCounter.CacheRemoved, slots);
        return true;
    }

    /// <summary>Reclaim: takes an unmapped, locked folio out and frees it. False: somebody else refers to it, and it stays locked and as it was.</summary>
    /// <remarks>The caller's one reference, of isolation, and the cache's are frozen and never come back: the folio is the caller's alone, but for who waits without a reference.</remarks>
    public bool TryReclaimLocked(TaskId task, Pfn folio)
    {
        FrameTable frames = _engine.Frames;
        CacheId cache = CacheOf(folio);
        WordLock tree = TreeLock(cache);
        tree.Lock(task);
        if (!frames.Ref(folio).TryFreeze(2))
        {
            tree.Unlock(task);
            _engine.Events.Count(task, EventCounter.RefFreezeFailed);
            return false;
        }
        EmptyLocked(cache, folio, 1);
        tree.Unlock(task);
        if (_engine.Policy.ReclaimUnlock == ReclaimUnlock.PlainStore) { _locks.UnlockPlain(task, folio); }
        else { _locks.Unlock(task, folio); }
        _folios.Release(task, folio);
        _engine.Events.Count(task, EventCounter.CacheRemoved);
        return true;
    }

    /// <summary>Truncation: takes an unmapped, locked folio out whoever refers to it, and drops the cache's reference. The caller has one of its own.</summary>
    public void RemoveLocked(TaskId task, Pfn folio)
    {
        CacheId cache = CacheOf(folio);
        int slots = 1 << _engine.Frames.OrderOf(folio);
        WordLock tree = TreeLock(cache);
        tree.Lock(task);

        // Pairs with PageCaches.Find: the slots are empty before the reference goes that a lookup could have relied on.
        EmptyLocked(cache, folio, slots);
        tree.Unlock(task);
        bool last = _engine.Frames.Ref(folio).SubTestZero(slots);
        Bug.If(last, ViolationKind.RefUnderflow, "who removed a folio had no reference on it", folio.Value);
        _engine.Events.Count(task, EventCounter.CacheRemoved, slots);
    }

    /// <summary>Evicts everything (truncate to nothing) and gives the cache back. Nobody maps it.</summary>
    /// <remarks>Blocking on whoever has one of its folios locked, a migration for instance. Other holders keep their folios, which are in no cache then.</remarks>
    public void Destroy(TaskId task, CacheId cache)
    {
        int root = Atomic.Load(ref _roots[cache.Value]);
        long index = 0;
        while (index < _trees.Span && PagesOf(cache) != 0)
        {
            TreeSlot slot = _trees.Find(root, index, 0, out int level);
            if (slot.IsNone)
            {
                int span = level * _trees.Order;
                index = ((index >> span) + 1) << span;
                continue;
            }
            while (Atomic.Load(ref _trees.WordAt(slot)) != 0) { Truncate(task, cache, index); }
            index++;
        }
        Bug.If(PagesOf(cache) != 0, ViolationKind.CacheMismatch, "a cache counts pages that it does not have", cache.Value);
        Bug.If(Atomic.Load(ref _words[cache.Value, FirstMap]) != 0, ViolationKind.BrokenList, "a cache is given back that a VMA maps", cache.Value);
        Atomic.Store(ref _roots[cache.Value], 0);
        _trees.FreeTree(task, root);
        _pool.Give(cache.Value);
    }

    /// <summary>Slots of the cache that hold a folio. Stale without the tree lock.</summary>
    public int PagesOf(CacheId cache) => Atomic.Load(ref _words[cache.Value, Pages]);

    // One attempt: the folio of the index may have been moved to another frame while its lock was waited for.
    private void Truncate(TaskId task, CacheId cache, long index)
    {
        Pfn folio = Find(task, cache, index);
        if (folio.IsNone) { return; }
        _locks.Lock(task, folio);
        if (_engine.Frames.Mapping(folio).Raw == MappingWord.Make(cache.Value, MappingTag.File)) { RemoveLocked(task, folio); }
        _locks.Unlock(task, folio);
        PutOwn(task, folio);
    }

    private CacheId CacheOf(Pfn folio)
    {
        long mapping = _engine.Frames.Mapping(folio).Raw;
        Bug.If(mapping == 0 || MappingWord.TagOf(mapping) != MappingTag.File, ViolationKind.CacheMismatch, "a folio is removed that is in no cache", folio.Value);
        Bug.If(!_engine.Frames.Map(folio).IsIdle, ViolationKind.MapcountMismatch, "a folio leaves its cache while it is mapped", folio.Value);
        return new CacheId((int)MappingWord.OwnerOf(mapping));
    }

    private void EmptyLocked(CacheId cache, Pfn folio, int slots)
    {
        int root = Atomic.Load(ref _roots[cache.Value]);
        long index = _engine.Frames.IndexLocked(folio);
        for (int i = 0; i < slots; i++)
        {
            TreeSlot slot = _trees.Find(root, index + i);
            Bug.If(slot.IsNone || Atomic.Load(ref _trees.WordAt(slot)) != SlotOf(folio), ViolationKind.CacheMismatch, "a folio is not in its slot", folio.Value);
            Atomic.Store(ref _trees.WordAt(slot), 0UL);
        }
        _engine.Frames.Mapping(folio).SetLocked(0);
        CountLocked(cache, -slots);
    }
}
