using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>One bar that is measured between two looks at the machine, as often as it takes.</summary>
internal sealed class BarRun : IDisposable
{
    private readonly Bar _bar;
    private readonly Bench _bench;
    private readonly Contest _contest;

    public BarRun(Bar bar, Bench bench, int rounds)
    {
        _bar = bar;
        _bench = bench;
        _contest = new Contest(bench, rounds, bar.TakesTwo);
        bar.Enter(_contest);
        Subjects = _contest.Subjects.Count > 1 ? _contest.Subjects : [];
    }

    public string Id => _bar.Id;

    /// <summary>Every loop that is timed; empty for a bar that counts.</summary>
    public IReadOnlyList<Subject> Subjects { get; }

    public BarRecord Measure()
    {
        GaugeReading before = _bench.Read();
        if (Subjects.Count > 0) { _contest.Measure(); }
        _bar.MeasureBesides(_contest);
        GaugeReading after = _bench.Read();
        Rejection? rejection = Steadiness.WhyRejected(_bar, _contest, before, after);
        int rounds = Subjects.Count > 0 ? _contest.Widths.Count : _contest.Rounds;
        return WithDisturbed(new BarRecord(_bar.Id, _bar.What, _bar.Judge(_contest), rejection, rounds, _contest.Widths, before, after, Subjects));
    }

    /// <summary>The record, judged by the most that the cores have been seen to do by now: a neighbour who was there from the start is known only when he has gone.</summary>
    public BarRecord WithDisturbed(BarRecord record) => record with { Disturbed = record.Widths.Count(width => !_contest.Cores.WereOurs(width)) };

    public void Dispose() => _bar.Dispose();
}
