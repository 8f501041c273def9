using MemCore.Engine;
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
        (EventCounter.BucketCollision, "folio_bucket_collision"), (EventCounter.CpuMoves, "cpu_moves"),
    ];

    /// <summary>All counters; exact when no task runs.</summary>
    public static IReadOnlyList<KeyValuePair<string, long>> Of(Machine machine) =>
    [
        new("nr_free_pages", machine.Allocator.FreeFramesAtRest()),
        .. EventsOf(machine),
    ];

    /// <summary>What is counted, without gauges.</summary>
    public static IEnumerable<KeyValuePair<string, long>> EventsOf(Machine machine) =>
        s_names.Select(n => new KeyValuePair<string, long>(n.Name, machine.Events.Sum(n.Counter)));
}
