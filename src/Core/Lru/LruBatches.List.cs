using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>The flush of an add batch: every folio on its list, or freed if nobody wants it any more.</summary>
internal sealed partial class LruBatches
{
    // Flags that a folio on its way to a list seldom has.
    private const PageFlags Unusual = PageFlags.Lru | PageFlags.Mlocked | PageFlags.Unevictable;

    // Folios are linked to each other before the lock is taken, and set into their lists in one go: under it nothing is done for each of them.
    // Alternating nodes cost one lock pair each. The flag that lets others take a folio off again comes after, with the put.
    private void ListAll(TaskId task, Span<int> parked)
    {
        FolioChains chains = default;
        int node = -1;
        int listed = 0;
        foreach (ref int entry in parked)
        {
            Pfn head = new(Atomic.PlainLoad(ref entry) - 1);
            PageFlags flags = _frames.Look(head, out int references, out int order);
            if (references == 1 && TryFreezeDead(task, head))
            {
                Atomic.PlainStore(ref entry, -(head.Value + 1));
                continue;
            }
            if ((flags & Unusual) != 0) { flags = Cull(task, head, flags); }
            int own = lru.NodeOf(head);
            if (own != node)
            {
                if (listed != 0) { lru.AddChains(task, node, ref chains); }
                node = own;
            }
            LruKind kind = LruVecs.KindOf(flags);
            ref FolioChain chain = ref chains[(int)kind];
            chain.Pages += 1 << order;
            if (kind != LruKind.Unevictable) { chain.Push(head, _links); }
            if (Plant.Is(PlantedBug.LruFlagBeforeList)) { _frames.Flags(head).Set(PageFlags.Lru); }
            listed++;
        }
        if (listed == 0) { return; }
        lru.AddChains(task, node, ref chains);
        _events.Count(task, EventCounter.LruAdded, listed);
        if (Plant.Is(PlantedBug.PutUnderLruLock)) { PutUnderLock(task, parked, node); }
    }

    // No lru lock is held: a put may free, and freeing takes one. An entry below zero was frozen.
    private void PutListed(TaskId task, Span<int> parked)
    {
        PageFlags listed = Plant.Is(PlantedBug.LruBitLost) ? PageFlags.None : PageFlags.Lru;
        int next = Atomic.PlainLoad(ref parked[0]);
        for (int i = 0; i < parked.Length; i++)
        {
            int word = next;
            Atomic.PlainStore(ref parked[i], 0);
            next = i + 1 < parked.Length ? Atomic.PlainLoad(ref parked[i + 1]) : 0;
            if (word <= 0)
            {
                if (word != 0) { ReleaseDead(task, new Pfn(-word - 1)); }
                continue;
            }
            Pfn head = new(word - 1);
            _ledger.Drop(task, head, RefHolder.Batch);

            // Pairs with LruIsolation.TakeOff: the folio is linked before it is anybody's again.
            if (Plant.Is(PlantedBug.BatchLeaksReference) && i == 0) { _frames.Flags(head).Set(listed); }
            else if (_frames.Word(head).SetAndPut(listed)) { folios.Release(task, head); }
        }
    }

    // True: nobody but the batch referred to the folio, and now nobody can. It is off the LRU, so nobody else will clear what it was isolated with.
    private bool TryFreezeDead(TaskId task, Pfn head)
    {
        DeadFolioDrain policy = engine.Policy.DeadFolioDrain;
        if (policy == DeadFolioDrain.List || !_frames.Ref(head).TryFreeze(1)) { return false; }
        if (policy == DeadFolioDrain.FreezeAndFree) { folios.ClearLruFlags(head); }
        _events.Count(task, EventCounter.LruFreedInBatch);
        return true;
    }

    private void ReleaseDead(TaskId task, Pfn head)
    {
        _ledger.Drop(task, head, RefHolder.Batch);
        folios.Release(task, head);
    }

    // Evictable is what is not mlocked, and an unevictable folio is not active. The flags as they are from here on.
    private PageFlags Cull(TaskId task, Pfn head, PageFlags flags)
    {
        Bug.If((flags & PageFlags.Lru) != 0, ViolationKind.BrokenList, "folio added to the LRU that is on it", head.Value);
        FlagsWord word = _frames.Flags(head);
        if ((flags & PageFlags.Mlocked) == 0)
        {
            word.Clear(PageFlags.Unevictable);
            _events.Count(task, EventCounter.UnevictableRescued);
            return flags & ~PageFlags.Unevictable;
        }
        Clear(word, flags & PageFlags.Active);
        if ((flags & PageFlags.Unevictable) == 0)
        {
            word.Set(PageFlags.Unevictable);
            _events.Count(task, EventCounter.UnevictableCulled);
        }
        return (flags & ~PageFlags.Active) | PageFlags.Unevictable;
    }

    // A planted mistake.
    private void PutUnderLock(TaskId task, Span<int> parked, int node)
    {
        WordLock own = lru.LockOf(node);
        own.Lock(task);
        PutListed(task, parked);
        own.Unlock(task);
    }
}
