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
        return new BarRecord(_bar.Id, _bar.What, _bar.Judge(_contest), rejection, _contest.Rounds, _contest.Disturbed, before, after, Subjects);
    }

    public void Dispose() => _bar.Dispose();
}
