using System.Globalization;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>Whether the machine held still while a bar was measured.</summary>
internal static class Steadiness
{
    /// <summary>The raw RMW may change so much from one end of a bar to the other.</summary>
    public const double RmwStrayMax = 0.10;

    /// <summary>On two threads, on a line each, it may be so much slower than alone: above it the second CPU is not ours.</summary>
    public const double RmwOfTwoMax = 0.05;

    /// <summary>Lines that take longer travel between two caches of the last level, or the CPUs are not ours.</summary>
    public const double PingPongNsMax = 100;

    /// <summary>One line; null: it counts.</summary>
    public static string? WhyRejected(Bar bar, Contest contest, GaugeReading before, GaugeReading after)
    {
        if (bar.IsCount) { return null; }
        if (contest.UsesTwo && !contest.TwoThreads) { return "no second CPU to pin a thread to"; }
        if (Strays(before.RmwNs, after.RmwNs)) { return Text($"raw RMW {before.RmwNs:F2} ns before and {after.RmwNs:F2} ns after"); }
        if (Strays(before.RmwNs, contest.Rmw.Ns)) { return Text($"raw RMW {before.RmwNs:F2} ns before and {contest.Rmw.Ns:F2} ns meanwhile"); }
        if (contest.UsesTwo && contest.Rmw.NsOfTwo > contest.Rmw.Ns * (1 + RmwOfTwoMax))
        {
            return Text($"raw RMW {contest.Rmw.Ns:F2} ns alone and {contest.Rmw.NsOfTwo:F2} ns on two threads that share nothing");
        }
        if (bar.SharesLine && !(before.PingPongNs <= PingPongNsMax && after.PingPongNs <= PingPongNsMax))
        {
            return Text($"ping-pong {before.PingPongNs:F0} ns before and {after.PingPongNs:F0} ns after");
        }
        return null;
    }

    private static bool Strays(double before, double after) => Math.Abs((after / before) - 1) > RmwStrayMax;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
