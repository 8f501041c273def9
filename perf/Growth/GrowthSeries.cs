namespace MemCore.Perf.Growth;

/// <summary>One measured point.</summary>
/// <param name="Size">Frames, waiters, mappers or CPUs.</param>
/// <param name="Ns">Median ns of an operation.</param>
/// <param name="MinNs">The least of the rounds.</param>
/// <param name="RmwNs">The owned read-modify-write, measured by turns with it.</param>
/// <param name="AnchorNs">What the series is compared with, measured by turns with it.</param>
/// <param name="AllocatedBytes">Managed bytes of the measured loops.</param>
internal sealed record GrowthPoint(int Size, double Ns, double MinNs, double RmwNs, double AnchorNs, long AllocatedBytes);

/// <summary>The cost of one operation over the sizes of an axis.</summary>
/// <param name="Axis">What grows.</param>
/// <param name="Name">The operation.</param>
/// <param name="Anchor">In words, what its costs are divided by before the exponent is fitted.</param>
/// <param name="Law">How the quotient may grow.</param>
internal sealed record GrowthSeries(string Axis, string Name, string Anchor, Law Law)
{
    private readonly List<GrowthPoint> _points = [];

    public IReadOnlyList<GrowthPoint> Points => _points;

    public void Add(GrowthPoint point) => _points.Add(point);

    /// <summary>Of the quotient. Two points at least.</summary>
    public GrowthFit Fit() => FitOf(p => p.Ns / p.AnchorNs);

    /// <summary>Of the cost as the clock has it.</summary>
    public GrowthFit RawFit() => FitOf(p => p.Ns);

    private GrowthFit FitOf(Func<GrowthPoint, double> cost) => GrowthFit.Of([.. _points.Select(p => (double)p.Size)], [.. _points.Select(cost)], Law);
}
