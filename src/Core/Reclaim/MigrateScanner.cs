using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Reclaim;

/// <summary>Isolates what can move out of a source block, some frames at a time. Section 8.3 of the reference.</summary>
/// <remarks>
/// The filters look without a reference: they save work, and <see cref="Migrator.Isolate"/> decides. Left out: giving up an aligned chunk
/// at its first failure, the search for partly free blocks in the first half of the gap, and the limit on isolated pages.
/// </remarks>
internal sealed class MigrateScanner(EngineBase engine, FrameAllocator allocator, MovableOps movable, Migrator migrator)
{
    /// <summary>COMPACT_CLUSTER_MAX: pages of one round.</summary>
    public const int ClusterMax = 32;

    private readonly FrameTable _frames = engine.Frames;

    /// <summary>Scans from frame <paramref name="from"/> of the block until the list is full or the block ends. Returns how many frames are passed then.</summary>
    public int Scan(TaskId task, int block, int from, MigrateMode mode, FolioList list)
    {
        int first = block * allocator.BlockFrames;
        int end = Math.Min(allocator.BlockFrames, _frames.Frames - first);
        int at = from;
        Span<Pfn> found = stackalloc Pfn[ClusterMax];
        while (at < end && list.Count < ClusterMax)
        {
            int count = 0, wanted = ClusterMax - list.Count;
            while (at < end && count < wanted) { at += Visit(task, new Pfn(first + at), end - at, mode, found, ref count); }
            migrator.Isolate(task, found[..count], list);
        }
        int passed = at < end ? at : allocator.BlockFrames;
        engine.Events.Count(task, EventCounter.CompactMigrateScanned, Math.Min(at, end) - from);
        if (!list.IsEmpty) { engine.Events.Count(task, EventCounter.CompactIsolated, list.Count); }
        return passed;
    }

    // Returns the frames that need not be looked at any more.
    private int Visit(TaskId task, Pfn pfn, int left, MigrateMode mode, Span<Pfn> found, ref int count)
    {
        uint shape = _frames.Compound(pfn).Raw;
        if (shape != 0) { return PassLarge(task, pfn, shape, left); }
        if (FrameTable.IsAllocated(_frames.Generation(pfn)) && MayMove(task, pfn, mode)) { found[count++] = pfn; }
        return 1;
    }

    // A large folio stays. Its words may change while they are read: a wrong answer leaves out a few frames of this sweep.
    private int PassLarge(TaskId task, Pfn pfn, uint shape, int left)
    {
        Pfn head = CompoundWord.IsTail(shape) ? CompoundWord.HeadOf(shape) : pfn;
        int order = (uint)head.Value < (uint)_frames.Frames ? Math.Min(_frames.OrderOf(head), FrameTable.MaxOrder) : 0;
        int rest = head.Value + (1 << order) - pfn.Value;
        if (order != 0) { engine.Events.Count(task, EventCounter.CompactSkippedLarge); }
        return Math.Clamp(rest, 1, left);
    }

    private bool MayMove(TaskId task, Pfn pfn, MigrateMode mode)
    {
        PageFlags flags = _frames.Flags(pfn).Read();
        if ((flags & PageFlags.Lru) == 0) { return movable.IsMovableOps(pfn) && (flags & MovableOps.Isolated) == 0; }
        const PageFlags swapCache = PageFlags.Swapbacked | PageFlags.OwnerPriv1;
        if (MappingWord.IsAnon(_frames.Mapping(pfn).Raw) && (flags & swapCache) != swapCache)
        {
            // More references than mappings: a pin, or somebody who is about to look at it. Either would make the migration fail.
            if (_frames.Ref(pfn).CountUnsafe > _frames.Map(pfn).Count)
            {
                engine.Events.Count(task, EventCounter.CompactSkippedPinned);
                return false;
            }
        }
        if (mode != MigrateMode.Async) { return true; }
        if ((flags & PageFlags.Writeback) != 0) { return false; }

        // Dirty only if its cache can migrate such: one with private data would have to be written out first.
        return (flags & (PageFlags.Dirty | PageFlags.Private)) != (PageFlags.Dirty | PageFlags.Private);
    }
}
