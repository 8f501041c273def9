using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>Median, least and greatest round of one measured loop, in ns an operation, and the operations of its slices.</summary>
internal readonly record struct Times(double Median, double Min, double Max, int Operations)
{
    public static Times Alone(Subject subject) => new(subject.Ns, subject.MinNs, subject.MaxNs, subject.Operations);

    public static Times OfTwo(Subject subject) => new(subject.NsOfTwo, subject.MinNsOfTwo, subject.MaxNsOfTwo, subject.Operations);
}

/// <summary>One value of a bar and what it must not exceed, or with <see cref="AtLeast"/> not fall below.</summary>
/// <param name="What">In words.</param>
/// <param name="Unit">Of value, limit and stretch.</param>
/// <param name="Value">Measured.</param>
/// <param name="Limit">From the reference, or computed from anchors of the same run.</param>
internal sealed record Check(string What, string Unit, double Value, double Limit)
{
    public double? Stretch { get; init; }

    public bool AtLeast { get; init; }

    /// <summary>What was timed.</summary>
    public Times Times { get; init; }

    /// <summary>Median of what it is compared with, in ns.</summary>
    public double AnchorNs { get; init; }

    /// <summary>Why this one was not measured; null: it was. It then does not count.</summary>
    public string? Skipped { get; init; }

    public bool Pass => Skipped is not null || (AtLeast ? Value >= Limit : Value <= Limit);

    /// <summary>How much of the limit is used; above 1 it is exceeded.</summary>
    public double Load => AtLeast ? Limit / Value : Value / Limit;

    public static Check InRmw(string what, Subject subject, Contest contest, double limit, double? stretch = null) => new(what, "RMW", MedianRatio(subject.RoundsAlone, contest.Rmw.RoundsAlone), limit)
    {
        Stretch = stretch,
        Times = Times.Alone(subject),
        AnchorNs = contest.Rmw.Ns,
    };

    public static Check Ratio(string what, Subject subject, Subject anchor, double limit, double? stretch = null) => new(what, "ratio", MedianRatio(subject.RoundsAlone, anchor.RoundsAlone), limit)
    {
        Stretch = stretch,
        Times = Times.Alone(subject),
        AnchorNs = anchor.Ns,
    };

    public static Check RatioOfTwo(string what, Subject subject, Subject anchor, double limit) => new(what, "ratio", MedianRatio(subject.RoundsOfTwo, anchor.RoundsOfTwo), limit)
    {
        Times = Times.OfTwo(subject),
        AnchorNs = anchor.NsOfTwo,
    };

    /// <summary>Rate of a thread of two by that of one alone: the mean of <paramref name="subject"/> and of <paramref name="other"/>, the second thread's loop on its own.</summary>
    public static Check Efficiency(string what, Subject subject, Subject other, double limit)
    {
        double[] alone = [.. subject.RoundsAlone.Zip(other.RoundsAlone, (one, two) => (one + two) / 2)];
        return new(what, "efficiency", MedianRatio(alone, subject.RoundsOfTwo), limit)
        {
            AtLeast = true,
            Times = Times.OfTwo(subject),
            AnchorNs = (subject.Ns + other.Ns) / 2,
        };
    }

    /// <summary>Against a limit in ns that the anchors of each round give: the value says by how much of its limit the median round was off.</summary>
    public static Check ByRound(string what, Subject subject, Subject anchor, Contest contest, double share, double rmws)
    {
        double[] limits = [.. anchor.RoundsAlone.Zip(contest.Rmw.RoundsAlone, (anchorNs, rmwNs) => (share * anchorNs) + (rmws * rmwNs))];
        double limit = Median(limits);
        return new(what, "ns", MedianRatio(subject.RoundsAlone, limits) * limit, limit) { Times = Times.Alone(subject), AnchorNs = anchor.Ns };
    }

    /// <summary>Against a limit in ns that the anchors of the run give.</summary>
    public static Check InNs(string what, Times times, double limitNs, double anchorNs) => new(what, "ns", times.Median, limitNs) { Times = times, AnchorNs = anchorNs };

    public static Check NotMeasured(string what, string reason) => new(what, "", double.NaN, double.NaN) { Skipped = reason };

    // Of two that had their turns one after the other: a machine that gets slower for a while does so to both. No rounds, no value.
    private static double MedianRatio(IReadOnlyList<double> rounds, IReadOnlyList<double> anchors) => Median([.. rounds.Zip(anchors, (round, anchor) => round / anchor)]);

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values.Length == 0 ? double.NaN : values[values.Length / 2];
    }
}
