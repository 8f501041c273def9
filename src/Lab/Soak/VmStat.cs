using MemCore.Engine;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>The engine's event counts under the kernel's names where it counts the same thing, otherwise in its style.</summary>
internal static class VmStat
{
    private static readonly (EventCounter Counter, string Name)[] s_names =
    [
        (EventCounter.PgAlloc, "pgalloc_normal"), (EventCounter.PgFree, "pgfree"), (EventCounter.AllocExhausted, "allocation_failed"),
        (EventCounter.AllocBadPage, "bad_page_at_alloc"), (EventCounter.FreeBadPage, "bad_page_at_free"), (EventCounter.PcpRefill, "pcp_refill"),
        (EventCounter.PcpFlush, "pcp_flush"), (EventCounter.PcpBypass, "pcp_bypass"), (EventCounter.TreeReserved, "tree_reserved"),
        (EventCounter.TreeStolen, "tree_stolen"), (EventCounter.BlockClaimed, "pageblock_claimed"), (EventCounter.RemoteFree, "remote_free"),
        (EventCounter.IsolatedFree, "isolated_free"), (EventCounter.RemoteDrain, "pcp_drain"), (EventCounter.LockFast, "folio_lock_fast"),
        (EventCounter.LockSlow, "folio_lock_slow"), (EventCounter.LockHandedOff, "folio_lock_handed_off"), (EventCounter.LockRobbed, "folio_lock_robbed"),
        (EventCounter.LockTimedOut, "folio_wait_timed_out"), (EventCounter.LockCancelled, "folio_wait_cancelled"),
        (EventCounter.LockWakePassedOn, "folio_wake_passed_on"), (EventCounter.WaiterSlept, "folio_wait_slept"), (EventCounter.WakeWalks, "folio_wake_walks"),
        (EventCounter.WakeWalked, "folio_wake_walked"), (EventCounter.WaitersStale, "folio_waiters_stale"),
        (EventCounter.BucketCollision, "folio_bucket_collision"), (EventCounter.RefTryGetFailed, "folio_try_get_failed"),
        (EventCounter.RefFreezeFailed, "folio_freeze_failed"), (EventCounter.RefFrozen, "folio_frozen"), (EventCounter.LastPutByOther, "folio_last_put_by_other"),
        (EventCounter.CpuMoves, "cpu_moves"),

        (EventCounter.LruAdded, "lru_added"), (EventCounter.LruActivated, "pgactivate"), (EventCounter.LruDeactivated, "pgdeactivate"),
        (EventCounter.LruRotated, "pgrotated"), (EventCounter.LruFreedInBatch, "lru_freed_in_batch"), (EventCounter.LruRequestLost, "lru_request_lost"),
        (EventCounter.LruIsolated, "lru_isolated"), (EventCounter.LruIsolateFailed, "lru_isolate_failed"), (EventCounter.LruPutback, "lru_putback"),
        (EventCounter.LruBatchFlushed, "lru_batch_flushed"), (EventCounter.LruLocalDrain, "lru_add_drain"), (EventCounter.LruDrainAll, "lru_add_drain_all"),
        (EventCounter.LruDrainAllShared, "lru_add_drain_all_shared"), (EventCounter.LruDrainServed, "lru_drain_served"),
        (EventCounter.LruDrainStolen, "lru_drain_stolen"), (EventCounter.LruCacheDisabled, "lru_cache_disabled"),
        (EventCounter.UnevictableCulled, "unevictable_pgs_culled"), (EventCounter.UnevictableRescued, "unevictable_pgs_rescued"),
        (EventCounter.NrIsolatedAnon, "nr_isolated_anon"), (EventCounter.NrIsolatedFile, "nr_isolated_file"),

        (EventCounter.PgFault, "pgfault"), (EventCounter.PgMajFault, "pgmajfault"), (EventCounter.FaultRetried, "fault_retried"),
        (EventCounter.CowCopied, "cow_copied"), (EventCounter.CowReused, "cow_reused"), (EventCounter.ForkCopied, "fork_copied"),
        (EventCounter.PageZapped, "page_zapped"), (EventCounter.HugeZapRefused, "huge_zap_refused"), (EventCounter.MigrationEntryZapped, "migration_entry_zapped"),
        (EventCounter.MigrationEntryWaited, "migration_entry_waited"), (EventCounter.MigrationEntryForked, "migration_entry_forked"),
        (EventCounter.TlbHit, "tlb_hit"), (EventCounter.TlbMiss, "tlb_miss"), (EventCounter.TlbPageFlush, "tlb_page_flush"),
        (EventCounter.TlbBatchFlush, "tlb_batch_flush"), (EventCounter.TlbDeferred, "tlb_deferred"), (EventCounter.PinFast, "pin_fast"),
        (EventCounter.PinSlow, "pin_slow"), (EventCounter.PinFailed, "pin_failed"), (EventCounter.PageTablesAllocated, "page_tables_allocated"),
        (EventCounter.PageTablesFreed, "page_tables_freed"), (EventCounter.CacheHit, "page_cache_hit"), (EventCounter.CacheMiss, "page_cache_miss"),
        (EventCounter.CacheLookupRetried, "page_cache_lookup_retried"), (EventCounter.CacheRemoved, "page_cache_removed"),

        (EventCounter.PgMigrateSuccess, "pgmigrate_success"), (EventCounter.PgMigrateFail, "pgmigrate_fail"), (EventCounter.MigrateReleased, "migrate_released"),
        (EventCounter.MigrateNoMemory, "migrate_no_memory"), (EventCounter.MigrateLockBusy, "migrate_lock_busy"), (EventCounter.MigrateTargetBusy, "migrate_target_busy"),
        (EventCounter.MigrateWriteback, "migrate_writeback"), (EventCounter.MigrateStillMapped, "migrate_still_mapped"), (EventCounter.MigratePinned, "migrate_pinned"),
        (EventCounter.MigrateFreezeFailed, "migrate_freeze_failed"), (EventCounter.MigrateDirty, "migrate_dirty"),
        (EventCounter.MigratePrivateBusy, "migrate_private_busy"), (EventCounter.MigrateUnsupported, "migrate_unsupported"),
        (EventCounter.MigrateDriverBusy, "migrate_driver_busy"), (EventCounter.MigrateAborted, "migrate_aborted"),
        (EventCounter.MigratePassesWasted, "migrate_passes_wasted"), (EventCounter.MigrateRolledBack, "migrate_rolled_back"),
        (EventCounter.MigrateLargeSkipped, "migrate_large_skipped"), (EventCounter.MigrateMovableOps, "migrate_movable_ops"),

        (EventCounter.BalloonInflate, "balloon_inflate"), (EventCounter.BalloonDeflate, "balloon_deflate"), (EventCounter.BalloonMigrate, "balloon_migrate"),
        (EventCounter.CompactMigrateScanned, "compact_migrate_scanned"), (EventCounter.CompactFreeScanned, "compact_free_scanned"),
        (EventCounter.CompactIsolated, "compact_isolated"), (EventCounter.CompactStall, "compact_stall"), (EventCounter.CompactFail, "compact_fail"),
        (EventCounter.CompactSuccess, "compact_success"), (EventCounter.CompactSkippedLarge, "compact_skipped_large"),
        (EventCounter.CompactSkippedPinned, "compact_skipped_pinned"), (EventCounter.CompactDeferred, "compact_deferred"),
    ];

