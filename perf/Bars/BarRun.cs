using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>Measures one bar between two looks at the machine, again while the machine did not hold still.</summary>
internal static class BarRun
{
    public static BarRecord Measure(Bar bar, Bench bench, int rounds, int attempts, Action<string> progress, List<Subject> measured)
    {
        Contest contest = new(bench, rounds);
        bar.Enter(contest);
        for (int attempt = 1; ; attempt++)
        {
            GaugeReading before = bench.Read();
            if (contest.Subjects.Count > 1) { contest.Measure(); }
            bar.MeasureBesides(contest);
            GaugeReading after = bench.Read();
            string? reason = Steadiness.WhyRejected(bar, contest, before, after);
            if (reason is not null && attempt < attempts && contest.TwoThreads)
            {
                progress($"{bar.Id}: attempt {attempt} rejected, {reason}");
                continue;
            }
            measured.AddRange(contest.Subjects);
            return new BarRecord(bar.Id, bar.What, bar.Judge(contest), reason, contest.Rounds, before, after, contest.Subjects);
        }
    }
}
