using MemCore.Primitives;

namespace MemCore.Migration;

/// <summary>A driver of pages that are on no LRU but can move. Identified by page type, as since 6.18.</summary>
internal interface IMovableOps
{
    /// <summary>The page is locked and referenced. True: the driver has taken it off its lists. False: it is not the driver's any more, or must stay.</summary>
    bool Isolate(TaskId task, Pfn page);

    /// <summary>Both are locked. True: the driver uses the new page and not the old one any more. False: not now, nothing has changed.</summary>
    bool Migrate(TaskId task, Pfn target, Pfn source);

    /// <summary>The page is locked: it stays with the driver.</summary>
    void Putback(TaskId task, Pfn page);
}