    private static readonly string[] s_lruNames = ["nr_inactive_anon", "nr_active_anon", "nr_inactive_file", "nr_active_file", "nr_unevictable"];

    /// <summary>Why a folio was not migrated, as the engine counts it, with the words that a report uses.</summary>
    private static readonly (EventCounter Counter, string Reason)[] s_migrationFailures =
    [
        (EventCounter.MigrateNoMemory, "no memory"), (EventCounter.MigrateLockBusy, "lock busy"), (EventCounter.MigrateTargetBusy, "target busy"),
        (EventCounter.MigrateWriteback, "writeback"), (EventCounter.MigrateStillMapped, "still mapped"), (EventCounter.MigratePinned, "pinned"),
        (EventCounter.MigrateFreezeFailed, "freeze failed"), (EventCounter.MigrateDirty, "dirty"), (EventCounter.MigratePrivateBusy, "private data busy"),
        (EventCounter.MigrateUnsupported, "unsupported"), (EventCounter.MigrateDriverBusy, "driver busy"), (EventCounter.MigrateAborted, "aborted"),
        (EventCounter.MigrateLargeSkipped, "large"),
    ];

    /// <summary>The report's name of a counter.</summary>
    public static string NameOf(EventCounter counter) => s_names.First(n => n.Counter == counter).Name;

    /// <summary>A value of now, which does not add up over parts of a run.</summary>
    public static bool IsGauge(string name) => name.StartsWith("nr_", StringComparison.Ordinal);

    /// <summary>All counters; exact when no task runs.</summary>
    public static IReadOnlyList<KeyValuePair<string, long>> Of(Machine machine) =>
    [
        new("nr_free_pages", machine.Allocator.FreeFramesAtRest()),
        .. Enum.GetValues<LruKind>().Where(k => k != LruKind.Count).Select(k => new KeyValuePair<string, long>(s_lruNames[(int)k], LruPages(machine, k))),
        .. EventsOf(machine),
    ];

    /// <summary>What is counted, without gauges.</summary>
    public static IEnumerable<KeyValuePair<string, long>> EventsOf(Machine machine) =>
        s_names.Select(n => new KeyValuePair<string, long>(n.Name, machine.Events.Sum(n.Counter)));

    /// <summary>Attempts to migrate a folio that failed, by reason, those that happened. A folio that is tried in several passes counts each time.</summary>
    public static IReadOnlyList<KeyValuePair<string, long>> MigrationFailures(IReadOnlyDictionary<string, long> counts) =>
    [
        .. s_migrationFailures.Select(f => new KeyValuePair<string, long>(f.Reason, counts.GetValueOrDefault(NameOf(f.Counter)))).Where(f => f.Value > 0),
    ];

    private static long LruPages(Machine machine, LruKind kind) => Enumerable.Range(0, machine.Lru.Nodes).Sum(node => machine.Lru.SizeOf(node, kind));
}
