using MemCore.Perf.Measuring;
namespace MemCore.Perf.Quick;

/// <summary>The quick mode of the benchmark program: ratios within seconds, where the full benchmarks take minutes.</summary>
internal static class QuickCommand
{
    private const int Done = 0;
    private const int UsageError = 2;
    private const int LimitExceeded = 7;

    public static int Run(string[] args) => Run(args, Console.Out, Console.Error);

    public static int Run(string[] args, TextWriter results, TextWriter progress)
    {
        if (!QuickOptions.TryParse(args, out QuickOptions options, out string error))
        {
            progress.WriteLine(error);
            progress.WriteLine(QuickOptions.Usage);
            return UsageError;
        }
        progress.WriteLine($"repeat with: dotnet run -c Release --project perf -- {string.Join(' ', args)}");
        for (int attempt = 1; ; attempt++)
        {
            using QuickRun run = new(options);
            run.Measure();
            if (run.IsRejectedForTwo && attempt < options.Attempts)
            {
                progress.WriteLine($"attempt {attempt}: rejected, raw RMW {run.StartNs:F2} ns at the start, {run.EndNs:F2} ns at the end, {run.Of("RMW").NsOfTwo:F2} ns on two threads");
                continue;
            }
            IReadOnlyList<Bar> bars = Bars.Judge(run);
            if (options.Json)
            {
                foreach (Bar bar in bars) { results.WriteLine(bar.ToJson(run)); }
            }
            else
            {
                Print(run, bars, results);
            }
            bool clean = run.Subjects.All(s => s.AllocatedBytes == 0);
            return options.Gate && (!clean || bars.Any(b => b.Rejected || !b.Pass)) ? LimitExceeded : Done;
        }
    }

    private static void Print(QuickRun run, IReadOnlyList<Bar> bars, TextWriter results)
    {
        double rmw = run.Of("RMW").Ns;
        results.WriteLine($"raw RMW {run.StartNs:F2} ns at the start, {run.EndNs:F2} ns at the end{(run.IsRejected ? ": rejected" : string.Empty)}");
        if (run.IsRejectedForTwo) { results.WriteLine($"two threads: {(run.TwoThreads ? $"rejected, raw RMW {run.Of("RMW").NsOfTwo:F2} ns on words of their own" : "not measured, no second CPU")}"); }
        results.WriteLine();
        results.WriteLine($"{"median of an operation",-30}{"min ns",10}{"ns",10}{"RMW",8}{"2 threads",12}{"bytes",8}");
        foreach (Subject s in run.Subjects)
        {
            results.WriteLine($"{s.Name,-30}{s.MinNs,10:F2}{s.Ns,10:F2}{s.Ns / rmw,8:F2}{(run.TwoThreads ? s.NsOfTwo : double.NaN),12:F2}{s.AllocatedBytes,8}");
        }
        results.WriteLine();
        results.WriteLine($"{"bar",-5}{"what",-50}{"value",8}{"limit",8}{"stretch",9}  {"unit",-11}verdict");
        foreach (Bar b in bars)
        {
            results.WriteLine($"{b.Id,-5}{b.What,-50}{b.Value,8:F2}{b.Limit,8:F2}{b.Stretch,9:F1}  {b.Unit,-11}{b.Verdict}");
        }
    }
}
