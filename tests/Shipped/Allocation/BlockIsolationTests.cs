using MemCore.Allocation;
using MemCore.Primitives;

namespace MemCore.Tests.Allocation;

public class BlockIsolationTests
{
    private const int Block = 512;

    private static readonly TaskId s_task = new(0);

    [Fact]
    public void AnIsolatedBlockGivesNothingAndKeepsItsType()
    {
        using AllocatorRig rig = new(Block * 4);
        rig.Allocator.SetTypeAtRest(2, MigrateType.Reclaimable);
        Assert.True(rig.Allocator.TryIsolateBlock(s_task, 2));
        Assert.False(rig.Allocator.TryIsolateBlock(s_task, 2));
        Assert.True(rig.Allocator.IsIsolated(2));
        Assert.Equal(MigrateType.Reclaimable, rig.Allocator.TypeOf(2));
        foreach (MigrateType type in Enum.GetValues<MigrateType>())
        {
            for (int order = rig.Allocator.MaxOrder; order >= 0; order--)
            {
                Assert.All(rig.TakeAll(order, type), pfn => Assert.NotEqual(2, pfn.Value / Block));
            }
        }
        rig.AssertSound(live: Block * 3);
        rig.Allocator.UnisolateBlock(s_task, 2);
        Assert.Equal(Block, rig.TakeAll(type: MigrateType.Reclaimable).Count);
    }

    [Fact]
    public void AfterIsolationAndDrainNoFrameOfTheBlockIsInAList()
    {
        using AllocatorRig rig = new(Block * 4, cpus: 2, tasks: 2);
        List<Pfn> taken = [.. rig.TakeAll(task: 0)];
        taken.ForEach(pfn => rig.Give(pfn, task: pfn.Value & 1));
        Pfn kept = rig.Take(task: 1);
        int block = kept.Value / Block;
        Assert.True(rig.Allocator.TryIsolateBlock(s_task, block));
        rig.Allocator.DrainAll(s_task);
        rig.Give(kept, task: 1);
        for (int i = 0; i < Block; i++) { Assert.False(rig.Allocator.IsListedAtRest(new Pfn((block * Block) + i))); }
        Assert.Equal(Block, rig.Allocator.FreeInBlock(block));
        Assert.Equal(1, rig.Events.Sum(EventCounter.IsolatedFree));
        rig.AssertSound(live: 0);
    }

    [Fact]
    public void FreesIntoAnIsolatedBlockCountWhenItReturns()
    {
        using AllocatorRig rig = new(Block * 2);
        List<Pfn> taken = rig.TakeAll();
        Assert.True(rig.Allocator.TryIsolateBlock(s_task, 0));
        foreach (Pfn pfn in taken.Where(p => p.Value / Block == 0)) { rig.Give(pfn); }
        Assert.True(rig.Take().IsNone);
        rig.AssertSound(live: Block);
        rig.Allocator.UnisolateBlock(s_task, 0);
        rig.AssertSound(live: Block);
        Assert.Equal(0, rig.Take(order: 9).Value);
    }

    [Fact]
    public void AWholeBlockMayBeIsolatedWhileItIsTaken()
    {
        using AllocatorRig rig = new(Block * 2);
        Pfn head = rig.Take(order: 10);
        Assert.True(rig.Allocator.TryIsolateBlock(s_task, 1));
        rig.Give(head, order: 10);
        rig.AssertSound(live: 0);
        Assert.Equal(0, rig.Take(order: 9).Value);
        Assert.True(rig.Take(order: 9).IsNone);
        Assert.Equal(1, rig.PerOrder()[9]);
        Assert.Equal(0, rig.PerOrder(MigrateType.Movable)[9]);
    }
}
