using System.Runtime.CompilerServices;
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
        if (!TryWin(task, head)) { return false; }
        TakeOff(task, new ReadOnlySpan<Pfn>(in head));
        return true;
    }

    /// <summary>As a scanner does: no reference yet. Takes one unless the count is zero, rejects tails, then the Lru bit. True: that reference is the isolation's.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public bool TryIsolateSpeculatively(TaskId task, Pfn pfn)
    {
        if (!TryWinSpeculatively(task, pfn)) { return false; }
        TakeOff(task, new ReadOnlySpan<Pfn>(in pfn));
        return true;
    }

    /// <summary>As <see cref="TryIsolateSpeculatively"/> for each of some pages, with one holding of the lru lock for all that lie on a node one after the other.</summary>
    /// <returns>How many were isolated: the first ones of the span afterwards, in their order.</returns>
    public int IsolateSpeculatively(TaskId task, Span<Pfn> pages)
    {
        int won = 0;
        for (int i = 0; i < pages.Length; i++)
        {
            if (TryWinSpeculatively(task, pages[i])) { pages[won++] = pages[i]; }
        }
        if (won != 0) { TakeOff(task, pages[..won]); }
        return won;
    }

    /// <summary>putback_lru_page: through the add batch, to which the isolation's reference goes. Un-counts nr_isolated.</summary>
    /// <remarks>Blocking on who drains the CPU. The folio is unlinked already. It is listed at the next flush; until then nobody can isolate it.</remarks>
    public void Putback(TaskId task, Pfn head)
    {
        if (!Plant.Is(PlantedBug.PutbackKeepsCount)) { CountOff(task, head); }
        if (_mark) { engine.Frames.Flags(head).Clear(PageFlags.Arch1); }
        engine.Ledger.Drop(task, head, RefHolder.Isolation);
        batches.AddOwned(task, head);
        engine.Events.Count(task, EventCounter.LruPutback);
    }

    /// <summary>The isolated folio was moved or let go: counts it off nr_isolated. It still has the Swapbacked flag it was isolated with.</summary>
    public void CountOff(TaskId task, Pfn head) =>
        engine.Events.Count(task, IsAnon(head) ? EventCounter.NrIsolatedAnon : EventCounter.NrIsolatedFile, -lru.PagesOf(head));

    private bool TryWin(TaskId task, Pfn head)
    {
        if (Atomic.Fails(FaultPoint.IsolationRefused) || !WinLruAndGet(head))
        {
            engine.Events.Count(task, EventCounter.LruIsolateFailed);
            return false;
        }
        engine.Ledger.Take(task, head, RefHolder.Isolation);
        return true;
    }

    private bool TryWinSpeculatively(TaskId task, Pfn pfn)
    {
        // A tail has neither the flag nor a reference.
        if (FolioWord.IsOne) { return TryWin(task, pfn); }
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
        return true;
    }

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
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TakeOff(TaskId task, ReadOnlySpan<Pfn> heads)
    {
        // Who has won a flag may take its time: nobody else touches the links meanwhile.
        int locked = -1;
        foreach (Pfn head in heads)
        {
            lru.Relock(task, head, ref locked);
            lru.DeleteLocked(head);
        }
        lru.UnlockLast(task, locked);
        int anon = 0, file = 0;
        foreach (Pfn head in heads)
        {
            if (_mark) { engine.Frames.Flags(head).Set(PageFlags.Arch1); }
            if (IsAnon(head)) { anon += lru.PagesOf(head); }
            else { file += lru.PagesOf(head); }
        }
        if (anon != 0) { engine.Events.Count(task, EventCounter.NrIsolatedAnon, anon); }
        if (file != 0) { engine.Events.Count(task, EventCounter.NrIsolatedFile, file); }
        engine.Events.Count(task, EventCounter.LruIsolated, heads.Length);
    }

    private bool IsAnon(Pfn head) => engine.Frames.Flags(head).Has(PageFlags.Swapbacked);
}
