using System.Runtime.InteropServices;
using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Tests.Allocation;

public class FrameBatchTests
{
    private const int Block = 512;
    private const int Tree = 8 * Block;

    private static readonly TaskId s_task = new(0);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(4096)]
    [InlineData(10_000)]
    public void ABatchLeavesWhatSingleFreesLeave(int size)
    {
        using AllocatorRig singles = new(4 * Tree);
        using AllocatorRig batches = new(4 * Tree);
        foreach (AllocatorRig rig in (AllocatorRig[])[singles, batches])
        {
            rig.Allocator.SetTypeAtRest(3, MigrateType.Unmovable);
            rig.Allocator.SetTypeAtRest(17, MigrateType.Reclaimable);
        }
        foreach (Pfn pfn in TakeShuffled(singles, size)) { singles.Give(pfn); }
        singles.Allocator.DrainAll(s_task);
        batches.Allocator.PutBatch(s_task, TakeShuffled(batches, size));
        batches.Allocator.DrainAll(s_task);
        for (int block = 0; block < singles.Allocator.Blocks; block++) { Assert.Equal(singles.Allocator.FreeInBlock(block), batches.Allocator.FreeInBlock(block)); }
        Assert.Equal(singles.PerOrder(), batches.PerOrder());
        Assert.Equal(singles.PerOrder(MigrateType.Reclaimable), batches.PerOrder(MigrateType.Reclaimable));
        Assert.Equal(size, batches.Events.Sum(EventCounter.PgFree));
        batches.AssertSound(live: batches.Frames - size);
    }

    [Fact]
    public void FramesInOrderComeBackAsWholeBlocks()
    {
        using AllocatorRig rig = new(4 * Tree);
        rig.Allocator.PutBatch(s_task, CollectionsMarshal.AsSpan(rig.TakeAll()));
        rig.AssertSound(live: 0);
        Assert.Equal(2 * Tree / Block, rig.PerOrder()[rig.Allocator.MaxOrder]);
    }

    [Fact]
    public void AnEmptyBatchIsNothing()
    {
        using AllocatorRig rig = new(Block);
        rig.Allocator.FreeBatch(s_task, []);
        rig.Allocator.PutBatch(s_task, []);
        rig.AssertSound(live: 0);
    }

    [Fact]
    public void AFrameThatSomebodyElseHoldsStaysWithHim()
    {
        using AllocatorRig rig = new(Tree);
        Pfn[] frames = TakeShuffled(rig, 64);
        rig.Table.Ref(frames[5]).Get();
        rig.Table.Ref(frames[60]).Get();
        rig.Allocator.PutBatch(s_task, frames);
        Assert.Equal(62, rig.Events.Sum(EventCounter.PgFree));
        rig.AssertSound(live: Tree - 62);
        rig.Give(frames[5]);
        rig.Give(frames[60]);
        rig.AssertSound(live: Tree - 64);
    }

    [Fact]
    public void ABadFrameInABatchIsReportedAndLeaksAlone()
    {
        using AllocatorRig rig = new(Tree);
        List<BadPage> heard = [];
        rig.Allocator.OnBadPage = heard.Add;
        Pfn[] frames = TakeShuffled(rig, 200);
        rig.Table.Flags(frames[3]).Set(PageFlags.Lru);
        rig.Table.Map(frames[77]).Add();
        rig.Table.Flags(frames[199]).Set(PageFlags.HwPoison);
        rig.Allocator.PutBatch(s_task, frames);
        Assert.Equal([frames[3], frames[77]], rig.Allocator.BadPages.Select(page => page.Pfn).OrderBy(pfn => Array.IndexOf(frames, pfn)));
        Assert.Equal(2, heard.Count);
        Assert.Equal(3, rig.Allocator.LeakedFramesAtRest());
        Assert.Equal(200, rig.Events.Sum(EventCounter.PgFree));
        rig.AssertSound(live: Tree - 200);
    }

    [Fact]
    public void WhatAnOwnerMayLeaveBehindIsWiped()
    {
        using AllocatorRig rig = new(Tree);
        Pfn[] frames = TakeShuffled(rig, 32);
        rig.Table.Flags(frames[1]).Set(PageFlags.Dirty | PageFlags.Referenced | PageFlags.Mlocked);
        rig.Table.SetPrivateLocked(frames[1], 77);
        rig.Table.Mapping(frames[2]).SetLocked(MappingWord.Make(9, MappingTag.Anon));
        rig.Table.Map(frames[3]).SetType(PageType.Table);
        rig.Allocator.PutBatch(s_task, frames);
        Assert.Empty(rig.Allocator.BadPages);
        Assert.Equal(PageFlags.None, rig.Table.Flags(frames[1]).Read());
        Assert.Equal(0, rig.Table.PrivateLocked(frames[1]));
        Assert.Equal(0, rig.Table.Mapping(frames[2]).Raw);
        Assert.True(rig.Table.Map(frames[3]).IsIdle);
        rig.AssertSound(live: Tree - 32);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3000)]
    public void AFrameThatIsTwiceInABatchIsADoubleFreeAndTheOthersAreFree(int distance)
    {
        using AllocatorRig rig = new(2 * Tree);
        Pfn[] frames = TakeShuffled(rig, 4000);
        Pfn[] twice = [.. frames[..(100 + distance)], frames[100], .. frames[(100 + distance)..]];
        foreach (Pfn pfn in frames) { rig.Table.Ref(pfn).Publish(0); }
        BugException e = Assert.Throws<BugException>(() => rig.Allocator.FreeBatch(s_task, twice));
        Assert.Equal(ViolationKind.DoubleFree, e.Kind);
        rig.AssertSound(live: (2 * Tree) - 4000);
    }

    [Fact]
    public void AFreeFrameInABatchIsADoubleFree()
    {
        using AllocatorRig rig = new(Tree);
        Pfn[] frames = TakeShuffled(rig, 20);
        foreach (Pfn pfn in frames) { rig.Give(pfn); }
        Assert.Equal(ViolationKind.DoubleFree, Assert.Throws<BugException>(() => rig.Allocator.FreeBatch(s_task, frames)).Kind);
        rig.AssertSound(live: Tree - 20);
    }

    [Fact]
    public void FramesOfAnIsolatedBlockArriveThereAndAreNotHandedOut()
    {
        using AllocatorRig rig = new(2 * Tree);
        Pfn[] frames = TakeShuffled(rig, 2 * Tree);
        Assert.True(rig.Allocator.TryIsolateBlock(s_task, 5));
        Assert.True(rig.Allocator.TryIsolateBlock(s_task, 8));
        rig.Allocator.PutBatch(s_task, frames);
        Assert.Equal(2 * Block, rig.Events.Sum(EventCounter.IsolatedFree));
        Assert.Equal(Block, rig.Allocator.FreeInBlock(5));
        Assert.DoesNotContain(rig.TakeAll(), pfn => pfn.Value / Block is 5 or 8);
        rig.AssertSound(live: (2 * Tree) - (2 * Block));
        rig.Allocator.UnisolateBlock(s_task, 5);
        rig.AssertSound(live: (2 * Tree) - (2 * Block));
        Assert.Equal(Block, rig.TakeAll().Count);
    }

    [Fact]
    public void FramesOfAnotherCpusTreesAreCountedAsRemote()
    {
        using AllocatorRig rig = new(4 * Tree, cpus: 2, tasks: 2);
        Pfn[] frames = [.. Enumerable.Range(0, Block).Select(_ => rig.Take(task: 1))];
        rig.Allocator.PutBatch(s_task, frames);
        Assert.Equal(Block, rig.Events.Sum(EventCounter.RemoteFree));
        rig.AssertSound(live: 0);
    }

    [Theory]
    [InlineData(9, 6)]
    [InlineData(6, 3)]
    [InlineData(1, 0)]
    public void BatchesBesideAllocationsAndIsolationsLoseNothing(int blockOrder, int rowOrder)
    {
        const int Frames = 8192;
        const int Rounds = 60;
        using AllocatorRig rig = new(Frames, cpus: 2, tasks: 4, new AllocatorOptions { BlockOrder = blockOrder, RowOrder = rowOrder, BlocksPerTree = 4 });
        int running = 3;
        AllocatorRig.Run(4, task =>
        {
            if (task.Value == 3)
            {
                for (int round = 0; Volatile.Read(ref running) > 0; round++)
                {
                    int block = round % rig.Allocator.Blocks;
                    Assert.True(rig.Allocator.TryIsolateBlock(task, block));
                    rig.Allocator.UnisolateBlock(task, block);
                }
                return;
            }
            XorShift random = new((ulong)task.Value + 1);
            for (int round = 0; round < Rounds; round++)
            {
                List<Pfn> frames = [];
                for (int count = random.Below(2000); count >= 0 && rig.Take(task: task.Value) is { IsNone: false } pfn; count--) { frames.Add(pfn); }
                Span<Pfn> all = CollectionsMarshal.AsSpan(frames);
                for (int i = all.Length - 1; i > 0; i--)
                {
                    int pick = random.Below(i + 1);
                    (all[i], all[pick]) = (all[pick], all[i]);
                }
                int first = random.Below(all.Length + 1);
                rig.Allocator.PutBatch(task, all[..first]);
                rig.Allocator.PutBatch(task, all[first..]);
            }
            Interlocked.Decrement(ref running);
        });
        rig.AssertSound(live: 0);
    }

    [Fact]
    public void ABatchAllocatesNothing()
    {
        using AllocatorRig rig = new(4 * Tree);
        Pfn[] frames = TakeShuffled(rig, 3 * Tree);
        rig.Allocator.PutBatch(s_task, frames.AsSpan(0, Tree));
        long before = GC.GetAllocatedBytesForCurrentThread();
        rig.Allocator.PutBatch(s_task, frames.AsSpan(Tree));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    // Takes everything, so that each machine of a test is left with the same frames, and hands out some of them in an order that never changes.
    private static Pfn[] TakeShuffled(AllocatorRig rig, int count)
    {
        Pfn[] frames = [.. rig.TakeAll().OrderBy(pfn => pfn.Value)];
        XorShift random = new(7);
        for (int i = frames.Length - 1; i > 0; i--)
        {
            int pick = random.Below(i + 1);
            (frames[i], frames[pick]) = (frames[pick], frames[i]);
        }
        return frames[..count];
    }
}
