namespace MemCore.Perf.Growth;

/// <summary>How costs grow with frames, waiters, mappers and CPUs: a point a record, a chart an axis, a verdict a series.</summary>
internal static class GrowthCommand
{
    private const int Done = 0;
    private const int UsageError = 2;

    private static readonly (string Axis, string Title, Func<GrowthOptions, Action<string>, IReadOnlyList<GrowthSeries>> Measure)[] s_axes =
    [
        (FrameGrowth.Axis, "Cost per operation as frames grow", FrameGrowth.Measure),
        (WaiterGrowth.Axis, "Cost per waiter as waiters on one folio grow", WaiterGrowth.Measure),
        (MapperGrowth.Axis, "Cost per migration as address spaces that map the page grow", MapperGrowth.Measure),
        (CpuGrowth.Axis, "Cost per operation of a thread as CPUs grow", CpuGrowth.Measure),
    ];

    public static int Run(string[] args) => Run(args, Console.Out, Console.Error);

    public static int Run(string[] args, TextWriter results, TextWriter progress)
    {
        if (!GrowthOptions.TryParse(args, out GrowthOptions options, out string error))
        {
            progress.WriteLine($"{error}; {GrowthOptions.Usage}");
            return UsageError;
        }
        progress.WriteLine($"repeat with: dotnet run -c Release --project perf -- growth {string.Join(' ', args)}");
        foreach ((string axis, string title, Func<GrowthOptions, Action<string>, IReadOnlyList<GrowthSeries>> measure) in s_axes)
        {
            if (!options.Axes.Contains(axis)) { continue; }
            IReadOnlyList<GrowthSeries> series = measure(options, progress.WriteLine);
            if (options.Json)
            {
                foreach (GrowthSeries s in series) { GrowthReport.WriteJson(s, results); }
            }
            else { GrowthReport.WriteTable(title, series, results); }
            if (options.SvgDirectory is not { } directory || series.Count == 0) { continue; }
            Directory.CreateDirectory(directory);
            string path = Path.Combine(directory, $"growth-{axis}.svg");
            File.WriteAllText(path, GrowthChart.Draw(title, series));
            progress.WriteLine($"wrote {path}");
        }
        return Done;
    }
}
