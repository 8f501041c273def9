using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>The flush of one batch: section 1.4 of the batch reference. The caller holds the batch guard of the CPU.</summary>
internal sealed partial class LruBatches
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FlushLocked(TaskId task, CpuId cpu, BatchKind kind)
    {
        ref ulong word = ref ParkedOf(cpu);
        int entries = CountIn(Atomic.PlainLoad(ref word), kind);
        if (entries == 0) { return; }
        Span<int> parked = EntriesOf(cpu, kind)[..entries];
        if (kind == BatchKind.Add) { ListAll(task, parked); }
        else { MoveAll(task, parked, kind); }
        bool tooSoon = Plant.Is(PlantedBug.ParkedLoweredBeforePut);
        if (!tooSoon) { PutAll(task, parked, kind); }

        // Pairs with LruDrain.PostAll: released, and last, so who reads that nothing is parked may rely on the references being gone.
        Atomic.Store(ref word, Atomic.PlainLoad(ref word) & ~(CountMask << ShiftOf(kind)));
        if (tooSoon) { PutAll(task, parked, kind); }
        _events.Count(task, EventCounter.LruBatchFlushed);
    }

    // In the order of the entries.
    private void MoveAll(TaskId task, Span<int> parked, BatchKind kind)
    {
        int locked = -1;
        foreach (ref int entry in parked)
        {
            Pfn head = new(Atomic.PlainLoad(ref entry) - 1);
            if (!WinLru(head))
            {
                engine.Events.Count(task, EventCounter.LruRequestLost);
                continue;
            }
            lru.Relock(task, head, ref locked);
            Move(task, head, kind);

            // Pairs with LruIsolation.TakeOff: the folio is linked before it is anybody's again.
            engine.Frames.Flags(head).Set(PageFlags.Lru);
        }
        lru.UnlockLast(task, locked);
    }

    // A request is for who wins the folio; the flusher then owns the links.
    private bool WinLru(Pfn head)
    {
        FlagsWord flags = engine.Frames.Flags(head);
        return Plant.Is(PlantedBug.RequestTestsOnly) ? flags.Has(PageFlags.Lru) : flags.TestAndClear(PageFlags.Lru);
    }

    // A put may free, and freeing takes an lru lock: so all of them come after the last one was given back.
    private void PutAll(TaskId task, Span<int> parked, BatchKind kind)
    {
        if (kind == BatchKind.Add)
        {
            PutListed(task, parked);
            return;
        }
        foreach (ref int entry in parked)
        {
            Pfn head = new(Atomic.PlainLoad(ref entry) - 1);
            Atomic.PlainStore(ref entry, 0);
            _ledger.Drop(task, head, RefHolder.Batch);
            folios.Put(task, head);
        }
    }

    // Under the lru lock, with the linkage owned. What was true when the request was queued is asked again.
    private void Move(TaskId task, Pfn head, BatchKind kind)
    {
        FlagsWord word = engine.Frames.Flags(head);
        PageFlags flags = word.Read();
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

    private static void Clear(FlagsWord word, PageFlags set)
    {
        if (set != PageFlags.None) { word.Clear(set); }
    }
}
