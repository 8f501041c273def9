using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Migration;

/// <summary>migrate_pages: batches, passes, modes; section 5 of the reference.</summary>
internal sealed class Migrator(EngineBase engine, FolioLinks links, FolioLock locks, Folios folios, LruBatches batches, LruIsolation isolation,
    LruDrain drain, Rmap rmap, AnonVmas anonVmas, PageCaches caches, Tlb tlb, MovableOps movable, FrameContents contents, FrameAllocator allocator)
{
    /// <summary>Migrates what is on the list; what was not is left on it, for <see cref="Putback"/>.</summary>
    public MigrateResult MigratePages(TaskId task, FolioList from, IMigrationTarget target, MigrateMode mode, MigrateReason reason) => throw new InvalidOperationException("stub");

    /// <summary>putback_movable_pages: everything on the list goes back where it was.</summary>
    public void Putback(TaskId task, FolioList list) => throw new InvalidOperationException("stub");

    /// <summary>Isolates a page, LRU or movable-ops, onto the list. False: nothing was taken.</summary>
    public bool TryIsolate(TaskId task, Pfn page, FolioList list) => throw new InvalidOperationException("stub");
}
