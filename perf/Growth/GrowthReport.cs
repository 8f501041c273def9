using System.Globalization;
using MemCore.Perf.Bars;

namespace MemCore.Perf.Growth;

/// <summary>A series as records, and an axis as tables in Markdown.</summary>
internal static class GrowthReport
{
    /// <summary>A record <c>memcore.growth/1</c> for each point, each with the verdict of its series.</summary>
    public static void WriteJson(GrowthSeries series, TextWriter results)
    {
        GrowthFit? fit = series.Points.Count > 1 ? series.Fit() : null;
        foreach (GrowthPoint point in series.Points)
        {
            results.WriteLine(JsonLine.Write(json =>
            {
                json.WriteString("schema", "memcore.growth/1");
                json.WriteString("axis", series.Axis);
                json.WriteString("series", series.Name);
                json.WriteNumber("size", point.Size);
                json.WriteNumber("ns", Math.Round(point.Ns, 3));
                json.WriteNumber("minNs", Math.Round(point.MinNs, 3));
                json.WriteNumber("rmwNs", Math.Round(point.RmwNs, 3));
                json.WriteNumber("rmw", Math.Round(point.Ns / point.RmwNs, 3));
                json.WriteString("anchor", series.Anchor);
                json.WriteNumber("anchorNs", Math.Round(point.AnchorNs, 3));
                json.WriteNumber("ratio", Math.Round(point.Ns / point.AnchorNs, 4));
                json.WriteNumber("allocatedBytes", point.AllocatedBytes);
                if (fit is not null)
                {
                    json.WriteNumber("rawExponent", Math.Round(series.RawFit().Exponent, 4));
                    json.WriteNumber("exponent", Math.Round(fit.Exponent, 4));
                    json.WriteNumber("exponentError", Math.Round(fit.Error, 4));
                    json.WriteNumber("upperExponent", Math.Round(fit.UpperExponent, 4));
                    json.WriteNumber("limit", fit.Most);
                    json.WriteString("law", series.Law == Law.Flat ? "flat" : "linear");
                    json.WriteBoolean("pass", fit.Holds);
                    json.WriteString("verdict", fit.Verdict);
                }
            }));
        }
    }

    /// <summary>Costs in ns, in read-modify-writes and against the anchor, then the exponents.</summary>
    public static void WriteTable(string title, IReadOnlyList<GrowthSeries> series, TextWriter results)
    {
        results.WriteLine($"\n### {title}\n");
        if (series.Count == 0) { return; }
        results.WriteLine($"| {series[0].Axis} | {string.Join(" | ", series.Select(s => s.Name))} |");
        results.WriteLine($"|---|{string.Concat(series.Select(_ => "---|"))}");
        foreach (int size in series[0].Points.Select(p => p.Size))
        {
            results.Write($"| {SizeOf(series[0].Axis, size)} |");
            foreach (GrowthSeries s in series)
            {
                GrowthPoint point = s.Points.First(p => p.Size == size);
                results.Write(string.Create(CultureInfo.InvariantCulture, $" {point.Ns:F1} ns, {point.Ns / point.RmwNs:F1} RMW, {point.Ns / point.AnchorNs:F2} |"));
            }
            results.WriteLine();
        }
        results.WriteLine("\nThe last figure of a cell is the cost divided by the series' anchor; the exponent is the quotient's.\n");
        results.WriteLine("| series | anchor | exponent | error | upper half | of ns | limit | bytes | verdict |");
        results.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (GrowthSeries s in series.Where(s => s.Points.Count > 1))
        {
            GrowthFit fit = s.Fit();
            results.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {s.Name} | {s.Anchor} | {fit.Exponent:F3} | {fit.Error:F3} | {fit.UpperExponent:F3} | {s.RawFit().Exponent:F3} | {fit.Most:F2} | {s.Points.Sum(p => p.AllocatedBytes)} | {fit.Verdict} |"));
        }
    }

    public static string SizeOf(string axis, int size) =>
        axis == FrameGrowth.Axis ? $"2^{int.Log2(size)}" : size.ToString(CultureInfo.InvariantCulture);
}
