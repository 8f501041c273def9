using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>Taking folios off the LRU for oneself, and putting them back.</summary>
/// <remarks>
/// To win the Lru flag is to own the links until it is set again. Active and Unevictable stay on an isolated folio, as the memory of where it
/// was: who lets it die instead of putting it back clears them. The gauges nr_isolated are of anon and file by Swapbacked, which changes in
/// the hands of the owner of the linkage only.
/// </remarks>
internal sealed class LruIsolation(EngineBase engine, LruVecs lru, LruBatches batches, Folios folios)
{
    private readonly bool _mark = engine.Policy.MarkIsolated;

    /// <summary>folio_isolate_lru: the caller has a reference; true: it has another one, of isolation, and owns the linkage. Counts nr_isolated.</summary>
    /// <remarks>False: isolated by another, parked in a batch, or being moved by a flush. Blocking on the lru lock.</remarks>
    public bool TryIsolate(TaskId task, Pfn head)
    {
        if (Atomic.Fails(FaultPoint.IsolationRefused) || !WinLruAndGet(head))
        {
            engine.Events.Count(task, EventCounter.LruIsolateFailed);
            return false;
        }
        engine.Ledger.Take(task, head, RefHolder.Isolation);
        TakeOff(task, head);
        return true;
    }

    /// <summary>As a scanner does: no reference yet. Takes one unless the count is zero, rejects tails, then the Lru bit. True: that reference is the isolation's.</summary>
    public bool TryIsolateSpeculatively(TaskId task, Pfn pfn)
    {
        // A tail has neither the flag nor a reference.
        if (FolioWord.IsOne) { return TryIsolate(task, pfn); }
        if (Atomic.Fails(FaultPoint.IsolationRefused) || !engine.Frames.Ref(pfn).TryGet())
        {
            engine.Events.Count(task, EventCounter.LruIsolateFailed);
            return false;
        }
        engine.Ledger.Take(task, pfn, RefHolder.Speculative);
        if (CompoundWord.IsTail(engine.Frames.Compound(pfn).Raw) || !WinLru(pfn))
        {
            engine.Ledger.Drop(task, pfn, RefHolder.Speculative);
            folios.Put(task, pfn);
            engine.Events.Count(task, EventCounter.LruIsolateFailed);
            return false;
        }
        engine.Ledger.Move(task, pfn, RefHolder.Speculative, RefHolder.Isolation);
        TakeOff(task, pfn);
        return true;
    }

    /// <summary>putback_lru_page: through the add batch, then drops the isolation reference. Un-counts nr_isolated.</summary>
    /// <remarks>Blocking on who drains the CPU. The folio is unlinked already. It is listed at the next flush; until then nobody can isolate it.</remarks>
    public void Putback(TaskId task, Pfn head)
    {
        if (!Plant.Is(PlantedBug.PutbackKeepsCount)) { CountOff(task, head); }
        if (_mark) { engine.Frames.Flags(head).Clear(PageFlags.Arch1); }
        batches.Add(task, head);
        engine.Ledger.Drop(task, head, RefHolder.Isolation);
        folios.Put(task, head);
        engine.Events.Count(task, EventCounter.LruPutback);
    }

    /// <summary>The isolated folio was moved or let go: counts it off nr_isolated. It still has the Swapbacked flag it was isolated with.</summary>
    public void CountOff(TaskId task, Pfn head) => Gauge(task, head, -1);

    private bool WinLru(Pfn head)
    {
        FlagsWord flags = engine.Frames.Flags(head);
        if (!Plant.Is(PlantedBug.IsolateWithoutTestAndClear)) { return flags.TestAndClear(PageFlags.Lru); }
        if (!flags.Has(PageFlags.Lru)) { return false; }
        flags.Clear(PageFlags.Lru);
        return true;
    }

    // In two steps first the flag, then the reference.
    private bool WinLruAndGet(Pfn head)
    {
        if (FolioWord.IsOne) { return engine.Frames.Words[head].TryGetAndClear(PageFlags.Lru); }
        if (!WinLru(head)) { return false; }
        engine.Frames.Ref(head).Get();
        return true;
    }

    // Pairs with LruBatches.MoveAll: the flag was set after the folio was linked, so it is on the list that its flags name.
    private void TakeOff(TaskId task, Pfn head)
    {
        WordLock own = lru.LockOf(lru.NodeOf(head));
        own.Lock(task);
        lru.DeleteLocked(head);
        own.Unlock(task);
        if (_mark) { engine.Frames.Flags(head).Set(PageFlags.Arch1); }
        Gauge(task, head, 1);
        engine.Events.Count(task, EventCounter.LruIsolated);
    }

    private void Gauge(TaskId task, Pfn head, int sign)
    {
        bool anon = engine.Frames.Flags(head).Has(PageFlags.Swapbacked);
        engine.Events.Count(task, anon ? EventCounter.NrIsolatedAnon : EventCounter.NrIsolatedFile, sign * lru.PagesOf(head));
    }
}
