using System.Runtime.CompilerServices;

namespace MemCore.Primitives;

/// <summary>A deliberate mistake that a canary switches on to show that an oracle fires.</summary>
internal enum PlantedBug
{
    None,

    // Word types.
    PutTwice,
    TryGetFromZero,
    UnfreezeWrongCount,
    UnlockForgetsWaiters,
    FreezeIgnoresHolders,
    LeakReference,

    // Folio lock and wait table.
    WaitersAfterTest,
    WakeStopsEarly,
    HandOffDropsLock,
    CancelSwallowsWake,
    RetestAfterWake,
    EnqueueOutsideBucketLock,
    UnlinkAfterWoken,
    WakeMatchesBucket,
    GaveUpWithoutRecheck,
    PutBeforeQueue,
    WaitersClearedTooEarly,

    // Frame allocator.
    RowClaimWithoutCas,
    PopKeepsFrame,
    CounterAfterRow,
    GuardSkipped,
    CpuNotReadAgain,
    IsolationForgetsCpuLists,
    FreeTwice,
    StealWithoutCas,
    LostRetypeCountsOld,
    GroupKeepsRight,
    BatchKeepsStaleCount,
    RefillKeepsSurplus,

    // LRU.
    LruBitLost,
    IsolateWithoutTestAndClear,
    BatchLeaksReference,
    DrainSkipsCpu,
    DrainAcknowledgesEarly,
    PutUnderLruLock,
    RequestTestsOnly,
    DrainDoesNotAwaitServer,
    ParkedLoweredBeforePut,
    PutbackKeepsCount,
    ReleaseKeepsOnList,
    LruFlagBeforeList,

    // Mapping.
    MissingShootdown,
    ShootdownDoesNotWait,
    ZapPutsBeforeFlush,
    ForkKeepsParentWritable,
    CowReusesShared,
    FaultWithoutRecheck,
    UnmapForgetsMapCount,
    FlushKeepsFills,
    FlushWaitsBeforeVoid,
    ZapEntryWithoutFlush,
    ForkEntryKeepsWrite,
    ForkEntryWithoutFlush,
    RestoreWritable,
    RestoreCountsLate,
    CowWithoutRecheck,
    CacheLookupWithoutRecheck,
    PinWithoutRecheck,

    // Migration.
    CopyLeftOut,
    StaleMigrationEntry,
    FreezeBeforeUnmapComplete,
    RollbackForgetsMapping,
    FlagTransferCopies,
    DirtyLost,
    EntriesRemovedAfterUnlock,
    BatchedFlushAfterCopy,
    PutbackLeaksIsolation,
    MoveKeepsCacheReference,
    CacheKeepsOldFolio,

    // Balloon and compaction.
    BalloonIsolatesReleased,
    CompactionTakesUsedFrame,
    CompactionLosesFreeFrame,

    // Structures.
    PoolKeepsTag,
    PoolFreshWithoutCas,
    TreeChildWithoutCas,
    TreeKeepsSpareNode,
    MailTakenInTwoSteps,
    MailAcknowledgesUntaken,
    EntryClearedInTwoSteps,
    EntryChangedWithoutCas,
    QueueAppendsInFront,
    QueueUnlinkKeepsTail,

    // Memory order.
    UnfreezePlain,
    LockReleasedPlain,
    EntryPublishedPlain,
    AccessWithoutFence,
    FillMarkWithoutFence,
    DrainGenerationAfterScan,
    OwnerWithoutFence,
    OwnerNotAwaited,
}

/// <summary>Switches planted bugs. In a process that is not armed every test of it is the constant false.</summary>
internal static class Plant
{
    /// <summary>Set by the <c>MemCore.Plant</c> switch before the first touch of the engine.</summary>
    public static readonly bool Armed = AppContext.TryGetSwitch("MemCore.Plant", out bool armed) && armed;

    private static PlantedBug s_active;

    /// <summary>The bug that is on. Set between runs only, never while an operation is in flight.</summary>
    public static PlantedBug Active
    {
        get => Armed ? s_active : PlantedBug.None;
        set
        {
            if (!Armed && value != PlantedBug.None) { throw new InvalidOperationException("this process is not armed for planted bugs"); }
            s_active = value;
        }
    }

    /// <summary>True while this bug is on. Inlined on purpose: in an unarmed process nothing of it may be left in the engine's code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Is(PlantedBug bug) => Armed && s_active == bug;
}
