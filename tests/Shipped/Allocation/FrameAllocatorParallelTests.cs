using MemCore.Allocation;
using MemCore.Primitives;

namespace MemCore.Tests.Allocation;

/// <summary>Random work on real threads; at the end every frame is accounted for. The seed of each run is in the failure's text.</summary>
public class FrameAllocatorParallelTests
{
    public static TheoryData<int, int, int, int> Machines => new()
    {
        // CPUs, tasks, frames, block order.
        { 1, 1, 8192, 9 },
        { 2, 2, 8192, 9 },
        { 2, 2, 256, 3 },
        { 1, 3, 512, 4 },
        { 2, 5, 4096, 7 },
        { 4, 4, 600, 9 },
    };

    [Theory]
    [MemberData(nameof(Machines))]
    public void EveryFrameHasOneOwnerWhateverTheTasksDo(int cpus, int tasks, int frames, int blockOrder)
    {
        for (ulong seed = 1; seed <= 3; seed++)
        {
            using AllocatorRig rig = new(frames, cpus, tasks, new AllocatorOptions { BlockOrder = blockOrder, BlocksPerTree = 4 });
            List<(Pfn Head, int Order)>[] held = new List<(Pfn, int)>[tasks];
            ulong runSeed = seed;
            AllocatorRig.Run(tasks, task => held[task.Value] = Churn(rig, task, runSeed, operations: 20_000));
            long live = held.Sum(own => own.Sum(block => 1L << block.Order));
            rig.AssertSound(live);
            foreach ((Pfn head, int order) in held.SelectMany(own => own)) { rig.Give(head, order); }
            rig.AssertSound(live: 0);
            Assert.Equal(frames, frames >> blockOrder << blockOrder == frames ? rig.TakeAll().Count : frames);
        }
    }

    [Fact]
    public void FramesAllocatedByOneCpuAreFreedByAnother()
    {
        const int Frames = 1 << 14;
        using AllocatorRig rig = new(Frames, cpus: 2, tasks: 2);
        int[] ring = new int[1024];
        Array.Fill(ring, -1);
        AllocatorRig.Run(2, task =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                ref int slot = ref ring[i & 1023];
                if (task.Value == 0)
                {
                    while (Volatile.Read(ref slot) >= 0) { Thread.Yield(); }
                    Pfn pfn = rig.Take(task: 0);
                    Assert.False(pfn.IsNone);
                    Volatile.Write(ref slot, pfn.Value);
                }
                else
                {
                    int pfn;
                    while ((pfn = Volatile.Read(ref slot)) < 0) { Thread.Yield(); }
                    Volatile.Write(ref slot, -1);
                    rig.Give(new Pfn(pfn), task: 1);
                }
            }
        });
        rig.AssertSound(live: 0);
        Assert.True(rig.Events.Sum(EventCounter.RemoteFree) > 0);
    }

    [Fact]
    public void IsolationAndDrainHoldWhileOthersAllocateAndFree()
    {
        const int Frames = 4096;
        using AllocatorRig rig = new(Frames, cpus: 2, tasks: 3, new AllocatorOptions { BlockOrder = 6, BlocksPerTree = 4 });
        int running = 2;
        AllocatorRig.Run(3, task =>
        {
            if (task.Value < 2)
            {
                List<(Pfn Head, int Order)> held = Churn(rig, task, seed: 11, operations: 60_000);
                held.ForEach(block => rig.Give(block.Head, block.Order, task.Value));
                Interlocked.Decrement(ref running);
                return;
            }
            for (int round = 0; Volatile.Read(ref running) > 0; round++)
            {
                int block = round % rig.Allocator.Blocks;
                Assert.True(rig.Allocator.TryIsolateBlock(task, block));
                rig.Allocator.DrainAll(task);
                int free = rig.Allocator.FreeInBlock(block);
                for (int i = 0; i < 50; i++)
                {
                    // Rights taken before the isolation may still come back; allocations may not go out.
                    int now = rig.Allocator.FreeInBlock(block);
                    Assert.True(now >= free, $"round {round}: an isolated block lost frames");
                    free = now;
                }
                rig.Allocator.UnisolateBlock(task, block);
            }
        });
        rig.AssertSound(live: 0);
        Assert.Equal(Frames, rig.TakeAll().Count);
    }

    [Fact]
    public void TasksMovedBetweenCpusLoseNothing()
    {
        const int Frames = 4096;
        using AllocatorRig rig = new(Frames, cpus: 2, tasks: 3);
        int running = 2;
        AllocatorRig.Run(3, task =>
        {
            if (task.Value < 2)
            {
                Churn(rig, task, seed: 5, operations: 30_000).ForEach(block => rig.Give(block.Head, block.Order, task.Value));
                Interlocked.Decrement(ref running);
                return;
            }
            for (int i = 0; Volatile.Read(ref running) > 0; i++)
            {
                rig.Cpus.Move(task, new TaskId(i & 1), new CpuId((i >> 1) & 1));
            }
        });
        rig.AssertSound(live: 0);
    }

    private static List<(Pfn Head, int Order)> Churn(AllocatorRig rig, TaskId task, ulong seed, int operations)
    {
        XorShift random = new((seed * 1000) + (ulong)task.Value + 1);
        List<(Pfn Head, int Order)> held = [];
        for (int i = 0; i < operations; i++)
        {
            bool grow = random.Below(100) < (i / 500 % 2 == 0 ? 65 : 35);
            if (grow)
            {
                int order = random.Below(4) != 0 ? 0 : random.Below(rig.Allocator.MaxOrder + 1);
                Pfn head = rig.Take(order, (MigrateType)random.Below(4), task.Value);
                if (head.IsNone) { continue; }
                Assert.True(rig.Table.Ref(head).CountUnsafe == 1, $"seed {seed}: a fresh frame has another reference");
                held.Add((head, order));
            }
            else if (held.Count > 0)
            {
                int pick = random.Below(held.Count);
                (Pfn head, int order) = held[pick];
                held[pick] = held[^1];
                held.RemoveAt(held.Count - 1);
                rig.Give(head, order, task.Value);
            }
        }
        return held;
    }
}
