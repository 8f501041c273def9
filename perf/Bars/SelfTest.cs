using System.Globalization;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>Shows that the judgement can fail: a subject that is run twice must exceed its limit, and a restless machine must be noticed.</summary>
internal static class SelfTest
{
    private const int Rounds = 15;

    /// <summary>True: each planted fault was found, and the same bar without it is met.</summary>
    public static bool Run(Bench bench, TextWriter results)
    {
        bool good = Expect("one RMW against one RMW", times: 1, disturbed: false, r => !r.Rejected && r.Pass);
        good &= Expect("planted slowdown: the subject runs twice", times: 2, disturbed: false, r => !r.Rejected && !r.Pass);
        good &= Expect("planted disturbance: the machine gets slower meanwhile", times: 1, disturbed: true, r => r.Rejected);
        return good;

        bool Expect(string what, int times, bool disturbed, Func<BarRecord, bool> expected)
        {
            using Bench place = disturbed ? new Bench(bench.SliceUs, new SlowingClock()) : new Bench(bench.SliceUs, clock: null);
            using RmwWord word = new();
            using BarRun run = new(new PlantedBar(word.Loop, times), place, Rounds);
            BarRecord record = run.Measure();
            bool found = expected(record);
            results.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {record.Verdict}, value {record.Worst.Value:F2}, limit {record.Worst.Limit:F2}{(record.Rejected ? ", " + record.Reason : "")}: {(found ? "as it must be" : "WRONG")}"));
            return found;
        }
    }
}
