using MemCore.Allocation;
using MemCore.Primitives;

namespace MemCore.Tests.Allocation;

public class FrameAllocatorTypeTests
{
    private const int Block = 512;

    [Fact]
    public void ATypeIsServedFromItsOwnBlocksWhileTheyHaveFrames()
    {
        using AllocatorRig rig = new(Block * 16);
        rig.Allocator.SetTypeAtRest(3, MigrateType.Unmovable);
        rig.Allocator.SetTypeAtRest(9, MigrateType.Reclaimable);
        for (int i = 0; i < Block; i++)
        {
            Assert.Equal(3, rig.Take(type: MigrateType.Unmovable).Value / Block);
            Assert.Equal(9, rig.Take(type: MigrateType.Reclaimable).Value / Block);
        }
        rig.AssertSound(live: 2 * Block);
    }

    [Fact]
    public void ALargelyFreeBlockOfAnotherTypeIsClaimed()
    {
        using AllocatorRig rig = new(Block * 16);
        Pfn pfn = rig.Take(type: MigrateType.Unmovable);
        Assert.Equal(MigrateType.Unmovable, rig.Allocator.TypeOf(pfn.Value / Block));
        Assert.Equal(1, rig.Events.Sum(EventCounter.BlockClaimed));

        // The next ones come from the block that was claimed.
        for (int i = 1; i < Block; i++) { Assert.Equal(pfn.Value / Block, rig.Take(type: MigrateType.Unmovable).Value / Block); }
        Assert.Equal(1, rig.Events.Sum(EventCounter.BlockClaimed));
        rig.AssertSound(live: Block);
    }

    [Fact]
    public void FallbackFollowsTheKernelsOrder()
    {
        using AllocatorRig rig = new(Block * 16);
        rig.Allocator.SetTypeAtRest(5, MigrateType.Reclaimable);
        Assert.Equal(5, rig.Take(type: MigrateType.Unmovable).Value / Block);
        Assert.Equal(MigrateType.Unmovable, rig.Allocator.TypeOf(5));
    }

    [Fact]
    public void ABlockThatIsMostlyTakenKeepsItsTypeWhenAPieceIsStolen()
    {
        using AllocatorRig rig = new(Block * 2, free: false);
        rig.Allocator.FreeRangeAtRest(new Pfn(0), 100);
        List<Pfn> stolen = rig.TakeAll(type: MigrateType.Unmovable);
        Assert.Equal(100, stolen.Count);
        Assert.Equal(MigrateType.Movable, rig.Allocator.TypeOf(0));
        stolen.ForEach(pfn => rig.Give(pfn));

        // Back they go to the type that the block has now.
        rig.Allocator.DrainAll(new TaskId(0));
        Assert.Equal(0, rig.PerOrder(MigrateType.Unmovable).Sum());
        Assert.Equal(100, rig.TakeAll().Count);
    }

    [Fact]
    public void TheReserveServesOnlyItsOwnTypeAndMayUseTheOthers()
    {
        using AllocatorRig rig = new(Block * 2);
        rig.Allocator.SetTypeAtRest(0, MigrateType.HighAtomic);
        Assert.Equal(Block, rig.TakeAll(type: MigrateType.Movable).Count);
        Assert.True(rig.Take(order: 9, type: MigrateType.Unmovable).IsNone);
        Assert.Equal(Block, rig.TakeAll(type: MigrateType.HighAtomic).Count);
        rig.AssertSound(live: Block * 2);
    }

    [Fact]
    public void TheReserveIsUsedUpBeforeOtherTypesServeIt()
    {
        using AllocatorRig rig = new(Block * 2);
        rig.Allocator.SetTypeAtRest(0, MigrateType.HighAtomic);
        List<Pfn> taken = rig.TakeAll(type: MigrateType.HighAtomic);
        Assert.Equal(Block * 2, taken.Count);
        Assert.All(taken.Take(Block), pfn => Assert.Equal(0, pfn.Value / Block));
        Assert.Equal(MigrateType.Movable, rig.Allocator.TypeOf(1));
    }

    [Theory]
    [InlineData(9, 2)]
    [InlineData(10, 1)]
    public void WholeBlocksOfOtherTypesAreTakenAndRetyped(int order, int count)
    {
        using AllocatorRig rig = new(Block * 2);
        rig.Allocator.SetTypeAtRest(1, MigrateType.Unmovable);
        List<Pfn> taken = rig.TakeAll(order, MigrateType.Reclaimable);
        Assert.Equal(count, taken.Count);
        Assert.Equal(MigrateType.Reclaimable, rig.Allocator.TypeOf(0));
        Assert.Equal(MigrateType.Reclaimable, rig.Allocator.TypeOf(1));
        Assert.Equal(2, rig.Events.Sum(EventCounter.BlockClaimed));
        taken.ForEach(head => rig.Give(head, order));
        rig.AssertSound(live: 0);
    }
}
