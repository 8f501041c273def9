using MemCore.Native;

namespace MemCore.Lab.Soak;

/// <summary>When the operations of a closed ring began: evenly spread between those whose time is known, at the same pace before and after.</summary>
internal sealed class FlightClock
{
    private const long NsAlone = 100; // between operations of which one alone has its time

    private readonly long _now;
    private readonly List<(int Number, long Ticks)> _known = [];

    /// <param name="ring">Closed.</param>
    /// <param name="first">The oldest operation that is there.</param>
    /// <param name="last">The latest one.</param>
    /// <param name="now">When the ring was closed.</param>
    public FlightClock(FlightRing ring, int first, int last, long now)
    {
        _now = now;
        int clocked = (first + FlightRing.ClockEvery - 1) / FlightRing.ClockEvery * FlightRing.ClockEvery;
        for (int number = clocked; number <= last; number += FlightRing.ClockEvery) { _known.Add((number, ring.ClockAt(number))); }
        if (_known.Count == 0) { _known.Add((last + 1, now)); }
    }

    /// <summary>Nanoseconds after the ring was closed: not positive.</summary>
    public long NsAt(int number)
    {
        int next = _known.FindIndex(k => k.Number >= number);
        int from = next < 0 ? _known.Count - 2 : next - 1;
        (int Number, long Ticks) before = _known[Math.Max(0, from)];
        if (_known.Count == 1) { return ToNs(before.Ticks + ((number - before.Number) * NsAlone)); }
        (int Number, long Ticks) after = _known[Math.Max(0, from) + 1];
        double part = (number - before.Number) / (double)(after.Number - before.Number);
        return ToNs(before.Ticks + (long)((after.Ticks - before.Ticks) * part));
    }

    private long ToNs(long ticks) => ticks >= _now ? 0 : -MonotonicClock.ToNanoseconds(_now - ticks);
}
