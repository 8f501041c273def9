using MemCore.Lab.Soak;

namespace MemCore.Tests.Soak;

public class FlightRingTests
{
    private const int SampleEvery = 64;

    [Fact]
    public void TheLastOperationsAreThereWithTheirArgumentsAndOutcomes()
    {
        FlightRing ring = new();
        for (int i = 1; i <= FlightRing.Capacity + 10; i++)
        {
            ring.Begin(Operation.Lock, i, FlightPlace.Page(3, 1L << 21), i & 0xff, SampleEvery);
            if ((i & 1) == 0) { ring.End(done: i % 4 == 0); }
        }

        Assert.Equal(FlightRing.Capacity + 10, ring.Begun);
        for (int i = 11; i <= ring.Begun; i++)
        {
            FlightEntry entry = ring[i];
            Assert.Equal((Operation.Lock, i, i & 0xff), (entry.Operation, entry.Frame, entry.Argument));
            Assert.Equal((i & 1) != 0 ? FlightOutcome.UnderWay : i % 4 == 0 ? FlightOutcome.Done : FlightOutcome.Refused, entry.Outcome);
            Assert.Equal((FlightPlaceKind.Page, 3, 1L << 21), (entry.Place.Kind, entry.Place.Owner, entry.Place.Index));
        }
    }

    [Fact]
    public void AnAllocationIsKnownByTheFrameThatItCameTo()
    {
        FlightRing ring = new();
        ring.Begin(Operation.Alloc, -1, default, 2, SampleEvery);
        ring.EndWith(77);
        ring.Begin(Operation.Alloc, -1, default, 2, SampleEvery);
        ring.EndWith(-1);

        Assert.Equal((77, FlightOutcome.Done, 2), (ring[1].Frame, ring[1].Outcome, ring[1].Argument));
        Assert.Equal((-1, FlightOutcome.Refused, 2), (ring[2].Frame, ring[2].Outcome, ring[2].Argument));
    }

    [Fact]
    public void AClosedRingTakesNothingMoreButTheEndOfWhatIsUnderWay()
    {
        FlightRing ring = new();
        ring.Begin(Operation.Lock, 5, default, 0, SampleEvery);
        ring.Close();
        ring.End(done: true);
        ring.Begin(Operation.Put, 6, default, 0, SampleEvery);
        ring.End(done: false);

        Assert.Equal(1, ring.Begun);
        Assert.Equal((Operation.Lock, FlightOutcome.Done), (ring[1].Operation, ring[1].Outcome));
    }

    [Fact]
    public void OneInSixtyFourIsTimed()
    {
        FlightRing ring = new();
        int[] timed = [.. Enumerable.Range(1, 256).Where(_ => ring.Begin(Operation.Lock, 1, default, 0, SampleEvery) != 0)];

        Assert.Equal([64, 128, 192, 256], timed);
    }

    [Fact]
    public void TimesBetweenTwoReadingsOfTheClockAreEvenlySpread()
    {
        FlightRing ring = new();
        for (int i = 1; i <= 50; i++) { ring.Begin(Operation.Lock, 1, default, 0, SampleEvery); }
        FlightClock clock = new(ring, 1, 50, ring.ClockAt(48));
        long[] times = [.. Enumerable.Range(1, 48).Select(clock.NsAt)];

        Assert.Equal(0, clock.NsAt(48));
        Assert.Equal(0, clock.NsAt(50));
        Assert.Equal(times.Order(), times);
        Assert.InRange(clock.NsAt(40), clock.NsAt(32) + ((clock.NsAt(48) - clock.NsAt(32)) / 2) - 1, clock.NsAt(32) + ((clock.NsAt(48) - clock.NsAt(32)) / 2) + 1);
    }
}
