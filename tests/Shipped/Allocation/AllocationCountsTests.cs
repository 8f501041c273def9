using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Tests.Allocation;

/// <summary>Frames are counted by the row, where they come to a CPU's list and go from it, and the sums are exact at rest all the same.</summary>
public sealed class AllocationCountsTests
{
    private const int Block = 512;
    private const int Tasks = 3;
    private const int Steps = 20_000;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 2)]
    [InlineData(64, 3)]
    public void WhatWasAllocatedAndFreedIsCountedOnceWhateverWayItWent(int listCapacity, ulong seed)
    {
        // Few frames, so that memory is exhausted and lists are drained for who needs them; more tasks than CPUs, so that owners change.
        using AllocatorRig rig = new(Block * 2, cpus: 2, Tasks, new AllocatorOptions { ListCapacity = listCapacity });
        XorShift random = new(seed);
        List<(Pfn Head, int Order)> live = [];
        long allocated = 0, freed = 0;
        for (int step = 0; step < Steps; step++)
        {
            int task = random.Below(16) == 0 ? random.Below(Tasks) : step >> 9 & 1;
            int order = random.Below(64) == 0 ? 9 : random.Below(16) == 0 ? 3 : 0;
            bool full = live.Count > Block;
            if (random.Below(8) < (full ? 2 : 5))
            {
                Pfn head = rig.Take(order, task: task);
                if (head.IsNone) { continue; }
                live.Add((head, order));
                allocated += 1 << order;
            }
            else if (live.Count != 0)
            {
                int pick = random.Below(live.Count);
                rig.Give(live[pick].Head, live[pick].Order, task);
                freed += 1 << live[pick].Order;
                live[pick] = live[^1];
                live.RemoveAt(live.Count - 1);
            }
            if (random.Below(500) == 0) { rig.Allocator.DrainAll(new TaskId(task)); }
            if (step % 100 == 0) { Compare(); }
        }
        Compare();
        Assert.True(rig.Events.Sum(EventCounter.AllocExhausted) > 0);

        void Compare() => Assert.Equal((allocated, freed), (rig.Events.Sum(EventCounter.PgAlloc), rig.Events.Sum(EventCounter.PgFree)));
    }

    [Fact]
    public void AFrameThatIsLeakedInsteadOfHandedOutIsNotCounted()
    {
        using AllocatorRig rig = new(Block);
        Pfn pfn = rig.Take();
        rig.Give(pfn);
        rig.Allocator.DrainAll(new TaskId(0));
        rig.Table.Flags(pfn).Set(PageFlags.Locked);
        Assert.Equal(Block - 1, rig.TakeAll().Count);
        Assert.Equal(Block, rig.Events.Sum(EventCounter.PgAlloc));
    }

    [Fact]
    public void AFrameThatIsLeakedInsteadOfFreedIsCounted()
    {
        using AllocatorRig rig = new(Block);
        Pfn pfn = rig.Take();
        rig.Table.Flags(pfn).Set(PageFlags.Locked);
        rig.Give(pfn);
        Assert.Equal(1, rig.Allocator.LeakedFramesAtRest());
        Assert.Equal((1, 1), (rig.Events.Sum(EventCounter.PgAlloc), rig.Events.Sum(EventCounter.PgFree)));
    }
}
