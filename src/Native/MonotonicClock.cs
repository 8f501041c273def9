using System.Diagnostics;

namespace MemCore.Native;

/// <summary>A clock that never steps back, in ticks of its own; differences become nanoseconds.</summary>
internal static class MonotonicClock
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private static readonly long s_ticksPerSecond = Stopwatch.Frequency;

    public static long Ticks => Stopwatch.GetTimestamp();

    /// <summary>Nanoseconds in a difference of <see cref="Ticks"/>; exact, no overflow below 292 years.</summary>
    public static long ToNanoseconds(long ticks) => Scale(ticks, s_ticksPerSecond);

    /// <summary>Nanoseconds since an earlier reading of <see cref="Ticks"/>.</summary>
    public static long NanosecondsSince(long startTicks) => ToNanoseconds(Ticks - startTicks);

    internal static long Scale(long ticks, long ticksPerSecond)
    {
        if (ticksPerSecond == NanosecondsPerSecond) { return ticks; }
        return (long)((Int128)ticks * NanosecondsPerSecond / ticksPerSecond);
    }
}
