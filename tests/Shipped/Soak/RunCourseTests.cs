using MemCore.Lab.Soak;

namespace MemCore.Tests.Soak;

public class RunCourseTests
{
    private const long Mebi = 1 << 20;

    [Fact]
    public void ALongRunKeepsTheNumberOfPointsAndDoublesTheirPeriod()
    {
        RunSamples samples = new(TimeSpan.FromSeconds(1));

        int added = Fill(samples, 5000, _ => 100, _ => Mebi);

        Assert.InRange(samples.Count, (RunSamples.Capacity / 2) + 1, RunSamples.Capacity);
        Assert.True(added < 1000, $"{added} points were taken in 5,000 s");
        Assert.Equal(64, samples.PeriodSeconds);
        Assert.All(samples.All, p => Assert.Equal(100, p.OperationsPerSecond, precision: 6));
        Assert.Equal(samples.All.Select(p => p.Seconds).Order(), samples.All.Select(p => p.Seconds));
    }

    [Fact]
    public void ASteadyRunIsFlat()
    {
        RunSamples samples = new(TimeSpan.FromSeconds(1));
        Fill(samples, 60, _ => 1000, second => (100 * Mebi) + (second % 2 * Mebi));

        Assert.Equal(RunDrift.Flat, RunDrift.Of(samples.All).Verdict);
    }

    [Fact]
    public void GrowthAfterTheWarmUpIsNamedAndMeasured()
    {
        RunSamples samples = new(TimeSpan.FromSeconds(1));
        Fill(samples, 100, _ => 1000, second => (100 + second) * Mebi);

        RunDrift drift = RunDrift.Of(samples.All);

        Assert.Equal("memory-grows", drift.Verdict);
        Assert.Equal(3600 * Mebi, drift.RssBytesPerHour, tolerance: Mebi);
    }

    [Fact]
    public void GrowthDuringTheWarmUpIsNoDrift()
    {
        RunSamples samples = new(TimeSpan.FromSeconds(1));
        Fill(samples, 100, _ => 1000, second => Math.Min(second, 15) * 100 * Mebi);

        Assert.Equal(RunDrift.Flat, RunDrift.Of(samples.All).Verdict);
    }

    [Fact]
    public void AFallingThroughputIsNamed()
    {
        RunSamples samples = new(TimeSpan.FromSeconds(1));
        Fill(samples, 90, second => second < 60 ? 1000 : 400, _ => Mebi);

        RunDrift drift = RunDrift.Of(samples.All);

        Assert.Equal("throughput-falls", drift.Verdict);
        Assert.Equal(0.4, drift.ThroughputRatio, precision: 1);
    }

    [Fact]
    public void AFewPointsTellNothing()
    {
        RunSamples samples = new(TimeSpan.FromSeconds(1));
        Fill(samples, 5, _ => 1000, second => second * 1000 * Mebi);

        Assert.Equal(RunDrift.TooShort, RunDrift.Of(samples.All).Verdict);
    }

    // Second by second; returns how many points were taken.
    private static int Fill(RunSamples samples, int seconds, Func<int, long> perSecond, Func<int, long> rss)
    {
        long operations = 0;
        int added = 0;
        for (int second = 1; second <= seconds; second++)
        {
            operations += perSecond(second);
            if (!samples.IsDue(second)) { continue; }
            samples.Add(second, operations, rss(second));
            added++;
        }
        return added;
    }
}
