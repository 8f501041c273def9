namespace MemCore.Lab.Soak;

/// <summary>One point of a run's course: what was done since the point before it, and the memory then.</summary>
internal readonly record struct RunSample(double Seconds, double OperationsPerSecond, long RssBytes);

/// <summary>The course of a run in a fixed number of points: when they are used up, pairs become one and the period doubles.</summary>
/// <remarks>The coordinator's own. Grows nowhere, however long the run.</remarks>
internal sealed class RunSamples
{
    public const int Capacity = 120;

    private readonly double[] _seconds = new double[Capacity];
    private readonly long[] _operations = new long[Capacity];
    private readonly long[] _rss = new long[Capacity];
    private double _due;

    public RunSamples(TimeSpan period)
    {
        PeriodSeconds = period.TotalSeconds;
        _due = PeriodSeconds;
    }

    public int Count { get; private set; }

    public double PeriodSeconds { get; private set; }

    /// <summary>The points so far. Allocates; for reports.</summary>
    public IReadOnlyList<RunSample> All => [.. Enumerable.Range(0, Count).Select(Point)];

    /// <summary>True when a point is due at this time of the run.</summary>
    public bool IsDue(double seconds) => seconds >= _due;

    /// <summary>Adds a point.</summary>
    /// <param name="seconds">Since the run began; larger than before.</param>
    /// <param name="operations">All of the run so far.</param>
    /// <param name="rssBytes">Resident now.</param>
    public void Add(double seconds, long operations, long rssBytes)
    {
        if (Count == Capacity) { Halve(); }
        (_seconds[Count], _operations[Count], _rss[Count]) = (seconds, operations, rssBytes);
        Count++;
        _due = seconds + PeriodSeconds;
    }

    // The counts are totals, so the later point of a pair speaks for both.
    private void Halve()
    {
        for (int i = 0; i < Capacity / 2; i++)
        {
            (_seconds[i], _operations[i], _rss[i]) = (_seconds[(2 * i) + 1], _operations[(2 * i) + 1], _rss[(2 * i) + 1]);
        }
        Count = Capacity / 2;
        PeriodSeconds *= 2;
    }

    private RunSample Point(int i)
    {
        double since = i == 0 ? 0 : _seconds[i - 1];
        long before = i == 0 ? 0 : _operations[i - 1];
        return new RunSample(_seconds[i], (_operations[i] - before) / Math.Max(_seconds[i] - since, 1e-9), _rss[i]);
    }
}
