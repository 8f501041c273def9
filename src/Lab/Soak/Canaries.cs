using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>A planted bug and where it is looked for: the workload on real threads, with delays or without, and the scenario's variants under the Explorer.</summary>
internal sealed record Canary(PlantedBug Bug, string Workload, bool Chaos, IReadOnlyList<(Scenario Scenario, Variant Variant)> Variants);

/// <summary>All planted bugs. None may be in no place at all.</summary>
internal static class Canaries
{
    public static IReadOnlyList<Canary> All { get; } =
        [.. Enum.GetValues<PlantedBug>().Where(bug => bug != PlantedBug.None).Select(bug => new Canary(bug, WorkloadOf(bug), IsRace(bug), VariantsOf(bug)))];

    /// <summary>The workload whose operations go through the mistake. Where one task must meet another at the same pages, it is that of threads of one process.</summary>
    public static string WorkloadOf(PlantedBug bug) => bug switch
    {
        <= PlantedBug.LeakReference => bug == PlantedBug.UnlockForgetsWaiters ? WorkloadList.LockStorm : WorkloadList.RefStorm,
        <= PlantedBug.WaitersClearedTooEarly => WorkloadList.LockStorm,
        <= PlantedBug.RefillKeepsSurplus => WorkloadList.AllocStorm,
        <= PlantedBug.LruFlagBeforeList => WorkloadList.LruStorm,
        PlantedBug.ForkKeepsParentWritable or PlantedBug.ForkEntryKeepsWrite or PlantedBug.ForkEntryWithoutFlush or PlantedBug.RestoreWritable or PlantedBug.CowWithoutRecheck or PlantedBug.CowReusesShared or PlantedBug.FreezeBeforeUnmapComplete => WorkloadList.MigrateSharedAnon,
        PlantedBug.CacheLookupWithoutRecheck or PlantedBug.DirtyLost or PlantedBug.MoveKeepsCacheReference or PlantedBug.CacheKeepsOldFolio => WorkloadList.MigratePageCache,
        PlantedBug.PinWithoutRecheck or PlantedBug.RollbackForgetsMapping or PlantedBug.PutbackLeaksIsolation or PlantedBug.ShootdownDoesNotWait
            or PlantedBug.ZapPutsBeforeFlush or PlantedBug.FaultWithoutRecheck or PlantedBug.EntriesRemovedAfterUnlock or PlantedBug.BatchedFlushAfterCopy
            or PlantedBug.FlushKeepsFills or PlantedBug.FlushWaitsBeforeVoid or PlantedBug.ZapEntryWithoutFlush or PlantedBug.RestoreCountsLate => WorkloadList.PinVsMigrate,
        <= PlantedBug.CacheKeepsOldFolio => WorkloadList.MigratePrivateAnon,
        >= PlantedBug.PoolKeepsTag and <= PlantedBug.EntryChangedWithoutCas => WorkloadList.MigrateSharedAnon,
        PlantedBug.QueueAppendsInFront or PlantedBug.QueueUnlinkKeepsTail => WorkloadList.LockStorm,
        _ => WorkloadList.Compact,
    };

    // Windows of a few instructions: delays make them wide enough for a short run.
    private static bool IsRace(PlantedBug bug) => bug is PlantedBug.IsolateWithoutTestAndClear or PlantedBug.DrainAcknowledgesEarly or PlantedBug.DrainSkipsCpu
        or PlantedBug.ShootdownDoesNotWait or PlantedBug.ZapPutsBeforeFlush or PlantedBug.FaultWithoutRecheck or PlantedBug.CacheLookupWithoutRecheck
        or PlantedBug.PinWithoutRecheck or PlantedBug.RollbackForgetsMapping or PlantedBug.EntriesRemovedAfterUnlock or PlantedBug.BatchedFlushAfterCopy
        or PlantedBug.WaitersAfterTest or PlantedBug.EnqueueOutsideBucketLock or PlantedBug.WaitersClearedTooEarly or PlantedBug.CancelSwallowsWake
        or PlantedBug.RetestAfterWake or PlantedBug.CounterAfterRow or PlantedBug.GuardSkipped or PlantedBug.StealWithoutCas or PlantedBug.RefillKeepsSurplus
        or PlantedBug.IsolationForgetsCpuLists or PlantedBug.TryGetFromZero
        or PlantedBug.UnlinkAfterWoken or PlantedBug.GaveUpWithoutRecheck or PlantedBug.PutBeforeQueue or PlantedBug.GroupKeepsRight or PlantedBug.BatchKeepsStaleCount or PlantedBug.LostRetypeCountsOld
        or PlantedBug.RequestTestsOnly or PlantedBug.DrainDoesNotAwaitServer or PlantedBug.ParkedLoweredBeforePut or PlantedBug.FlushKeepsFills
        or PlantedBug.FlushWaitsBeforeVoid or PlantedBug.ZapEntryWithoutFlush or PlantedBug.ForkEntryWithoutFlush or PlantedBug.CowWithoutRecheck
        or PlantedBug.LruFlagBeforeList;

    private static IReadOnlyList<(Scenario, Variant)> VariantsOf(PlantedBug bug) =>
        [.. from scenario in ScenarioCatalogue.All from variant in scenario.Variants where variant.Planted == bug select (scenario, variant)];
}
