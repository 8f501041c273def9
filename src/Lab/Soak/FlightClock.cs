using MemCore.Native;

namespace MemCore.Lab.Soak;

/// <summary>When the operations of a closed ring began: evenly spread between those whose time is known.</summary>
internal sealed class FlightClock
{
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
        if (_known.Count == 0 || _known[^1].Number < last) { _known.Add((last + 1, now)); }
    }

    /// <summary>Nanoseconds after the ring was closed: not positive.</summary>
    public long NsAt(int number)
    {
        int next = _known.FindIndex(k => k.Number >= number);
        (int Number, long Ticks) after = _known[next < 0 ? ^1 : next];
        if (after.Number == number) { return ToNs(after.Ticks); }
        (int Number, long Ticks) before = next > 0 ? _known[next - 1] : (after.Number - FlightRing.ClockEvery, after.Ticks - StepAfter(next));
        double part = (number - before.Number) / (double)(after.Number - before.Number);
        return ToNs(before.Ticks + (long)((after.Ticks - before.Ticks) * part));
    }

    // What the following stretch took stands for the one whose begin has left the ring.
    private long StepAfter(int index) => index + 1 < _known.Count ? _known[index + 1].Ticks - _known[index].Ticks : 0;

    private long ToNs(long ticks) => ticks >= _now ? 0 : -MonotonicClock.ToNanoseconds(_now - ticks);
}
