using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Tests.Allocation;

public class FrameAllocatorTests
{
    public static TheoryData<int, int> Shapes => new() { { 9, 8 }, { 9, 2 }, { 8, 4 }, { 7, 8 }, { 6, 8 }, { 3, 2 }, { 2, 4 }, { 1, 2 } };

    [Fact]
    public void AFreshFrameIsAliveWithOneReferenceAndNoFlags()
    {
        using AllocatorRig rig = new(4096);
        Pfn pfn = rig.Take();
        Assert.True(FrameTable.IsAllocated(rig.Table.Generation(pfn)));
        Assert.Equal(1, rig.Table.Ref(pfn).CountUnsafe);
        Assert.Equal(PageFlags.None, rig.Table.Flags(pfn).Read());
        rig.AssertSound(live: 1);
    }

    [Fact]
    public void NothingIsFreeBeforeFramesAreGivenToTheAllocator()
    {
        using AllocatorRig rig = new(4096, free: false);
        Assert.True(rig.Take().IsNone);
        rig.Allocator.FreeRangeAtRest(new Pfn(100), 7);
        Assert.Equal(Enumerable.Range(100, 7), rig.TakeAll().Select(p => p.Value).Order());
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void EachOrderCanUseEveryFrame(int blockOrder, int blocksPerTree)
    {
        int frames = 1 << (blockOrder + 4);
        using AllocatorRig rig = new(frames, options: new AllocatorOptions { BlockOrder = blockOrder, BlocksPerTree = blocksPerTree });
        for (int order = 0; order <= rig.Allocator.MaxOrder; order++)
        {
            List<Pfn> taken = rig.TakeAll(order);
            Assert.Equal(frames >> order, taken.Distinct().Count());
            Assert.All(taken, head => Assert.Equal(0, head.Value & ((1 << order) - 1)));
            rig.AssertSound(live: frames);
            taken.ForEach(head => rig.Give(head, order));
            rig.AssertSound(live: 0);
        }
        Assert.Equal(frames >> rig.Allocator.MaxOrder, DrainedPerOrder(rig)[^1]);
    }

    [Fact]
    public void ExhaustionIsExactToTheLastFrameWhoeverAsks()
    {
        using AllocatorRig rig = new(1000, cpus: 3, tasks: 3);
        List<Pfn> taken = rig.TakeAll(task: 0);
        Assert.Equal(1000, taken.Count);

        // What one CPU keeps in its lists is not lost to the others.
        taken.ForEach(pfn => rig.Give(pfn, task: 1));
        Assert.Equal(1000, rig.TakeAll(task: 2).Count);
        Assert.Equal(2, rig.Events.Sum(EventCounter.AllocExhausted));
        rig.AssertSound(live: 1000);
    }

    [Fact]
    public void ALargeBlockIsFoundAlthoughItsFramesLieInLists()
    {
        using AllocatorRig rig = new(1024, cpus: 2, tasks: 2);
        Pfn first = rig.Take(task: 0);
        Pfn second = rig.Take(task: 1);
        rig.Give(first, task: 0);
        rig.Give(second, task: 1);
        Assert.Equal(0, rig.Take(order: 10).Value);
        rig.AssertSound(live: 1024);
    }

    [Fact]
    public void APairIsTakenOnlyAsAnAlignedPair()
    {
        using AllocatorRig rig = new(512 * 4, free: false);
        rig.Allocator.FreeRangeAtRest(new Pfn(512), 1024);
        Assert.True(rig.Take(order: 10).IsNone);
        Assert.Equal(2, rig.TakeAll(order: 9).Count);
    }

    [Fact]
    public void AWholeBlockIsAvoidedWhileAPartlyFilledOneHasFrames()
    {
        using AllocatorRig rig = new(4096);
        Pfn[] firstBlock = [.. Enumerable.Range(0, 512).Select(_ => rig.Take())];
        rig.Allocator.DrainAll(new TaskId(0));
        Assert.Equal(7, rig.Allocator.WhollyFreeBlocksAtRest());
        Array.ForEach(firstBlock[..300], pfn => rig.Give(pfn));
        rig.Allocator.DrainAll(new TaskId(0));
        for (int i = 0; i < 300; i++) { rig.Take(); }
        Assert.Equal(7, rig.Allocator.WhollyFreeBlocksAtRest());
    }

    [Fact]
    public void ASingleBlockIsTakenFromAnOddOneSoThatPairsRemain()
    {
        using AllocatorRig rig = new(4096);
        Pfn one = rig.Take(order: 9);
        Pfn two = rig.Take(order: 9);
        Assert.Equal(one.Value ^ 512, two.Value);
        Assert.Equal(3, rig.TakeAll(order: 10).Count);
    }

    [Fact]
    public void AFolioComesAsOneAndGoesAsOne()
    {
        using AllocatorRig rig = new(4096);
        TaskId task = new(0);
        Pfn head = rig.Allocator.AllocateFolio(task, 10, MigrateType.Movable);
        Assert.Equal(10, rig.Table.OrderOf(head));
        Assert.Equal(head, rig.Table.HeadOf(head + 1023));
        rig.Allocator.Put(task, head);
        Assert.Equal(0u, rig.Table.Compound(head + 5).Raw);
        rig.AssertSound(live: 0);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    public void SplitFramesAreFreedOneByOne(int order)
    {
        using AllocatorRig rig = new(4096);
        Pfn head = rig.Take(order);
        rig.Allocator.Split(new TaskId(0), head, order);
        rig.AssertSound(live: 1 << order);
        for (int i = 1; i < 1 << order; i++) { rig.Table.Ref(head + i).Publish(1); }
        for (int i = (1 << order) - 1; i >= 0; i--) { rig.Give(head + i); }
        rig.AssertSound(live: 0);
        Assert.Equal(4, DrainedPerOrder(rig)[10]);
    }

    [Fact]
    public void APartOfAWholeBlockIsNotFreedWithoutASplit()
    {
        using AllocatorRig rig = new(4096);
        Pfn head = rig.Take(order: 9);
        rig.Table.Ref(head).PutTestZero();
        BugException bug = Assert.Throws<BugException>(() => rig.Allocator.Free(new TaskId(0), head, 3));
        Assert.Contains("split it first", bug.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(9)]
    public void ASecondFreeIsADoubleFree(int order)
    {
        using AllocatorRig rig = new(4096);
        Pfn head = rig.Take(order);
        rig.Give(head, order);
        Assert.Equal(ViolationKind.DoubleFree, Assert.Throws<BugException>(() => rig.Allocator.Free(new TaskId(0), head, order)).Kind);
    }

    [Fact]
    public void FreeBlocksAreCountedByTheLargestThatHoldsThem()
    {
        using AllocatorRig rig = new(4096, free: false);
        rig.Allocator.FreeRangeAtRest(new Pfn(1), 1023);
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0], rig.PerOrder());
        rig.Allocator.FreeRangeAtRest(new Pfn(0), 1);
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], rig.PerOrder());
        rig.Allocator.SetTypeAtRest(0, MigrateType.Unmovable);
        Assert.Equal(1, rig.PerOrder(MigrateType.Unmovable)[9]);
        Assert.Equal(1, rig.PerOrder(MigrateType.Movable)[9]);
    }

    [Fact]
    public void TakenRangesAreAliveAndGoneFromTheFree()
    {
        using AllocatorRig rig = new(4096);
        rig.Allocator.TakeRangeAtRest(new Pfn(10), 1000);
        Assert.True(FrameTable.IsAllocated(rig.Table.Generation(new Pfn(1009))));
        Assert.False(rig.Allocator.IsFreeAtRest(new Pfn(1009)));
        Assert.True(rig.Allocator.IsFreeAtRest(new Pfn(1010)));
        rig.AssertSound(live: 1000);
        rig.Allocator.Free(new TaskId(0), new Pfn(10), 0);
        rig.AssertSound(live: 999);
    }

    [Fact]
    public void CountersAreRebuiltFromTheBits()
    {
        using AllocatorRig rig = new(4096);
        for (int i = 0; i < 100; i++) { rig.Take(i % 4); }
        rig.Take(order: 9);
        long free = rig.Allocator.FreeFramesAtRest();
        rig.Allocator.RecountAtRest();
        Assert.Equal(free, rig.Allocator.FreeFramesAtRest());
        rig.AssertSound(live: 4096 - free);
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(10, 8)]
    [InlineData(9, 1)]
    [InlineData(9, 6)]
    [InlineData(9, 16)]
    public void ImpossibleShapesAreRefused(int blockOrder, int blocksPerTree) =>
        Assert.Throws<ArgumentException>(() => new AllocatorRig(4096, options: new AllocatorOptions { BlockOrder = blockOrder, BlocksPerTree = blocksPerTree }));

    [Fact]
    public void ABlockHasAtMostSixtyFourRows() =>
        Assert.Throws<ArgumentException>(() => new AllocatorRig(4096, options: new AllocatorOptions { RowOrder = 2 }));

    private static long[] DrainedPerOrder(AllocatorRig rig)
    {
        rig.Allocator.DrainAll(new TaskId(0));
        return rig.PerOrder();
    }
}
