using MemCore.Allocation;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lab.Soak;
using MemCore.Primitives;

namespace MemCore.Tests.Soak;

public class BlockCensusTests
{
    private const int Block = 512;

    private static readonly TaskId s_task = new(0);

    [Fact]
    public void AFreeMachineIsAllEmptiable()
    {
        using Machine machine = Make();

        BlockCensus census = BlockCensus.Of(machine);

        Assert.Equal(4, census.Blocks);
        Assert.Equal((4, 4, 4), (census.WhollyFree, census.WithoutUnmovable, census.Emptiable));
        Assert.Equal(2, census.FreeByOrder[10]);
    }

    [Fact]
    public void PagesOfTheLruAndOfTheBalloonCanMove()
    {
        using Machine machine = Make();
        Pfn listed = machine.Allocator.AllocateFolio(s_task, 0, MigrateType.Movable);
        machine.Frames.Flags(listed).Set(PageFlags.Swapbacked);
        machine.Batches.Add(s_task, listed);
        machine.Drain.DrainLocal(s_task);
        Assert.True(machine.Balloon.Inflate(s_task));

        BlockCensus census = BlockCensus.Of(machine);

        Assert.Equal(3, census.WhollyFree);
        Assert.Equal((4, 4), (census.WithoutUnmovable, census.Emptiable));
    }

    [Fact]
    public void APageThatSomebodyHoldsIsOfTheRightKindButStays()
    {
        using Machine machine = Make();
        machine.Allocator.TakeRangeAtRest(new Pfn(Block), 1);
        machine.Frames.AtRest.Flags[Block] = (uint)PageFlags.Lru;
        machine.Frames.AtRest.RefCount[Block] = 1;
        machine.Frames.AtRest.HostRefs[Block] = 1;

        BlockCensus census = BlockCensus.Of(machine);

        Assert.Equal((3, 4, 3), (census.WhollyFree, census.WithoutUnmovable, census.Emptiable));
    }

    [Fact]
    public void AnythingElseKeepsItsBlock()
    {
        using Machine machine = Make();
        Pfn plain = machine.Allocator.AllocateFolio(s_task, 0, MigrateType.Unmovable);

        BlockCensus census = BlockCensus.Of(machine);

        Assert.False(plain.IsNone);
        Assert.Equal((3, 3, 3), (census.WhollyFree, census.WithoutUnmovable, census.Emptiable));
    }

    private static Machine Make()
    {
        Machine machine = new(new MachineOptions { Frames = 4 * Block });
        machine.Allocator.FreeRangeAtRest(new Pfn(0), 4 * Block);
        for (int block = 0; block < machine.Allocator.Blocks; block++) { machine.Allocator.SetTypeAtRest(block, MigrateType.Movable); }
        machine.Allocator.RecountAtRest();
        return machine;
    }
}
