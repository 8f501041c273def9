using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>The flush of one batch: section 1.4 of the batch reference. The caller holds the batch guard of the CPU.</summary>
internal sealed partial class LruBatches
{
    private void FlushLocked(TaskId task, CpuId cpu, BatchKind kind)
    {
        ref int count = ref CountOf(cpu, kind);
        int entries = Atomic.PlainLoad(ref count);
        if (entries == 0) { return; }
        MoveAll(task, cpu, kind, entries);
        bool tooSoon = Plant.Is(PlantedBug.ParkedLoweredBeforePut);
        if (!tooSoon) { PutAll(task, cpu, kind, entries); }
        Atomic.PlainStore(ref count, 0);

        // Pairs with LruDrain.PostAll: released, and last, so who reads that nothing is parked may rely on the references being gone.
        ref int all = ref _cpus[cpu.Value, ParkedWord];
        Atomic.Store(ref all, Atomic.PlainLoad(ref all) - entries);
        if (tooSoon) { PutAll(task, cpu, kind, entries); }
        engine.Events.Count(task, EventCounter.LruBatchFlushed);
    }

    // In the order of the entries; alternating nodes cost one lock pair each.
    private void MoveAll(TaskId task, CpuId cpu, BatchKind kind, int entries)
    {
        int locked = -1;
        for (int i = 0; i < entries; i++)
        {
            ref int entry = ref EntryOf(cpu, kind, i);
            Pfn head = new(Atomic.PlainLoad(ref entry) - 1);
            if (kind == BatchKind.Add)
            {
                if (TryFreezeDead(head))
                {
                    Atomic.PlainStore(ref entry, -(head.Value + 1));
                    engine.Events.Count(task, EventCounter.LruFreedInBatch);
                    continue;
                }
            }
            else if (!WinLru(head))
            {
                engine.Events.Count(task, EventCounter.LruRequestLost);
                continue;
            }
            int node = lru.NodeOf(head);
            if (node != locked)
            {
                if (locked >= 0) { lru.LockOf(locked).Unlock(task); }
                lru.LockOf(node).Lock(task);
                locked = node;
            }
            Move(task, head, kind);

            // Pairs with LruIsolation.TakeOff: the folio is linked before it is anybody's again.
            if (!Plant.Is(PlantedBug.LruBitLost)) { engine.Frames.Flags(head).Set(PageFlags.Lru); }
            if (Plant.Is(PlantedBug.PutUnderLruLock))
            {
                folios.Put(task, head);
                Atomic.PlainStore(ref entry, 0);
            }
        }
        if (locked >= 0) { lru.LockOf(locked).Unlock(task); }
    }

    // A request is for who wins the folio; the flusher then owns the links.
    private bool WinLru(Pfn head)
    {
        FlagsWord flags = engine.Frames.Flags(head);
        return Plant.Is(PlantedBug.RequestTestsOnly) ? flags.Has(PageFlags.Lru) : flags.TestAndClear(PageFlags.Lru);
    }

    // A put may free, and freeing takes an lru lock: so all of them come after the last one was given back.
    private void PutAll(TaskId task, CpuId cpu, BatchKind kind, int entries)
    {
        for (int i = 0; i < entries; i++)
        {
            ref int entry = ref EntryOf(cpu, kind, i);
            int word = Atomic.PlainLoad(ref entry);
            if (word == 0) { continue; }
            Atomic.PlainStore(ref entry, 0);
            if (Plant.Is(PlantedBug.BatchLeaksReference) && i == 0) { continue; }
            Pfn head = new(Math.Abs(word) - 1);
            engine.Ledger.Drop(task, head, RefHolder.Batch);
            if (word < 0) { folios.Release(task, head); }
            else { folios.Put(task, head); }
        }
    }

    // True: nobody but the batch referred to the folio, and now nobody can. It is off the LRU, so nobody else will clear what it was isolated with.
    private bool TryFreezeDead(Pfn head)
    {
        DeadFolioDrain policy = engine.Policy.DeadFolioDrain;
        if (policy == DeadFolioDrain.List || !engine.Frames.Ref(head).TryFreeze(1)) { return false; }
        if (policy == DeadFolioDrain.FreezeAndFree) { folios.ClearLruFlags(head); }
        return true;
    }

    // Under the lru lock, with the linkage owned. What was true when the request was queued is asked again.
    private void Move(TaskId task, Pfn head, BatchKind kind)
    {
        FlagsWord word = engine.Frames.Flags(head);
        PageFlags flags = word.Read();
        if (kind == BatchKind.Add)
        {
            List(task, head, flags);
            return;
        }
        if (!IsEligible(kind, head, flags)) { return; }
        lru.DeleteLocked(head);
        bool tail = kind == BatchKind.Rotate;
        switch (kind)
        {
            case BatchKind.Rotate:
                Clear(word, flags & PageFlags.Active);
                engine.Events.Count(task, EventCounter.LruRotated);
                break;
            case BatchKind.DeactivateFile:
                Clear(word, flags & (PageFlags.Active | PageFlags.Referenced));
                tail = (flags & (PageFlags.Dirty | PageFlags.Writeback)) == 0;
                if (!tail) { word.Set(PageFlags.Reclaim); }
                engine.Events.Count(task, EventCounter.LruDeactivated);
                break;
            case BatchKind.LazyFree:
                Clear(word, flags & (PageFlags.Active | PageFlags.Referenced | PageFlags.Swapbacked));
                engine.Events.Count(task, EventCounter.LruDeactivated);
                break;
            case BatchKind.Deactivate:
                Clear(word, flags & (PageFlags.Active | PageFlags.Referenced));
                engine.Events.Count(task, EventCounter.LruDeactivated);
                break;
            default:
                word.Set(PageFlags.Active);
                engine.Events.Count(task, EventCounter.LruActivated);
                break;
        }
        lru.AddLocked(head, tail);
    }

    // Evictable is what is not mlocked. An unevictable folio is not active.
    private void List(TaskId task, Pfn head, PageFlags flags)
    {
        Bug.If((flags & PageFlags.Lru) != 0, ViolationKind.BrokenList, "folio added to the LRU that is on it", head.Value);
        FlagsWord word = engine.Frames.Flags(head);
        if ((flags & PageFlags.Mlocked) == 0)
        {
            if ((flags & PageFlags.Unevictable) != 0)
            {
                word.Clear(PageFlags.Unevictable);
                engine.Events.Count(task, EventCounter.UnevictableRescued);
            }
        }
        else
        {
            Clear(word, flags & PageFlags.Active);
            if ((flags & PageFlags.Unevictable) == 0)
            {
                word.Set(PageFlags.Unevictable);
                engine.Events.Count(task, EventCounter.UnevictableCulled);
            }
        }
        lru.AddLocked(head);
        engine.Events.Count(task, EventCounter.LruAdded);
    }

    private static void Clear(FlagsWord word, PageFlags set)
    {
        if (set != PageFlags.None) { word.Clear(set); }
    }
}
