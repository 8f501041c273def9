using System.Runtime.CompilerServices;
using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>What becomes of a folio whose last reference is dropped: off the LRU, flags cleared, back to the allocator.</summary>
/// <remarks>All layers above drop references here, so that no folio is freed while it is listed. Section 6.1 of the reference.</remarks>
internal sealed class Folios(EngineBase engine, LruVecs lru, FrameAllocator allocator) : IFolioRelease
{
    private const PageFlags Both = PageFlags.Active | PageFlags.Unevictable;

    /// <summary>Drops a reference, and frees the folio if it was the last. One xadd; the last one blocks on the lru lock. Never under that lock.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(TaskId task, Pfn head)
    {
        if (engine.Frames.Ref(head).PutTestZero()) { Release(task, head); }
    }

    /// <summary>Drops several at once: pins.</summary>
    public void Put(TaskId task, Pfn head, int references)
    {
        if (engine.Frames.Ref(head).SubTestZero(references)) { Release(task, head); }
    }

    /// <summary>Drops a reference of each of a few folios; what is free then leaves its lists and goes back to the allocator together. As <see cref="Put(TaskId, Pfn)"/> of each.</summary>
    public void Put(TaskId task, ReadOnlySpan<Pfn> heads)
    {
        Span<Pfn> dead = stackalloc Pfn[heads.Length];
        int count = 0;
        foreach (Pfn head in heads)
        {
            if (engine.Frames.Ref(head).PutTestZero()) { dead[count++] = head; }
        }
        dead = dead[..count];
        LeaveLists(task, dead);
        int single = 0;
        foreach (Pfn head in dead)
        {
            if (engine.Frames.OrderOf(head) == 0) { dead[single++] = head; }
            else { allocator.Release(task, head); }
        }
        allocator.FreeBatch(task, dead[..single]);
    }

    /// <summary>Frees a folio that has no reference left. The caller dropped the last one, or froze it, and owns the folio alone.</summary>
    /// <remarks>
    /// A folio that is off the LRU keeps Active and Unevictable: who took it off and lets it die so has cleared them, or the check at free
    /// reports it. A page-cache folio has no mapping any more; that is for the same check.
    /// </remarks>
    public void Release(TaskId task, Pfn head)
    {
        engine.Ledger.VerifyNone(task, head);
        if (engine.Frames.Flags(head).Has(PageFlags.Lru)) { LeaveList(task, head); }
        allocator.Release(task, head);
    }

    /// <summary>Clears Active and Unevictable of a folio whose links the caller owns. Both at once is a contradiction that stays for the check at free.</summary>
    public void ClearLruFlags(Pfn head)
    {
        FlagsWord word = engine.Frames.Flags(head);
        PageFlags both = word.Read() & Both;
        if (both is not (PageFlags.None or Both)) { word.Clear(both); }
    }

    // Apart, so that who frees a folio that is on no list saves no registers for it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LeaveList(TaskId task, Pfn head)
    {
        int locked = -1;
        LeaveList(task, head, ref locked);
        lru.UnlockLast(task, locked);
    }

    private void LeaveLists(TaskId task, ReadOnlySpan<Pfn> dead)
    {
        int locked = -1;
        foreach (Pfn head in dead)
        {
            engine.Ledger.VerifyNone(task, head);
            if (engine.Frames.Flags(head).Has(PageFlags.Lru)) { LeaveList(task, head, ref locked); }
        }
        lru.UnlockLast(task, locked);
    }

    // Nobody can win an Lru flag meanwhile: that takes a reference, and there is none to be had.
    private void LeaveList(TaskId task, Pfn head, ref int locked)
    {
        lru.Relock(task, head, ref locked);
        if (!Plant.Is(PlantedBug.ReleaseKeepsOnList)) { lru.DeleteLocked(head); }
        engine.Frames.Flags(head).Clear(PageFlags.Lru);
        ClearLruFlags(head);
    }
}
