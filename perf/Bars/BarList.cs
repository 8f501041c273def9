using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>The bars in the order in which they are measured. G1 is last: it judges the loops of the others.</summary>
internal static class BarList
{
    private static readonly (string Id, Func<Stage, IReadOnlyList<Subject>, Bar> Make)[] s_bars =
    [
        ("B1", (stage, _) => new PairBar(stage)),
        ("B2", (stage, _) => new BulkBar(stage)),
        ("B3", (stage, _) => new BlockBar(stage)),
        ("B4", (stage, _) => new RemoteFreeBar(stage)),
        ("B5", (stage, _) => new ScalingBar(stage)),
        ("B6", (stage, _) => new LockBar(stage)),
        ("B7", (stage, _) => new ContendedLockBar(stage)),
        ("B8", (stage, _) => new ReferenceBar(stage)),
        ("B9", (_, _) => new LruBar()),
        ("B10", (stage, _) => new MigrationBar(stage)),
        ("G2", (stage, _) => new FaultGuard(stage)),
        ("G3", (stage, _) => new FragmentationGuard(stage.Bench)),
        ("G1", (_, measured) => new AllocationGuard(measured)),
    ];

    /// <summary>B11, B12 and the mlock part of G2 wait for large folios and mlock.</summary>
    public static IEnumerable<string> Ids => s_bars.Select(b => b.Id);

    public static bool IsKnown(string name) =>
        Ids.Append(BarsOptions.Ceilings).Append(BarsOptions.Peers).Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes the bars that are wanted, one after the other as the caller asks for them.</summary>
    public static IEnumerable<Bar> Make(BarsOptions options, Stage stage, IReadOnlyList<Subject> measured) =>
        s_bars.Where(b => options.Wants(b.Id)).Select(b => b.Make(stage, measured));
}
