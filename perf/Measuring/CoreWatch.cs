namespace MemCore.Perf.Measuring;

/// <summary>Tells whether the cores are ours alone at the moment, by what they did in a cycle when they did most.</summary>
/// <param name="width">Operations a cycle now, of the core that does fewer.</param>
internal sealed class CoreWatch(Func<double> width)
{
    /// <summary>Below this share of the most that was seen, somebody runs on the other hardware thread of a core.</summary>
    /// <remarks>
    /// Alone a core gives 0.985 to 1 of it (median of 51 readings). A neighbour that mostly waits for memory takes no more than a twentieth,
    /// but half of the store queue: 8.7 ns of an allocation and its free are 11.5 then. Of 550 rounds none lay between the two.
    /// </remarks>
    public const double ShareMin = 0.97;

    // What is more than ever before must show so often in a row: a core that the host takes away in the wrong moments seems to do more in a cycle.
    private const int ReadingsOfARecord = 3;

    private double _most;

    /// <summary>Reads the width, again if it is more than ever before: the least of these counts.</summary>
    public double Read()
    {
        double now = width();
        for (int i = 1; i < ReadingsOfARecord && now > _most; i++) { now = Math.Min(now, width()); }
        _most = Math.Max(_most, now);
        return now;
    }

    /// <summary>True: a width that was read is about the most that was seen so far. The answer may change when more is seen.</summary>
    public bool WereOurs(double read) => read >= ShareMin * _most;
}
