using System.Diagnostics;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>All bars of a run. Where the machine did not hold still or others were on its cores, a bar is measured again, at once or later, as long as there is time.</summary>
/// <remarks>Lines travel fast or slowly for seconds to minutes: to repeat at once is no use then, to come back at the end is.</remarks>
internal sealed class BarsSession(BarsOptions options, Stage stage, StallGuard guard, Action<BarRecord> done, Action<string> progress) : IDisposable
{
    /// <summary>No bar is begun again after that time, so that a run takes less than five minutes.</summary>
    private static readonly TimeSpan s_budget = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<(BarRun Run, BarRecord Record)> _later = [];
    private readonly List<Subject> _measured = [];
    private readonly List<BarRecord> _records = [];

    public IReadOnlyList<BarRecord> Records => _records;

    public void MeasureAll()
    {
        foreach (Bar bar in BarList.Make(options, stage))
        {
            BarRun run = new(bar, stage.Bench, options.Rounds);
            _measured.AddRange(run.Subjects.Where(s => !s.IsPeer));
            BarRecord record = Measure(run);
            if (ComesBackTo(record)) { _later.Add((run, record)); }
            else { End(run, record); }
        }
    }

    /// <summary>Comes back to what was rejected, and ends with what judges the others.</summary>
    public void MeasureLate()
    {
        while (_later.Count > 0)
        {
            (BarRun run, BarRecord record) = _later[0];
            _later.RemoveAt(0);
            guard.Begin(run.Id);
            if (record.Rejection is not { Lasts: true } || LinesComeNear()) { record = Measure(run); }
            if (ComesBackTo(record)) { _later.Add((run, record)); }
            else { End(run, record); }
        }
        if (!options.Wants(AllocationGuard.Name)) { return; }
        BarRun last = new(new AllocationGuard(_measured), stage.Bench, options.Rounds);
        End(last, Measure(last));
    }

    public void Dispose()
    {
        foreach ((BarRun run, _) in _later) { run.Dispose(); }
        _later.Clear();
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
        return record;
    }

    private void End(BarRun run, BarRecord record)
    {
        _records.Add(record);
        done(record);
        run.Dispose();
    }
}
