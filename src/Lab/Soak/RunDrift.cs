namespace MemCore.Lab.Soak;

/// <summary>Whether memory and throughput stayed what they were.</summary>
/// <param name="RssBytesPerHour">The slope of a line through the points after the warm-up.</param>
/// <param name="RssBytesGrown">The same over the time that was looked at.</param>
/// <param name="ThroughputRatio">The last third of the run against the first.</param>
/// <param name="Verdict">too-short, flat, memory-grows, throughput-falls or both with a comma.</param>
internal sealed record RunDrift(double RssBytesPerHour, double RssBytesGrown, double ThroughputRatio, string Verdict)
{
    public const string TooShort = "too-short";
    public const string Flat = "flat";

    private const int PointsLeast = 9;
    private const double WarmUpPart = 0.2;
    private const double GrowthBytesAllowed = 16 << 20;
    private const double GrowthPartAllowed = 0.02;
    private const double ThroughputLeast = 0.75;

    /// <summary>Of a run's points. Fewer than nine tell nothing.</summary>
    public static RunDrift Of(IReadOnlyList<RunSample> samples)
    {
        if (samples.Count < PointsLeast) { return new RunDrift(0, 0, 1, TooShort); }
        RunSample[] warm = [.. samples.Skip((int)Math.Ceiling(samples.Count * WarmUpPart))];
        double slope = Slope(warm);
        double grown = slope * (warm[^1].Seconds - warm[0].Seconds);
        int third = samples.Count / 3;
        double first = Rate(samples, 0, third);
        double ratio = first > 0 ? Rate(samples, samples.Count - third, samples.Count) / first : 1;
        List<string> drifts = [];
        if (grown > Math.Max(GrowthBytesAllowed, warm[0].RssBytes * GrowthPartAllowed)) { drifts.Add("memory-grows"); }
        if (ratio < ThroughputLeast) { drifts.Add("throughput-falls"); }
        return new RunDrift(slope * 3600, grown, ratio, drifts.Count == 0 ? Flat : string.Join(',', drifts));
    }

    // Least squares.
    private static double Slope(RunSample[] points)
    {
        double meanTime = points.Average(p => p.Seconds);
        double meanRss = points.Average(p => (double)p.RssBytes);
        double above = 0, below = 0;
        foreach (RunSample point in points)
        {
            above += (point.Seconds - meanTime) * (point.RssBytes - meanRss);
            below += (point.Seconds - meanTime) * (point.Seconds - meanTime);
        }
        return below > 0 ? above / below : 0;
    }

    // Points may be of unequal length, so each weighs what it lasted.
    private static double Rate(IReadOnlyList<RunSample> samples, int from, int to)
    {
        double done = 0, seconds = 0;
        for (int i = from; i < to; i++)
        {
            double lasted = samples[i].Seconds - (i == 0 ? 0 : samples[i - 1].Seconds);
            done += samples[i].OperationsPerSecond * lasted;
            seconds += lasted;
        }
        return seconds > 0 ? done / seconds : 0;
    }
}
