namespace MemCore.Audit;

/// <summary>The identifiers of the reference's invariants that an audit checks. Where each is checked is in INVARIANTS.md beside this file.</summary>
/// <remarks><code>
/// I-n   page migration and folio lock
/// L-n   large folios, reverse map, compaction
/// A-n   page allocator
/// B-n   batches, LRU
/// M-n   mapping: this engine's own
/// </code></remarks>
internal static class Invariant
{
    /// <summary>A reference count is never below zero.</summary>
    public const string CountNotNegative = "I-1";

    /// <summary>Refcount = mappings + cache + private + host + drivers + tasks + batches.</summary>
    public const string ReferencesExplained = "I-2";

    /// <summary>Without references a frame is free, or frozen by exactly one task.</summary>
    public const string ZeroIsFreeOrFrozen = "I-3";

    /// <summary>A free frame has no flag that is checked at free, no mappings, no mapping.</summary>
    public const string FreeIsClean = "I-6";

    /// <summary>Active and unevictable are never both set.</summary>
    public const string ActiveOrUnevictable = "I-8";

    /// <summary>The Lru flag and exactly one list belong together; without it a folio that is mapped or cached is parked or isolated.</summary>
    public const string Listed = "I-10";

    /// <summary>Nothing is locked, under writeback or isolated, but by a task that says so.</summary>
    public const string NothingLocked = "I-13";

    /// <summary>Every wait queue is empty, every guard and lock free.</summary>
    public const string NobodyWaits = "I-14";

    /// <summary>No waiters bit on a free frame.</summary>
    public const string NoWaitersOnFree = "I-15";

    /// <summary>No migration entry in any page table.</summary>
    public const string NoMigrationEntries = "I-18";

    /// <summary>An entry is present, a migration entry or nothing; a present one maps a folio that somebody owns.</summary>
    public const string EntryOwnsReference = "I-19";

    /// <summary>A page-cache slot and its folio name each other.</summary>
    public const string SlotsMatch = "I-22";

    /// <summary>Contents are what their owner wrote.</summary>
    public const string ContentsIntact = "I-23";

    /// <summary>The gauges of isolated pages are what tasks have isolated: nothing.</summary>
    public const string IsolatedCounted = "I-27";

    /// <summary>A task touches only what it holds.</summary>
    public const string HeldIsAlive = "I-28";

    /// <summary>No entry, slot or translation refers to a free frame.</summary>
    public const string FreedIsForgotten = "I-36";

    /// <summary>Free, live and leaked frames are all the frames there are.</summary>
    public const string FramesConserved = "I-37";

    /// <summary>A tail has no reference of its own, and its word names a head whose range contains it.</summary>
    public const string TailNamesHead = "L-1";

    /// <summary>A folio has at least as many references as mappings, also while tasks run.</summary>
    public const string CountCoversMappings = "L-2";

    /// <summary>The refcount of a large folio is its holders'.</summary>
    public const string LargeReferencesExplained = "L-3";

    /// <summary>Map counts are the present entries that a walk over all page tables finds.</summary>
    public const string MapCountsAgree = "L-4";

    /// <summary>Folios are naturally aligned and do not overlap; none of two frames is anonymous.</summary>
    public const string FoliosAligned = "L-6";

    /// <summary>The allocator's levels agree: bits, block counters, tree counters, lists.</summary>
    public const string AllocatorAgrees = "A-40";

    /// <summary>No frame in use is free to the allocator, and none that is free is lost to it.</summary>
    public const string FreeToAllocator = "A-41";

    /// <summary>No batch entry points to a free folio.</summary>
    public const string ParkedIsAlive = "B-2";

    /// <summary>Counts of the batches are their entries; none is parked while batches are disabled.</summary>
    public const string BatchesAgree = "B-3";

    /// <summary>Batches are enabled as often as disabled.</summary>
    public const string DrainsBalanced = "B-19";

    /// <summary>A VMA is in the Mm it names, is not empty and overlaps no other.</summary>
    public const string VmasDisjoint = "M-1";

    /// <summary>Every entry lies in a VMA of its Mm.</summary>
    public const string EntryInVma = "M-2";

    /// <summary>A folio's mapping and index are those of the VMA at the page that maps it.</summary>
    public const string EntryMatchesFolio = "M-3";

    /// <summary>The reverse map leads from the folio to every entry.</summary>
    public const string RmapFindsEntries = "M-4";

    /// <summary>An entry is writable only where its VMA is.</summary>
    public const string WritableIsPermitted = "M-5";

    /// <summary>A private page that is mapped writable is mapped once.</summary>
    public const string WritableIsAlone = "M-6";

    /// <summary>A cached translation says what its page-table entry says.</summary>
    public const string TranslationsFresh = "M-7";

    /// <summary>The balloon's list holds its pages, marked as such and not isolated.</summary>
    public const string BalloonAgrees = "M-8";

    /// <summary>VMAs in use are those that the Mms lead to.</summary>
    public const string VmasReachable = "M-9";
}
