using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Migration;

/// <summary>A driver of pages that are on no LRU but can move. Identified by page type; see 6.18.</summary>
internal interface IMovableOps
{
    /// <summary>The page is locked and referenced. True: the driver has taken it off its lists.</summary>
    bool Isolate(TaskId task, Pfn page);

    /// <summary>Both are locked. True: the driver uses the new page and not the old one any more.</summary>
    bool Migrate(TaskId task, Pfn target, Pfn source);

    /// <summary>The page is locked: it stays with the driver.</summary>
    void Putback(TaskId task, Pfn page);
}

/// <summary>Isolation and putback of movable-ops pages: marked by Uptodate on a typed page (movable_ops), isolated by Reclaim (movable_ops_isolated).</summary>
internal sealed class MovableOps(EngineBase engine, Waiting.FolioLock locks, Lru.Folios folios)
{
    public const PageFlags Movable = PageFlags.Uptodate;
    public const PageFlags Isolated = PageFlags.Reclaim;

    /// <summary>Set-up: the driver of a page type.</summary>
    public void Register(PageType type, IMovableOps driver) => throw new InvalidOperationException("stub");

    public bool IsMovableOps(Pfn page) => throw new InvalidOperationException("stub");

    /// <summary>isolate_movable_ops_page: no reference yet; false: not such a page, locked, or refused. True: a reference is held and Isolated set.</summary>
    public bool TryIsolate(TaskId task, Pfn page) => throw new InvalidOperationException("stub");

    public void Putback(TaskId task, Pfn page) => throw new InvalidOperationException("stub");

    /// <summary>Both locked: the driver's callback; clears Isolated on success.</summary>
    public bool Migrate(TaskId task, Pfn target, Pfn source) => throw new InvalidOperationException("stub");
}
