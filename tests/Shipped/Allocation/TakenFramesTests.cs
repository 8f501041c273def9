using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Tests.Allocation;

public class TakenFramesTests
{
    private const int Block = 512;

    private static readonly TaskId s_task = new(0);

    [Fact]
    public void TheHighestFreeFramesOfTheBlockAreTaken()
    {
        using AllocatorRig rig = new(Block * 2);
        Pfn low = rig.Take();
        rig.Allocator.DrainAll(s_task);
        int block = low.Value / Block;

        TakenFrames taken = rig.Allocator.TakeFree(s_task, block, most: 3);

        int end = (block + 1) * Block;
        Assert.Equal(3, taken.Count);
        Assert.Equal(end - 1, taken.Highest.Value);
        Assert.Equal(end - 2, taken.WithoutHighest.Highest.Value);
        Assert.False(rig.Allocator.IsFreeAtRest(taken.Highest));
        Assert.Equal((2 * Block) - 4, rig.Allocator.FreeFramesAtRest());
        rig.Allocator.GiveFree(s_task, taken);
        rig.AssertSound(live: 1);
    }

    [Fact]
    public void TakingUntilNoneGetsEveryFreeFrameOnce()
    {
        using AllocatorRig rig = new(Block * 2);
        Pfn low = rig.Take();
        rig.Allocator.DrainAll(s_task);
        HashSet<int> frames = [];
        for (TakenFrames taken = TakeSeven(); taken.Count != 0; taken = TakeSeven())
        {
            for (; taken.Count != 0; taken = taken.WithoutHighest) { Assert.True(frames.Add(taken.Highest.Value)); }
        }
        Assert.Equal(Block - 1, frames.Count);
        Assert.DoesNotContain(low.Value, frames);
        foreach (int pfn in frames) { rig.Allocator.GiveFree(s_task, new Pfn(pfn)); }
        rig.AssertSound(live: 1);

        TakenFrames TakeSeven() => rig.Allocator.TakeFree(s_task, low.Value / Block, most: 7);
    }

    [Fact]
    public void BlocksThatAreWholeIsolatedOrOfAnotherTypeGiveNothing()
    {
        using AllocatorRig rig = new(Block * 8);
        Assert.Equal(0, rig.Allocator.TakeFree(s_task, 0, 1).Count);
        TakenFrames even = rig.Allocator.TakeFree(s_task, 0, 1, evenWhole: true);
        Assert.Equal(1, even.Count);

        rig.Allocator.SetTypeAtRest(1, MigrateType.Reclaimable);
        Assert.Equal(0, rig.Allocator.TakeFree(s_task, 1, 1, evenWhole: true).Count);
        Assert.True(rig.Allocator.TryIsolateBlock(s_task, 2));
        Assert.Equal(0, rig.Allocator.TakeFree(s_task, 2, 1, evenWhole: true).Count);
        Pfn whole = rig.Take(order: 9);
        Assert.Equal(0, rig.Allocator.TakeFree(s_task, whole.Value / Block, 1, evenWhole: true).Count);
        rig.Allocator.GiveFree(s_task, even);
        rig.AssertSound(live: Block);
    }

    [Fact]
    public void AUsedFrameIsAnAllocationLikeAnyOther()
    {
        using AllocatorRig rig = new(Block * 2);
        Pfn pfn = rig.Allocator.TakeFree(s_task, 0, 1, evenWhole: true).Highest;
        Assert.False(FrameTable.IsAllocated(rig.Table.Generation(pfn)));

        Assert.True(rig.Allocator.TryUse(s_task, pfn));

        Assert.True(FrameTable.IsAllocated(rig.Table.Generation(pfn)));
        Assert.Equal(1, rig.Table.Ref(pfn).CountUnsafe);
        Assert.Equal(1, rig.Events.Sum(EventCounter.PgAlloc));
        rig.AssertSound(live: 1);
        rig.Give(pfn);
        rig.AssertSound(live: 0);
    }

