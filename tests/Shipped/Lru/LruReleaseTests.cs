using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Tests.Lru;

public class LruReleaseTests
{
    private static readonly TaskId s_task = new(0);

    [Theory]
    [InlineData(PageFlags.Swapbacked | PageFlags.Active)]
    [InlineData(PageFlags.Mlocked)]
    [InlineData(PageFlags.None)]
    public void TheLastPutTakesAFolioOffItsListAndFreesItClean(PageFlags flags)
    {
        using LruRig rig = new();
        Pfn pfn = rig.Listed(flags);
        Pfn neighbour = rig.Listed(flags);

        rig.Folios.Put(s_task, pfn);

        Assert.True(rig.Allocator.IsFreeAtRest(pfn));
        Assert.Empty(rig.Allocator.BadPages);
        Assert.Equal(1, rig.Lru.SizeOf(0, LruVecs.KindOf(rig.FlagsOf(neighbour))));
        rig.AssertSound();
    }

    [Fact]
    public void AFolioThatDiesParkedIsListedAndFreedByTheDrain()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Fresh(PageFlags.Swapbacked | PageFlags.Active);
        rig.Batches.Add(s_task, pfn);
        rig.Folios.Put(s_task, pfn);
        Assert.False(rig.Allocator.IsFreeAtRest(pfn));

        rig.Drain.DrainLocal(s_task);

        Assert.True(rig.Allocator.IsFreeAtRest(pfn));
        Assert.Empty(rig.Allocator.BadPages);
        Assert.Equal(1, rig.Events.Sum(EventCounter.LruAdded));
        rig.AssertSound();
    }

    [Fact]
    public void TheNewestKernelFreesItWithoutListingIt()
    {
        using LruRig rig = new(policy: new MigrationPolicy { DeadFolioDrain = DeadFolioDrain.FreezeAndFree });
        Pfn dead = rig.Fresh(PageFlags.Swapbacked | PageFlags.Active);
        Pfn alive = rig.Fresh();
        rig.Batches.Add(s_task, dead);
        rig.Batches.Add(s_task, alive);
        rig.Folios.Put(s_task, dead);

        rig.Drain.DrainLocal(s_task);

        Assert.True(rig.Allocator.IsFreeAtRest(dead));
        Assert.Empty(rig.Allocator.BadPages);
        Assert.Equal(1, rig.Events.Sum(EventCounter.LruAdded));
        Assert.Equal(1, rig.Events.Sum(EventCounter.LruFreedInBatch));
        Assert.Equal([alive], rig.Walk(LruKind.InactiveAnon));
        rig.AssertSound();
    }

    [Fact]
    public void ADrainThatFreezesAndForgetsTheFlagsIsReportedAtFree()
    {
        using LruRig rig = new(policy: new MigrationPolicy { DeadFolioDrain = DeadFolioDrain.FreezeForgetsFlags });
        Pfn pfn = rig.Fresh(PageFlags.Active);
        rig.Batches.Add(s_task, pfn);
        rig.Folios.Put(s_task, pfn);
        rig.Drain.DrainLocal(s_task);
        Assert.Equal(ViolationKind.FlagAtFree, Assert.Single(rig.Allocator.BadPages).Kind);
    }

    [Fact]
    public void ActiveIsNotClearedWhenAFolioDiesOffTheLru()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Listed(PageFlags.Active);
        Assert.True(rig.Isolation.TryIsolate(s_task, pfn));
        rig.Folios.Put(s_task, pfn);
        rig.Folios.Put(s_task, pfn);
        Assert.Equal(ViolationKind.FlagAtFree, Assert.Single(rig.Allocator.BadPages).Kind);
    }

    [Fact]
    public void ActiveAndUnevictableAtOnceIsLeftForTheCheckAtFree()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Listed(PageFlags.Mlocked);
        rig.Table.Flags(pfn).Set(PageFlags.Active);
        rig.Folios.Put(s_task, pfn);
        Assert.Equal(ViolationKind.FlagAtFree, Assert.Single(rig.Allocator.BadPages).Kind);
    }

    [Fact]
    public void AListedLargeFolioIsFreedWhole()
    {
        using LruRig rig = new();
        long before = rig.Allocator.FreeFramesAtRest();
        Pfn large = rig.Listed(order: 4);
        rig.Folios.Put(s_task, large);
        Assert.Equal(before, rig.Allocator.FreeFramesAtRest());
        Assert.Equal(0, rig.Lru.SizeOf(0, LruKind.InactiveAnon));
        rig.AssertSound();
    }

    [Fact]
    public void SeveralReferencesAreDroppedAtOnce()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Listed();
        rig.Table.Ref(pfn).Get(1024);
        rig.Folios.Put(s_task, pfn, 1024);
        Assert.Equal(1, rig.RefsOf(pfn));
        rig.Table.Ref(pfn).Get(1024);
        rig.Folios.Put(s_task, pfn, 1025);
        Assert.True(rig.Allocator.IsFreeAtRest(pfn));
        rig.AssertSound();
    }

    [Fact]
    public void TheAuditNamesAFolioWithLruThatIsOnNoList()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Fresh();
        rig.Table.Flags(pfn).Set(PageFlags.Lru);
        Assert.Contains(rig.Faults(), fault => fault.StartsWith($"BrokenList {pfn.Value}: on no list", StringComparison.Ordinal));
    }

    [Fact]
    public void TheAuditNamesAListedFolioWithoutLruOrOfAnotherKind()
    {
        using LruRig rig = new();
        Pfn first = rig.Listed();
        Pfn second = rig.Listed();
        rig.Table.Flags(first).Clear(PageFlags.Lru);
        rig.Table.Flags(second).Set(PageFlags.Active);
        List<string> faults = rig.Faults();
        Assert.Contains(faults, fault => fault.StartsWith($"BrokenList {first.Value}: on InactiveAnon", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith($"BrokenList {second.Value}: on InactiveAnon", StringComparison.Ordinal));
    }

    [Fact]
    public void TheAuditNamesBrokenLinksAndWrongSizes()
    {
        using LruRig rig = new();
        Pfn first = rig.Listed();
        Pfn second = rig.Listed();
        rig.Links.Prev[first.Value] = 0;
        Assert.Contains(rig.Faults(), fault => fault.Contains("does not point back", StringComparison.Ordinal));
        rig.Links.Prev[first.Value] = second.Value + 1;
        rig.AssertSound();
        Pfn culled = rig.Listed(PageFlags.Mlocked);
        rig.Table.Flags(culled).Clear(PageFlags.Unevictable);
        Assert.Contains(rig.Faults(), fault => fault.Contains("Unevictable of node 0 counts 1 pages and has 0", StringComparison.Ordinal));
    }
}
