using MemCore.Reclaim;

namespace MemCore.Tests.Reclaim;

public class ZoneFreeTests
{
    [Fact]
    public void ABlockOfTheOrderMeansThatNothingStandsInTheWay()
    {
        ZoneFree free = ZoneFree.Of([10, 0, 0, 1], order: 2);
        Assert.Equal(new ZoneFree(18, 11, 2, 2), free);
        Assert.Equal(-1000, free.FragmentationIndex);
        Assert.Equal(55, free.ExternalFragmentation);
    }

    [Fact]
    public void WithNothingFreeBothAreZero()
    {
        ZoneFree free = ZoneFree.Of([0, 0, 0, 0], order: 2);
        Assert.Equal(0, free.FragmentationIndex);
        Assert.Equal(0, free.ExternalFragmentation);
    }

    [Theory]
    [InlineData(1000, 9, 998)] // A thousand single frames would make almost two blocks of 512.
    [InlineData(1000, 3, 875)]
    [InlineData(2, 9, 499)]
    public void ManySmallBlocksAreFragmentationFewAreShortage(long singles, int order, int index)
    {
        long[] counts = new long[11];
        counts[0] = singles;
        ZoneFree free = ZoneFree.Of(counts, order);
        Assert.InRange(free.FragmentationIndex, index - 2, index + 2);
        Assert.Equal(100, free.ExternalFragmentation);
    }
}
