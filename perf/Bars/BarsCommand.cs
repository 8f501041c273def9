using System.Diagnostics;
using MemCore.Perf.Measuring;
using MemCore.Perf.Peers;

namespace MemCore.Perf.Bars;

/// <summary><c>bars</c>: every bar, its ceilings and its peers in one run.</summary>
internal static class BarsCommand
{
    private const int Done = 0;
    private const int Finding = 1;
    private const int UsageError = 2;
    private const int Undecided = 6;
    private const int LimitExceeded = 7;

    public static int Run(string[] args) => Run(args, Console.Out, Console.Error);

    public static int Run(string[] args, TextWriter results, TextWriter progress)
    {
        if (!BarsOptions.TryParse(args, out BarsOptions options, out string error))
        {
            progress.WriteLine(error);
            progress.WriteLine(BarsOptions.Usage);
            return UsageError;
        }
        using StallGuard guard = new(progress);
        progress.WriteLine($"repeat with: dotnet run -c Release --project perf -- {string.Join(' ', args)}");
        long start = Stopwatch.GetTimestamp();
        using Bench bench = new(options.SliceUs);
        if (options.SelfTest) { return SelfTest.Run(bench, results) ? Done : Finding; }
        RunFacts facts = RunFacts.Now();
        GaugeReading gauges = bench.Read();
        if (!options.Json) { BarText.Heading(results, facts, gauges); }
        using Stage stage = new(bench, options.Frames);
        using BarsSession session = new(options, stage, guard, progress.WriteLine);
        guard.BeforeExit = PrintBars;
        session.MeasureAll();
        List<PeerRecord> peers = MeasurePeers(options, stage, guard);
        session.MeasureLate();
        PrintBars();
        if (options.Json)
        {
            foreach (PeerRecord record in peers) { results.WriteLine(record.ToJson(gauges.RmwNs, facts)); }
        }
        else
        {
            BarText.Write(results, peers, gauges.RmwNs);
            BarText.Ending(results, session.Records);
        }
        progress.WriteLine($"took {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s");
        return ExitCodeOf(session.Records);

        void PrintBars()
        {
            foreach (BarRecord record in session.Records)
            {
                if (options.Json) { results.WriteLine(BarJson.Line(record, facts)); }
                else { BarText.Write(results, record); }
            }
        }
    }

    /// <summary>A limit that is exceeded says more than a bar that could not be counted.</summary>
    public static int ExitCodeOf(IReadOnlyList<BarRecord> records) =>
        records.Any(r => !r.Rejected && !r.Pass) ? LimitExceeded : records.Any(r => r.Rejected) ? Undecided : Done;

    private static List<PeerRecord> MeasurePeers(BarsOptions options, Stage stage, StallGuard guard)
    {
        List<PeerRecord> records = [];
        if (options.Wants(BarsOptions.Ceilings))
        {
            guard.Begin(BarsOptions.Ceilings);
            using Ceilings ceilings = new(stage);
            records.AddRange(ceilings.Measure(options.Rounds));
        }
        if (options.Wants(BarsOptions.Peers))
        {
            guard.Begin(BarsOptions.Peers);
            records.AddRange(new PeerList(stage).Measure(options.Rounds));
        }
        return records;
    }
}
