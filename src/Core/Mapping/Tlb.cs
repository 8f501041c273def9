using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>A translation cache for each CPU, and the shootdown that voids it.</summary>
/// <remarks>
/// An access to memory lies between BeginAccess and EndAccess: translate, touch the frame's contents, done; nothing sleeps and no lock is
/// taken in between. A shootdown voids cached entries and then waits until each access has ended that was under way: after it nobody can
/// reach the frame through the old translation. As the broadcast invalidation and barrier of hardware, without an interrupt.
/// </remarks>
internal sealed class Tlb(EngineBase engine, PageTables tables, MappingOptions options)
{
    public void BeginAccess(TaskId task) => throw new InvalidOperationException("stub");

    public void EndAccess(TaskId task) => throw new InvalidOperationException("stub");

    /// <summary>Inside an access: the frame that the page is mapped to, from the cache or by a table walk that sets young and dirty. Pfn.None: a fault is due.</summary>
    /// <remarks>A huge entry yields the frame inside the folio.</remarks>
    public Pfn Translate(TaskId task, MmId mm, int root, long page, bool write) => throw new InvalidOperationException("stub");

    /// <summary>Voids one translation on all CPUs and waits for accesses under way. The entry was changed before. May be called under page-table locks.</summary>
    public void FlushPage(TaskId task, MmId mm, long page) => throw new InvalidOperationException("stub");

    /// <summary>Notes that a flush is due; the caller calls <see cref="FlushDeferred"/> before the frame is copied, freed or reused.</summary>
    public void DeferFlush(TaskId task, MmId mm, long page) => throw new InvalidOperationException("stub");

    /// <summary>Does what was deferred by this task, in one go.</summary>
    public void FlushDeferred(TaskId task) => throw new InvalidOperationException("stub");

    public bool HasDeferred(TaskId task) => throw new InvalidOperationException("stub");

    /// <summary>Voids everything of an Mm: it is about to go away, or was forked.</summary>
    public void FlushMm(TaskId task, MmId mm) => throw new InvalidOperationException("stub");
}
