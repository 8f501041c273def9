namespace MemCore.Perf.Growth;

/// <summary>How a cost may grow.</summary>
internal enum Law
{
    /// <summary>Not with the size: exponent at most <see cref="GrowthFit.FlatMost"/>.</summary>
    Flat,

    /// <summary>In proportion: exponent at most <see cref="GrowthFit.LinearMost"/>.</summary>
    Linear,
}

/// <summary>The straight line through the logarithms: cost = c · size^exponent, by least squares.</summary>
/// <param name="Exponent">The slope of all points.</param>
/// <param name="Error">Its standard error; 0 with two points.</param>
/// <param name="UpperExponent">The slope of the upper half of the points: what a constant part of the cost does not hide.</param>
/// <param name="Law">What is permitted.</param>
internal sealed record GrowthFit(double Exponent, double Error, double UpperExponent, Law Law)
{
    public const double FlatMost = 0.05;
    public const double LinearMost = 1.05;

    private const int PointsForUpper = 5;

    public double Most => Law == Law.Flat ? FlatMost : LinearMost;

    /// <summary>Of a flat cost all points decide; a linear one must not be steeper at its upper end either.</summary>
    public bool Holds => Exponent <= Most && (Law == Law.Flat || UpperExponent <= Most);

    public string Verdict => (Law, Holds) switch
    {
        (Law.Flat, true) => "flat",
        (Law.Flat, false) => "NOT FLAT",
        (_, true) => "linear or less",
        _ => "MORE THAN LINEAR",
    };

    /// <summary>Sizes and costs are positive; two different sizes at least.</summary>
    public static GrowthFit Of(IReadOnlyList<double> sizes, IReadOnlyList<double> costs, Law law)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sizes.Count, 2, nameof(sizes));
        double[] x = [.. sizes.Select(s => Math.Log(s))];
        double[] y = [.. costs.Select(c => Math.Log(c))];
        (double slope, double error) = Line(x, y);
        int upper = x.Length >= PointsForUpper ? x.Length / 2 : 0;
        return new GrowthFit(slope, error, upper == 0 ? slope : Line(x[upper..], y[upper..]).Slope, law);
    }

    private static (double Slope, double Error) Line(double[] x, double[] y)
    {
        double meanX = x.Average();
        double meanY = y.Average();
        double xx = x.Sum(v => (v - meanX) * (v - meanX));
        double slope = x.Zip(y).Sum(p => (p.First - meanX) * (p.Second - meanY)) / xx;
        double rest = x.Zip(y).Sum(p => Math.Pow(p.Second - meanY - (slope * (p.First - meanX)), 2));
        return (slope, x.Length > 2 ? Math.Sqrt(rest / (x.Length - 2) / xx) : 0);
    }
}
