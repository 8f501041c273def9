namespace MemCore.Frames;

/// <summary>Who may hold a reference that no other word of the folio explains.</summary>
internal enum RefHolder
{
    /// <summary>Isolated for migration, compaction or reclaim.</summary>
    Isolation,

    /// <summary>Parked in a per-CPU batch.</summary>
    Batch,

    /// <summary>A lookup that may find that it found the wrong folio.</summary>
    Speculative,

    /// <summary>A long-term user of the memory: counted in pins, not in references.</summary>
    Pin,

    /// <summary>A task that waits for the folio.</summary>
    Waiter,

    /// <summary>A fresh folio that its allocator has not given away yet, or a task's own use.</summary>
    Task,

    /// <summary>A driver of movable pages.</summary>
    Driver,
}
