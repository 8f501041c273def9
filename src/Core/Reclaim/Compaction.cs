using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Reclaim;

/// <summary>Memory compaction: a migrate scanner from below and a free scanner from above, over one zone. Section 8 of the reference.</summary>
internal sealed class Compaction(EngineBase engine, FolioLinks links, FrameAllocator allocator, LruVecs lru, LruDrain drain, Migrator migrator, int zones)
{
    /// <summary>One round over a zone for an order (-1: the whole zone): isolates and migrates up to a batch, remembers both positions in the arena.</summary>
    public CompactResult Step(TaskId task, int zone, int order, MigrateMode mode) => throw new InvalidOperationException("stub");

    /// <summary>Repeats <see cref="Step"/> until the scanners meet, or a free block of the order is there.</summary>
    public CompactResult Run(TaskId task, int zone, int order, MigrateMode mode) => throw new InvalidOperationException("stub");
}

/// <summary>Results in the kernel's order.</summary>
internal enum CompactResult
{
    NotSuitableZone,
    Skipped,
    Deferred,
    NoSuitablePage,
    Continue,
    Complete,
    PartialSkipped,
    Contended,
    Success,
}