    [Fact]
    public void AFrameMayGoBackFromUseToTaken()
    {
        using AllocatorRig rig = new(Block * 2);
        Pfn pfn = rig.Allocator.TakeFree(s_task, 0, 1, evenWhole: true).Highest;
        Assert.True(rig.Allocator.TryUse(s_task, pfn));
        Assert.True(rig.Table.Ref(pfn).PutTestZero());

        Assert.True(rig.Allocator.TryUnuse(s_task, pfn));

        Assert.False(rig.Allocator.IsFreeAtRest(pfn));
        Assert.Equal(rig.Events.Sum(EventCounter.PgAlloc), rig.Events.Sum(EventCounter.PgFree));
        rig.Allocator.GiveFree(s_task, pfn);
        rig.AssertSound(live: 0);
    }

    [Fact]
    public void ATakenFrameThatSomebodyWroteToIsLeaked()
    {
        using AllocatorRig rig = new(Block * 2);
        Pfn pfn = rig.Allocator.TakeFree(s_task, 0, 1, evenWhole: true).Highest;
        rig.Table.Flags(pfn).Set(PageFlags.Dirty);
        Assert.False(rig.Allocator.TryUse(s_task, pfn));
        Assert.Equal(1, rig.Allocator.LeakedFramesAtRest());
    }

    [Fact]
    public void GivingAFrameBackTwiceIsFound()
    {
        using AllocatorRig rig = new(Block * 2);
        TakenFrames taken = rig.Allocator.TakeFree(s_task, 0, 1, evenWhole: true);
        rig.Allocator.GiveFree(s_task, taken);
        BugException e = Assert.Throws<BugException>(() => rig.Allocator.GiveFree(s_task, taken));
        Assert.Equal(ViolationKind.DoubleFree, e.Kind);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(5, true)]
    [InlineData(6, false)]
    [InlineData(9, false)]
    [InlineData(10, false)]
    public void AFreeGroupOfTheBlockIsSeenWhenThereIsOne(int order, bool expected)
    {
        using AllocatorRig rig = new(Block * 2, free: false);
        rig.Allocator.FreeRangeAtRest(new Pfn(64 + 32), 32 + 16);
        Assert.Equal(expected, rig.Allocator.HasFree(0, order, MigrateType.Movable));
        Assert.False(rig.Allocator.HasFree(0, order, MigrateType.Unmovable));
        rig.Allocator.FreeRangeAtRest(new Pfn(256), 256);
        Assert.True(rig.Allocator.HasFree(0, 8, MigrateType.Movable));
        rig.Allocator.FreeRangeAtRest(new Pfn(Block), Block);
        Assert.False(rig.Allocator.HasFree(1, 10, MigrateType.Movable));
        long[] counts = new long[rig.Allocator.MaxOrder + 1];
        rig.Allocator.CountFree(0, rig.Allocator.Blocks, counts);
        Assert.Equal(rig.PerOrder(), counts);
    }

    [Fact]
    public void TakingBesideAllocationAndFreeLosesNothing()
    {
        const int Frames = 1024;
        using AllocatorRig rig = new(Frames, cpus: 2, tasks: 3, new AllocatorOptions { BlockOrder = 5, RowOrder = 3, BlocksPerTree = 4, ListCapacity = 4 });
        AllocatorRig.Run(3, task =>
        {
            XorShift random = new(77 + (ulong)task.Value);
            Queue<Pfn> held = [];
            for (int i = 0; i < 40_000; i++)
            {
                if (task.Value == 2)
                {
                    TakenFrames taken = rig.Allocator.TakeFree(task, random.Below(rig.Allocator.Blocks), 1 + random.Below(8), evenWhole: random.Below(2) == 0);
                    if (taken.Count != 0 && rig.Allocator.TryUse(task, taken.Highest))
                    {
                        held.Enqueue(taken.Highest);
                        taken = taken.WithoutHighest;
                    }
                    rig.Allocator.GiveFree(task, taken);
                }
                else if (rig.Take(task: task.Value) is { IsNone: false } pfn) { held.Enqueue(pfn); }
                while (held.Count > random.Below(300)) { rig.Give(held.Dequeue(), task: task.Value); }
            }
            while (held.TryDequeue(out Pfn pfn)) { rig.Give(pfn, task: task.Value); }
        });
        rig.AssertSound(live: 0);
        Assert.Equal(Frames, rig.TakeAll().Count);
    }
}
