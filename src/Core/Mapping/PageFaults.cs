using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Mapping;

internal enum FaultResult
{
    /// <summary>The page is mapped as wanted; it may be gone again.</summary>
    Done,

    /// <summary>Something changed or had to be waited for: the access starts anew.</summary>
    Retry,

    /// <summary>No VMA, or no permission.</summary>
    Refused,

    NoMemory,
}

/// <summary>Page faults: first touch, copy on write, page cache, migration entries.</summary>
internal sealed class PageFaults(EngineBase engine, Mms mms, Vmas vmas, AnonVmas anonVmas, PageTables tables, PageCaches caches, Rmap rmap, Tlb tlb,
    FrameAllocator allocator, FrameContents contents, FolioLock locks, Folios folios, LruBatches batches, MigrationEntryWait entryWait)
{
    /// <summary>Blocking on a migration under way, and on the folio lock for a file's page.</summary>
    public FaultResult Fault(TaskId task, MmId mm, long page, bool write) => throw new InvalidOperationException("stub");
}
