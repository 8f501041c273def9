using System.Diagnostics;
using System.Globalization;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>All bars of a run. Where the machine did not hold still or others were on its cores, a bar is measured again, at once or later, as long as there is time.</summary>
/// <remarks>
/// Lines travel fast or slowly for seconds to minutes: to repeat at once is no use then, to come back at the end is. And what the cores do when
/// they are alone is known for certain only at the end.
/// </remarks>
internal sealed class BarsSession(BarsOptions options, Stage stage, StallGuard guard, Action<string> progress) : IDisposable
{
    /// <summary>No bar is begun again after that time, so that a run takes less than five minutes.</summary>
    private static readonly TimeSpan s_budget = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<(BarRun Run, BarRecord Record)> _measured = [];

    /// <summary>One for each bar, in their order.</summary>
    public IReadOnlyList<BarRecord> Records => [.. _measured.Select(m => m.Record)];

    public void MeasureAll()
    {
        foreach (Bar bar in BarList.Make(options, stage))
        {
            BarRun run = new(bar, stage.Bench, options.Rounds);
            _measured.Add((run, Measure(run)));
        }
    }

    /// <summary>Comes back to what was rejected or disturbed, and ends with what judges the others.</summary>
    public void MeasureLate()
    {
        bool again = true;
        while (again)
        {
            again = false;
            for (int i = 0; i < _measured.Count; i++)
            {
                BarRun run = _measured[i].Run;
                BarRecord record = run.WithDisturbed(_measured[i].Record);
                if (ComesBackTo(record))
                {
                    again = true;
                    guard.Begin(run.Id);
                    if (record.Rejection is not { Lasts: true } || LinesComeNear()) { record = Measure(run); }
                }
                _measured[i] = (run, record);
            }
        }
        if (!options.Wants(AllocationGuard.Name)) { return; }
        BarRun last = new(new AllocationGuard([.. _measured.SelectMany(m => m.Run.Subjects).Where(s => !s.IsPeer)]), stage.Bench, options.Rounds);
        _measured.Add((last, Measure(last)));
    }

    public void Dispose()
    {
        foreach ((BarRun run, _) in _measured) { run.Dispose(); }
        _measured.Clear();
    }

    private bool ComesBackTo(BarRecord record) => (record.Rejected || record.IsDisturbed) && MayWait;

    // With one CPU no waiting helps, and one attempt is one.
    private bool MayWait => options.Attempts > 1 && stage.Bench.Partner is not null && Stopwatch.GetElapsedTime(_start) < s_budget;

    // Both CPUs stay busy meanwhile: a host that moves two of them together does so for those that work together.
    private bool LinesComeNear()
    {
        long start = Stopwatch.GetTimestamp();
        do
        {
            if (Steadiness.LinesAreNear(stage.Bench.Read())) { return true; }
        }
        while (Stopwatch.GetElapsedTime(start) < s_patience);
        return false;
    }

    private BarRecord Measure(BarRun run)
    {
        guard.Begin(run.Id);
        BarRecord record = run.Measure();
        for (int attempt = 2; attempt <= options.Attempts && record.Rejection is { Lasts: false }; attempt++)
        {
            progress($"{run.Id}: again, since {record.Reason}");
            record = run.Measure();
        }
        Check worst = record.Worst;
        progress(string.Create(CultureInfo.InvariantCulture, $"{run.Id}: {record.Verdict}, {worst.What}: {worst.Value:F2} of {worst.Limit:F2} {worst.Unit}"));
        return record;
    }
}
