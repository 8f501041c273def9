using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>Requests that may be lost. The condition is read when the request is queued and again when it is flushed.</summary>
/// <remarks>False: the folio is not one for the request now; nothing was queued. The caller has a reference and keeps it.</remarks>
internal sealed partial class LruBatches
{
    private const PageFlags SwapCache = PageFlags.OwnerPriv1 | PageFlags.Swapbacked;

    /// <summary>To the tail of its inactive list, once its writeback is done: it can be reclaimed now.</summary>
    public bool Rotate(TaskId task, Pfn head)
    {
        PageFlags flags = engine.Frames.Flags(head).Read();
        return (flags & (PageFlags.Locked | PageFlags.Dirty)) == 0 && Request(task, head, flags, BatchKind.Rotate);
    }

    /// <summary>An unmapped file folio that nobody will want soon: to its inactive list, to the tail when it is clean.</summary>
    public bool DeactivateFile(TaskId task, Pfn head) => Request(task, head, engine.Frames.Flags(head).Read(), BatchKind.DeactivateFile);

    /// <summary>An active folio that somebody advises against keeping.</summary>
    public bool Deactivate(TaskId task, Pfn head) => Request(task, head, engine.Frames.Flags(head).Read(), BatchKind.Deactivate);

    /// <summary>An anonymous folio whose contents may be dropped: counts as clean file memory from then on.</summary>
    public bool LazyFree(TaskId task, Pfn head) => Request(task, head, engine.Frames.Flags(head).Read(), BatchKind.LazyFree);

    /// <summary>To the active list.</summary>
    public bool Activate(TaskId task, Pfn head) => Request(task, head, engine.Frames.Flags(head).Read(), BatchKind.Activate);

    private bool Request(TaskId task, Pfn head, PageFlags flags, BatchKind kind)
    {
        if ((flags & PageFlags.Lru) == 0 || !IsEligible(kind, head, flags)) { return false; }
        Queue(task, head, kind);
        return true;
    }

    // What holds at the queue and at the flush, where the Lru flag is in the flusher's hands.
    private bool IsEligible(BatchKind kind, Pfn head, PageFlags flags) => (flags & PageFlags.Unevictable) == 0 && kind switch
    {
        BatchKind.DeactivateFile => engine.Frames.Map(head).Count == 0,
        BatchKind.Deactivate => (flags & PageFlags.Active) != 0,
        BatchKind.Activate => (flags & PageFlags.Active) == 0,
        BatchKind.LazyFree => (flags & SwapCache) == PageFlags.Swapbacked && MappingWord.IsAnon(engine.Frames.Mapping(head).Raw),
        _ => true,
    };
}
