using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>A planted bug and where it is looked for: the workload on real threads, the scenario's variants under the Explorer.</summary>
internal sealed record Canary(PlantedBug Bug, string Workload, IReadOnlyList<(Scenario Scenario, Variant Variant)> Variants);

/// <summary>All planted bugs. None may be in no place at all.</summary>
internal static class Canaries
{
    public static IReadOnlyList<Canary> All { get; } =
        [.. Enum.GetValues<PlantedBug>().Where(bug => bug != PlantedBug.None).Select(bug => new Canary(bug, WorkloadOf(bug), VariantsOf(bug)))];

    /// <summary>The workload whose operations go through the mistake.</summary>
    public static string WorkloadOf(PlantedBug bug) => bug switch
    {
        <= PlantedBug.LeakReference => bug == PlantedBug.UnlockForgetsWaiters ? WorkloadList.LockStorm : WorkloadList.RefStorm,
        <= PlantedBug.WaitersClearedTooEarly => WorkloadList.LockStorm,
        <= PlantedBug.RefillKeepsSurplus => WorkloadList.AllocStorm,
        <= PlantedBug.ReleaseKeepsOnList => WorkloadList.LruStorm,
        PlantedBug.ForkKeepsParentWritable or PlantedBug.CowReusesShared => WorkloadList.MigrateSharedAnon,
        PlantedBug.CacheLookupWithoutRecheck or PlantedBug.DirtyLost or PlantedBug.CacheKeepsOldFolio => WorkloadList.MigratePageCache,
        PlantedBug.PinWithoutRecheck => WorkloadList.PinVsMigrate,
        PlantedBug.FreezeBeforeUnmapComplete => WorkloadList.MigrateSharedAnon,
        <= PlantedBug.CacheKeepsOldFolio => WorkloadList.MigratePrivateAnon,
        _ => WorkloadList.Compact,
    };

    private static IReadOnlyList<(Scenario, Variant)> VariantsOf(PlantedBug bug) =>
        [.. from scenario in ScenarioCatalogue.All from variant in scenario.Variants where variant.Planted == bug select (scenario, variant)];
}
