using System.Runtime.CompilerServices;

namespace MemCore.Primitives;

/// <summary>What is counted. The names in reports are the kernel's where it counts the same thing.</summary>
internal enum EventCounter
{
    // These two are counted by owners of CPUs in their own lines.
    PgAlloc,
    PgFree,

    AllocExhausted,
    AllocBadPage,
    FreeBadPage,
    PcpRefill,
    PcpFlush,
    PcpBypass,
    TreeReserved,
    TreeStolen,
    BlockClaimed,
    RemoteFree,
    IsolatedFree,
    RemoteDrain,
    LockFast,
    LockSlow,
    LockHandedOff,
    LockRobbed,
    LockTimedOut,
    LockCancelled,
    LockWakePassedOn,
    WaiterSlept,
    WakeWalks,
    WakeWalked,
    WaitersStale,
    BucketCollision,
    RefTryGetFailed,
    RefFreezeFailed,
    RefFrozen,
    LastPutByOther,
    CpuMoves,

    // LRU.
    LruAdded,
    LruActivated,
    LruDeactivated,
    LruRotated,
    LruFreedInBatch,
    LruRequestLost,
    LruIsolated,
    LruIsolateFailed,
    LruPutback,
    LruBatchFlushed,
    LruLocalDrain,
    LruDrainAll,
    LruDrainAllShared,
    LruDrainServed,
    LruDrainStolen,
    LruCacheDisabled,
    UnevictableCulled,
    UnevictableRescued,
    NrIsolatedAnon,
    NrIsolatedFile,

    // Mapping.
    PgFault,
    PgMajFault,
    FaultRetried,
    CowCopied,
    CowReused,
    ForkCopied,
    PageZapped,
    HugeZapRefused,
    MigrationEntryZapped,
    MigrationEntryWaited,
    MigrationEntryForked,
    TlbHit,
    TlbMiss,
    TlbPageFlush,
    TlbBatchFlush,
    TlbDeferred,
    PinFast,
    PinSlow,
    PinFailed,
    PageTablesAllocated,
    PageTablesFreed,
    CacheHit,
    CacheMiss,
    CacheLookupRetried,
    CacheRemoved,

    // Migration.
    PgMigrateSuccess,
    PgMigrateFail,
    MigrateReleased,
    MigrateNoMemory,
    MigrateLockBusy,
    MigrateTargetBusy,
    MigrateWriteback,
    MigrateStillMapped,
    MigratePinned,
    MigrateFreezeFailed,
    MigrateDirty,
    MigratePrivateBusy,
    MigrateUnsupported,
    MigrateDriverBusy,
    MigrateAborted,
    MigratePassesWasted,
    MigrateRolledBack,
    MigrateLargeSkipped,
    MigrateMovableOps,

    // Balloon and compaction.
    BalloonInflate,
    BalloonDeflate,
    BalloonMigrate,
    CompactMigrateScanned,
    CompactFreeScanned,
    CompactIsolated,
    CompactStall,
    CompactFail,
    CompactSuccess,
    CompactSkippedLarge,
    CompactSkippedPinned,
    CompactDeferred,
    Count,
}

/// <summary>Event counts, one padded row per task: a plain increment of a line that nobody else writes. Sums are exact at rest.</summary>
internal sealed class EventCounters
{
    private const int WordsPerRow = (((int)EventCounter.Count * sizeof(long)) + 127) / 128 * 128 / sizeof(long);

    private readonly Column<long> _counts;
    private readonly int _tasks;
    private readonly Func<long>?[] _uncounted = new Func<long>?[(int)EventCounter.Count];

    public EventCounters(Arena arena, int tasks)
    {
        _tasks = tasks;
        _counts = arena.Add<long>("events", Seam.Exploring ? 1 : tasks * WordsPerRow, ColumnKind.Bookkeeping);
    }

    /// <summary>Counts. Wait-free, no interlocked instruction. Nothing under exploration: counts never decide anything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Count(TaskId task, EventCounter counter, int by = 1)
    {
        if (Seam.Exploring) { return; }
        _counts[(task.Value * WordsPerRow) + (int)counter] += by;
    }

    /// <summary>What is missing in a counter because hot paths count many at a time: added to each sum. Set-up only.</summary>
    public void AddUncounted(EventCounter counter, Func<long> missing) => _uncounted[(int)counter] = missing;

    /// <summary>The sum over all tasks; while they run, of a moment ago.</summary>
    public long Sum(EventCounter counter)
    {
        if (Seam.Exploring) { return 0; }
        long sum = _uncounted[(int)counter]?.Invoke() ?? 0;
        for (int t = 0; t < _tasks; t++) { sum += _counts[(t * WordsPerRow) + (int)counter]; }
        return sum;
    }
}
