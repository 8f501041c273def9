using CsCheck;
using MemCore.Allocation;

namespace MemCore.Tests.Allocation;

public class FrameSortTests
{
    [Fact]
    public void BlocksAscendAndWithinABlockNothingMoves() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[4, 30], Gen.Int[1, 5000], Gen.Int[0, int.MaxValue]).Sample((blockOrder, bits, count, seed) =>
        {
            Random random = new(seed);
            int[] frames = [.. Enumerable.Range(0, count).Select(_ => random.Next(1 << bits))];
            int[] expected = [.. frames.OrderBy(frame => frame >> blockOrder)];
            FrameSort.ByBlock(frames, new int[count], blockOrder);
            Assert.Equal(expected, frames);
        }, iter: 100);

    [Fact]
    public void WhatIsInOrderStaysAndNeedsNoSpare()
    {
        int[] frames = [5, 3, 1030, 1024, 99_999];
        FrameSort.ByBlock(frames, [], blockOrder: 9);
        Assert.Equal([5, 3, 1030, 1024, 99_999], frames);
    }
}
