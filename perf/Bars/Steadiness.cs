using System.Globalization;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>Why a measurement does not count.</summary>
/// <param name="Reason">One line.</param>
/// <param name="Lasts">It will be so for a while: to repeat at once is no use.</param>
internal sealed record Rejection(string Reason, bool Lasts);

/// <summary>Whether the machine held still while a bar was measured.</summary>
internal static class Steadiness
{
    /// <summary>The raw RMW may change so much from one end of a bar to the other.</summary>
    public const double RmwStrayMax = 0.10;

    /// <summary>On two threads, on a line each, it may be so much slower than alone: above it the second CPU is not ours.</summary>
    public const double RmwOfTwoMax = 0.05;

    /// <summary>Lines that take longer travel between two caches of the last level, or the CPUs are not ours.</summary>
    public const double PingPongNsMax = 100;

    /// <summary>Null: it counts.</summary>
    public static Rejection? WhyRejected(Bar bar, Contest contest, GaugeReading before, GaugeReading after)
    {
        if (bar.IsCount) { return null; }
        if (contest.TakesTwo && !contest.TwoThreads) { return new Rejection("no second CPU to pin a thread to", Lasts: true); }
        if (Strays(before.RmwNs, after.RmwNs)) { return Restless($"raw RMW {before.RmwNs:F2} ns before and {after.RmwNs:F2} ns after"); }
        if (Strays(before.RmwNs, contest.Rmw.Ns)) { return Restless($"raw RMW {before.RmwNs:F2} ns before and {contest.Rmw.Ns:F2} ns meanwhile"); }
        if (contest.TakesTwo && contest.Rmw.NsOfTwo > contest.Rmw.Ns * (1 + RmwOfTwoMax))
        {
            return Restless($"raw RMW {contest.Rmw.Ns:F2} ns alone and {contest.Rmw.NsOfTwo:F2} ns on two threads that share nothing");
        }
        return bar.SharesLine && !(LinesAreNear(before) && LinesAreNear(after))
            ? new Rejection(Text($"ping-pong {before.PingPongNs:F0} ns before and {after.PingPongNs:F0} ns after"), Lasts: true)
            : null;
    }

    /// <summary>Lines travel within one cache of the last level.</summary>
    public static bool LinesAreNear(GaugeReading reading) => reading.PingPongNs <= PingPongNsMax;

    private static bool Strays(double before, double after) => Math.Abs((after / before) - 1) > RmwStrayMax;

    private static Rejection Restless(FormattableString reason) => new(Text(reason), Lasts: false);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
