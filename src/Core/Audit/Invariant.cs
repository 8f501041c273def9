namespace MemCore.Audit;

/// <summary>The identifiers of the reference's invariants that hold at quiescence.</summary>
/// <remarks><code>
/// I-n   page migration and folio lock
/// L-n   large folios
/// A-n   page allocator
/// </code></remarks>
internal static class Invariant
{
    /// <summary>A reference count is never below zero.</summary>
    public const string CountNotNegative = "I-1";

    /// <summary>Refcount = mappings + cache + private + host + tasks.</summary>
    public const string ReferencesExplained = "I-2";

    /// <summary>Without references a frame is free, or frozen by exactly one task.</summary>
    public const string ZeroIsFreeOrFrozen = "I-3";

    /// <summary>A free frame has no flag that is checked at free, no mappings, no mapping.</summary>
    public const string FreeIsClean = "I-6";

    /// <summary>Active and unevictable are never both set.</summary>
    public const string ActiveOrUnevictable = "I-8";

    /// <summary>Nothing is locked or under writeback, but by a task that says so.</summary>
    public const string NothingLocked = "I-13";

    /// <summary>Every wait queue is empty, every guard and lock free.</summary>
    public const string NobodyWaits = "I-14";

    /// <summary>No waiters bit on a free frame.</summary>
    public const string NoWaitersOnFree = "I-15";

    /// <summary>Contents are what their owner wrote.</summary>
    public const string ContentsIntact = "I-23";

    /// <summary>A task touches only what it holds.</summary>
    public const string HeldIsAlive = "I-28";

    /// <summary>Free, live and leaked frames are all the frames there are.</summary>
    public const string FramesConserved = "I-37";

    /// <summary>A tail has no reference of its own, and its word names a head whose range contains it.</summary>
    public const string TailNamesHead = "L-1";

    /// <summary>The refcount of a large folio is its holders'.</summary>
    public const string LargeReferencesExplained = "L-3";

    /// <summary>Folios are naturally aligned and do not overlap; none of two frames is anonymous.</summary>
    public const string FoliosAligned = "L-6";

    /// <summary>The allocator's levels agree: bits, block counters, tree counters, lists.</summary>
    public const string AllocatorAgrees = "A-40";

    /// <summary>No frame in use is free to the allocator, and none that is free is lost to it.</summary>
    public const string FreeToAllocator = "A-41";
}
