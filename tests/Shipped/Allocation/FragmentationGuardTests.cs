using MemCore.Perf.Bars;

namespace MemCore.Tests.Allocation;

/// <summary>Guard G3: speed must not be bought by scattering. 8 GiB of frames, single frames, one CPU, xorshift64*.</summary>
public class FragmentationGuardTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void FilledToHalfItKeepsItsFreeBlocks(int seed)
    {
        int free = Fragmentation.FilledToHalf(seed).AfterRoundTen;
        TestContext.Current.SendDiagnosticMessage($"G3 filled to half, seed {seed}: {free}");
        Assert.True(free >= Fragmentation.HalfFreeMin, $"seed {seed}: {free} wholly free blocks after round {Fragmentation.Rounds}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void FilledWhollyAndHalfFreedItFindsItsWayBack(int seed)
    {
        int free = Fragmentation.FilledWhollyAndHalfFreed(seed).AfterRoundTen;
        TestContext.Current.SendDiagnosticMessage($"G3 filled wholly, half freed, seed {seed}: {free}");
        Assert.True(free >= Fragmentation.HalfFreedMin, $"seed {seed}: {free} wholly free blocks after round {Fragmentation.Rounds}");
    }
}
