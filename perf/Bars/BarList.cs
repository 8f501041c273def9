namespace MemCore.Perf.Bars;

/// <summary>The bars in the order in which they are measured. G1 comes after them: it judges the loops of the others.</summary>
internal static class BarList
{
    private static readonly (string Id, Func<Stage, Bar> Make)[] s_bars =
    [
        ("B1", stage => new PairBar(stage)),
        ("B2", stage => new BulkBar(stage)),
        ("B3", stage => new BlockBar(stage)),
        ("B4", stage => new RemoteFreeBar(stage)),
        ("B5", stage => new ScalingBar(stage)),
        ("B6", stage => new LockBar(stage)),
        ("B7", stage => new ContendedLockBar(stage)),
        ("B8", stage => new ReferenceBar(stage)),
        ("B9", stage => new LruBar(stage.Bench)),
        ("B10", stage => new MigrationBar(stage)),
        ("G2", stage => new FaultGuard(stage)),
        ("G3", stage => new FragmentationGuard(stage.Bench)),
    ];

    /// <summary>B11, B12 and the mlock part of G2 wait for large folios and mlock.</summary>
    public static IEnumerable<string> Ids => s_bars.Select(b => b.Id).Append(AllocationGuard.Name);

    public static bool IsKnown(string name) =>
        Ids.Append(BarsOptions.Ceilings).Append(BarsOptions.Peers).Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes the bars that are wanted, one after the other as the caller asks for them.</summary>
    public static IEnumerable<Bar> Make(BarsOptions options, Stage stage) =>
        s_bars.Where(b => options.Wants(b.Id)).Select(b => b.Make(stage));
}
