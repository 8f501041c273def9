using MemCore.Lab.Soak;

namespace MemCore.Tests.Soak;

public class LatencyHistogramTests
{
    [Fact]
    public void PercentilesAreRightToWithinABucket()
    {
        LatencyHistogram histogram = new();
        for (int ns = 1; ns <= 100_000; ns++) { histogram.Record(ns); }

        Assert.InRange(histogram.PercentileNs(0.5), 50_000, 57_000);
        Assert.InRange(histogram.PercentileNs(0.99), 99_000, 100_000);
        Assert.Equal(100_000, histogram.MaxNs);
        Assert.Equal(100_000, histogram.Samples);
    }

    [Fact]
    public void SmallValuesAreExact()
    {
        LatencyHistogram histogram = new();
        histogram.Record(3);

        Assert.Equal(3, histogram.PercentileNs(0.5));
        Assert.Equal(3, histogram.PercentileNs(1));
    }

    [Fact]
    public void WithoutSamplesAllIsZero()
    {
        LatencyHistogram histogram = new();

        Assert.Equal(0, histogram.PercentileNs(0.99));
        Assert.Equal(0, histogram.MaxNs);
    }

    [Fact]
    public void AddingJoinsTheSamplesOfBoth()
    {
        LatencyHistogram few = new();
        LatencyHistogram many = new();
        few.Record(1_000_000);
        for (int i = 0; i < 99; i++) { many.Record(10); }

        few.Add(many);

        Assert.Equal(100, few.Samples);
        Assert.InRange(few.PercentileNs(0.99), 10, 11);
        Assert.Equal(1_000_000, few.PercentileNs(1));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(0)]
    [InlineData(-5)]
    public void AnyValueHasABucket(long ns)
    {
        LatencyHistogram histogram = new();
        histogram.Record(ns);

        Assert.Equal(Math.Max(0, ns), histogram.PercentileNs(1));
    }
}
