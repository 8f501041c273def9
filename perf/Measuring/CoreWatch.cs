namespace MemCore.Perf.Measuring;

/// <summary>Tells whether the cores are ours alone at the moment, by what they did in a cycle when they did most.</summary>
/// <param name="width">Operations a cycle now, of the core that does fewer.</param>
internal sealed class CoreWatch(Func<double> width)
{
    /// <summary>Below this share of the most that was seen, somebody runs on the other hardware thread of a core.</summary>
    public const double ShareMin = 0.9;

    private double _most;

    /// <summary>Reads the width.</summary>
    public double Read()
    {
        double now = width();
        _most = Math.Max(_most, now);
        return now;
    }

    /// <summary>Reads the width. True: it is about the most that was seen so far.</summary>
    public bool AreOurs() => Read() >= ShareMin * _most;
}
