using MemCore.Native;

namespace MemCore.Tests.Native;

public class ClockAndMemoryTests
{
    [Theory]
    [InlineData(5, 1_000_000_000, 5)]
    [InlineData(5, 10_000_000, 500)]
    [InlineData(7, 3, 2_333_333_333)]
    [InlineData(long.MaxValue / 1000, 1_000_000, long.MaxValue / 1000 * 1000)]
    public void TicksBecomeNanosecondsWithoutOverflow(long ticks, long perSecond, long nanoseconds) =>
        Assert.Equal(nanoseconds, MonotonicClock.Scale(ticks, perSecond));

    [Fact]
    public void TheClockNeverStepsBack()
    {
        long last = MonotonicClock.Ticks;
        for (int reading = 0; reading < 10_000; reading++)
        {
            CpuRelax.Pause();
            long now = MonotonicClock.Ticks;
            Assert.True(now >= last);
            last = now;
        }
        Assert.True(MonotonicClock.NanosecondsSince(last) >= 0);
    }

    [Fact]
    public void ResidentPagesComeFromTheSecondNumber()
    {
        using FakeTree tree = new FakeTree().With("statm", "1000 250 30 4 0 60 0");
        Assert.True(ProcessMemory.TryReadStatm(tree.At("statm"), 4096, out long bytes));
        Assert.Equal(250 * 4096, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("12")]
    [InlineData("12 many 3")]
    public void AStatmOfAnotherFormIsFalse(string text)
    {
        using FakeTree tree = new FakeTree().With("statm", text);
        Assert.False(ProcessMemory.TryReadStatm(tree.At("statm"), 4096, out long _));
        Assert.False(ProcessMemory.TryReadStatm(tree.At("absent"), 4096, out long _));
    }

    [Fact]
    public void ThisProcessIsResident() => Assert.True(ProcessMemory.ResidentBytes() > 1 << 20);
}
