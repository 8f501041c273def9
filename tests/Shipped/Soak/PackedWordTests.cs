using MemCore.Frames;
using MemCore.Lab.Soak;
using MemCore.Primitives;

namespace MemCore.Tests.Soak;

public class PackedWordTests
{
    [Theory]
    [InlineData(0, 0, false, false, 0u)]
    [InlineData(6_553_599, 10, true, true, 0xff_ffffu)]
    [InlineData((1 << 28) - 1, 9, false, true, 77u)]
    public void AHeldBlockGivesBackWhatWasPutIn(int pfn, int order, bool plain, bool stamped, uint version)
    {
        HeldBlock block = HeldBlock.Of(new Pfn(pfn), order, plain, stamped, version);

        Assert.NotEqual(0, block.Raw);
        Assert.Equal(pfn, block.Pfn.Value);
        Assert.Equal(order, block.Order);
        Assert.Equal(plain, block.IsPlain);
        Assert.Equal(stamped, block.IsStamped);
        Assert.Equal(version, block.Version);
    }

    [Theory]
    [InlineData(0, 1u, 0)]
    [InlineData((1 << 28) - 1, uint.MaxValue, 15)]
    [InlineData(4096, 0x8000_0001u, 7)]
    public void ASlotNamesFolioLifeAndMaker(int pfn, uint generation, int maker)
    {
        FolioHandle handle = new(new Pfn(pfn), generation);
        long word = RefSlots.Pack(handle, new TaskId(maker));

        Assert.Equal(handle, RefSlots.HandleOf(word));
        Assert.True(RefSlots.IsMadeBy(word, new TaskId(maker)));
        Assert.False(RefSlots.IsMadeBy(word, new TaskId((maker + 1) % 16)));
    }
}
