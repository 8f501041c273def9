using MemCore.Perf.Measuring;

namespace MemCore.Perf.Growth;

/// <summary>One size of an axis: everything that is measured at it, by turns, round after round.</summary>
internal sealed class PointRun
{
    private const int WarmOperations = 256;

    private readonly List<(Subject Subject, GrowthSeries Series, Subject Anchor)> _measured = [];
    private readonly List<Subject> _subjects = [];
    private readonly GrowthOptions _options;

    public PointRun(GrowthOptions options, OwnedWords owned)
    {
        _options = options;
        Rmw = Anchor("RMW", new Side(owned.RawRmw));
    }

    /// <summary>The read-modify-write on an owned line.</summary>
    public Subject Rmw { get; }

    /// <summary>Something to compare with.</summary>
    public Subject Anchor(string name, Side side) => Listed(new Subject(name, side, side, Turns.Alone));

    /// <summary>Something of the engine; <paramref name="slice"/> fixes operations and slices of a round.</summary>
    public void Add(GrowthSeries series, Side side, Subject anchor, (int Operations, int Slices)? slice = null, Action? beforeRound = null)
    {
        Subject subject = Listed(new Subject(series.Name, side, side, Turns.Alone) { BeforeRound = beforeRound });
        if (slice is { } fixedSlice) { subject.WithSlices(fixedSlice.Operations, fixedSlice.Slices); }
        _measured.Add((subject, series, anchor));
    }

    /// <summary>Calls everything until it is compiled for good. Needed once in a process for the same loops.</summary>
    public void Warm() => WarmUp.Run(CallAll, _options.Quick);

    private void CallAll()
    {
        foreach (Subject subject in _subjects)
        {
            subject.BeforeRound?.Invoke();
            subject.Warm(WarmOperations, partner: null);
        }
    }

    /// <summary>Measures, and adds a point of this size to each series.</summary>
    public void Run(int size)
    {
        foreach (Subject subject in _subjects) { subject.Prepare(_options.Rounds, _options.Slices, _options.SliceUs, partner: null); }
        for (int round = 0; round < _options.Rounds; round++)
        {
            foreach (Subject subject in _subjects) { subject.RunAlone(round); }
        }
        foreach (Subject subject in _subjects) { subject.Finish(two: false); }
        foreach ((Subject subject, GrowthSeries series, Subject anchor) in _measured)
        {
            series.Add(new GrowthPoint(size, subject.Ns, subject.MinNs, Rmw.Ns, anchor.Ns, subject.AllocatedBytes));
        }
    }

    private Subject Listed(Subject subject)
    {
        _subjects.Add(subject);
        return subject;
    }
}
