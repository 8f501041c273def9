using System.Globalization;
using System.Text;
using MemCore.Native;
using MemCore.Perf.Bars;

namespace MemCore.Perf.Contention;

/// <summary>Closed loops over each hot path on 1 to all CPUs, with own and with shared objects.</summary>
internal static class ContentionCommand
{
    private const int Done = 0;
    private const int UsageError = 2;
    private const string CsvHeader = "tasks,processes,processes_idle,threads,threads_idle,linear";

    public static int Run(string[] args) => Run(args, Console.Out, Console.Error);

    public static int Run(string[] args, TextWriter results, TextWriter progress)
    {
        int[] cpus = [.. CpuTopology.Current.Cpus.Select(c => c.Id)];
        if (!ContentionOptions.TryParse(args, cpus.Length, out ContentionOptions options, out string error))
        {
            progress.WriteLine($"{error}; {ContentionOptions.Usage}");
            return UsageError;
        }
        progress.WriteLine($"repeat with: dotnet run -c Release --project perf -- contention {string.Join(' ', args)}");
        List<ContentionPoint> points = [];
        HotPath[] paths = [.. HotPath.All.Where(p => options.Paths.Contains(p.Name))];
        PathWarmth.Bring(paths, cpus, options.Quick);
        foreach (int threads in options.ThreadCounts(cpus.Length))
        {
            progress.WriteLine($"{threads} threads");
            foreach (HotPath path in paths)
            {
                double rmwNs = RmwGang.Run(1, cpus, options.Windows with { Count = 3, WarmMs = 5 }).MedianNs;
                using ContentionRig rig = new(threads, cpus.Length);
                GangResult result = Gang.Run([.. Enumerable.Range(0, threads).Select(t => path.LoopOf(rig, t))], cpus, options.Windows);
                double alone = points.FirstOrDefault(p => p.Path == path && p.Threads == 1)?.Result.Rate ?? result.Rate;
                points.Add(new ContentionPoint(path, threads, result, rmwNs, alone));
            }
        }
        if (options.Json)
        {
            foreach (ContentionPoint point in points) { results.WriteLine(ToJson(point)); }
        }
        else { Print(points, results); }
        if (options.Csv is { } file) { WriteCsv(points, file, progress); }
        return Done;
    }

    private static void Print(IReadOnlyList<ContentionPoint> points, TextWriter results)
    {
        results.WriteLine("| path | threads | Mops/s | ns by the clock | ns | RMW | of linear | least share | largest share | idle % | bytes |");
        results.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (ContentionPoint p in points.OrderBy(p => p.Path.Name, StringComparer.Ordinal).ThenBy(p => p.Threads))
        {
            results.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {p.Path.Name} | {p.Threads}{(p.Result.Pinned == p.Threads ? string.Empty : " (not pinned)")} | {p.Result.Rate / 1e6:F2} | {p.Result.Ns:F1} | {p.Result.MedianNs:F1} | {p.Result.MedianNs / p.RmwNs:F2} | {p.OfLinear:F2} | {p.Result.LeastShare:F2} | {p.Result.LargestShare:F2} | {p.Result.IdlePercent:F0} | {p.Result.AllocatedBytes} |"));
        }
    }

    private static string ToJson(ContentionPoint point)
    {
        return JsonLine.Write(json =>
        {
            json.WriteString("schema", "memcore.contention/1");
            json.WriteString("path", point.Path.Name);
            json.WriteString("test", point.Path.Test);
            json.WriteBoolean("shared", point.Path.Shares);
            json.WriteNumber("threads", point.Threads);
            json.WriteNumber("pinned", point.Result.Pinned);
            json.WriteNumber("operationsPerSecond", Math.Round(point.Result.Rate));
            json.WriteNumber("operationsPerSecondMin", Math.Round(point.Result.Rates.Min()));
            json.WriteNumber("operationsPerSecondMax", Math.Round(point.Result.Rates.Max()));
            json.WriteNumber("clockNs", Math.Round(point.Result.Ns, 3));
            json.WriteNumber("ns", Math.Round(point.Result.MedianNs, 3));
            json.WriteNumber("rmwNs", Math.Round(point.RmwNs, 3));
            json.WriteNumber("rmw", Math.Round(point.Result.MedianNs / point.RmwNs, 3));
            json.WriteNumber("ofLinear", Math.Round(point.OfLinear, 4));
            json.WriteNumber("leastShare", Math.Round(point.Result.LeastShare, 4));
            json.WriteNumber("largestShare", Math.Round(point.Result.LargestShare, 4));
            json.WriteNumber("idlePercent", Math.Round(point.Result.IdlePercent, 2));
            json.WriteNumber("allocatedBytes", point.Result.AllocatedBytes);
        });
    }

    // As will-it-scale: a file a test; processes share nothing, threads share all; linear is the better start times the tasks.
    private static void WriteCsv(IReadOnlyList<ContentionPoint> points, string file, TextWriter progress)
    {
        foreach (IGrouping<string, ContentionPoint> test in points.GroupBy(p => p.Path.Test))
        {
            double linear = test.Where(p => p.Threads == 1).Max(p => p.Result.Rate);
            StringBuilder text = new();
            text.Append(CsvHeader).Append("\n0,0,100,0,100,0\n");
            foreach (IGrouping<int, ContentionPoint> tasks in test.GroupBy(p => p.Threads).OrderBy(g => g.Key))
            {
                text.Append(CultureInfo.InvariantCulture, $"{tasks.Key},{Column(tasks, shares: false)},{Column(tasks, shares: true)},{linear * tasks.Key:F0}\n");
            }
            string path = Path.Combine(Path.GetDirectoryName(file) ?? string.Empty, $"{Path.GetFileNameWithoutExtension(file)}.{test.Key}{Path.GetExtension(file)}");
            File.WriteAllText(path, text.ToString());
            progress.WriteLine($"wrote {path}");
        }
    }

    // What was not run counts zero, as when will-it-scale is told to leave one of the two out.
    private static string Column(IEnumerable<ContentionPoint> points, bool shares)
    {
        ContentionPoint? point = points.FirstOrDefault(p => p.Path.Shares == shares);
        return point is null ? "0,0" : string.Create(CultureInfo.InvariantCulture, $"{point.Result.Rate:F0},{point.Result.IdlePercent:F2}");
    }

    private sealed record ContentionPoint(HotPath Path, int Threads, GangResult Result, double RmwNs, double AloneRate)
    {
        /// <summary>The rate, of what one thread gets done times the threads.</summary>
        public double OfLinear => Result.Rate / (AloneRate * Threads);
    }
}
