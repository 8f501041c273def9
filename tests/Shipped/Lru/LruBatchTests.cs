using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Tests.Lru;

public class LruBatchTests
{
    private static readonly TaskId s_task = new(0);

    [Fact]
    public void AFolioIsListedAtTheFlushNotAtTheRequest()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Fresh();

        rig.Batches.Add(s_task, pfn);
        Assert.False(rig.Has(pfn, PageFlags.Lru));
        Assert.Equal(2, rig.RefsOf(pfn));
        Assert.Equal(1, rig.Batches.ParkedOn(new CpuId(0)));

        rig.Drain.DrainLocal(s_task);
        Assert.True(rig.Has(pfn, PageFlags.Lru));
        Assert.Equal(1, rig.RefsOf(pfn));
        Assert.Equal(0, rig.Batches.ParkedOn(new CpuId(0)));
        Assert.Equal([pfn], rig.Walk(LruKind.InactiveAnon));
        rig.AssertSound();
    }

    [Fact]
    public void AnOwnedReferenceBecomesTheBatchsAndGoesWithTheFlush()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Fresh();
        rig.Table.Ref(pfn).Get();

        rig.Batches.AddOwned(s_task, pfn);
        Assert.Equal(2, rig.RefsOf(pfn));

        rig.Drain.DrainLocal(s_task);
        Assert.Equal(1, rig.RefsOf(pfn));
        Assert.Equal([pfn], rig.Walk(LruKind.InactiveAnon));
        rig.AssertSound();
    }

    [Fact]
    public void OneFlushFillsEveryListInTheOrderOfItsEntries()
    {
        using LruRig rig = new();
        Pfn[] folios = [rig.Fresh(), rig.Fresh(), rig.Fresh(), rig.Fresh(), rig.Fresh()];
        rig.Table.Flags(folios[1]).Set(PageFlags.Active);
        rig.Table.Flags(folios[3]).Set(PageFlags.Active);
        rig.Table.Flags(folios[4]).Set(PageFlags.Mlocked);
        foreach (Pfn pfn in folios) { rig.Batches.Add(s_task, pfn); }

        rig.Drain.DrainLocal(s_task);

        Assert.Equal([folios[2], folios[0]], rig.Walk(LruKind.InactiveAnon));
        Assert.Equal([folios[3], folios[1]], rig.Walk(LruKind.ActiveAnon));
        Assert.Equal(1, rig.Lru.SizeOf(0, LruKind.Unevictable));
        rig.AssertSound();
    }

    [Fact]
    public void TheLastSlotFlushesTheWholeBatch()
    {
        using LruRig rig = new(options: new LruOptions { BatchCapacity = 3 });
        Pfn[] folios = [rig.Fresh(), rig.Fresh(), rig.Fresh()];
        rig.Batches.Add(s_task, folios[0]);
        rig.Batches.Add(s_task, folios[1]);
        Assert.Equal(2, rig.Batches.ParkedOn(new CpuId(0)));

        rig.Batches.Add(s_task, folios[2]);

        Assert.Equal(0, rig.Batches.ParkedOn(new CpuId(0)));
        Assert.Equal(folios.Reverse(), rig.Walk(LruKind.InactiveAnon));
        rig.AssertSound();
    }

    [Fact]
    public void TheKernelsCapacityParksThirtyFoliosAndFlushesAtTheThirtyFirst()
    {
        using LruRig rig = new();
        for (int i = 0; i < 30; i++) { rig.Batches.Add(s_task, rig.Fresh()); }
        Assert.Equal(30, rig.Batches.ParkedOn(new CpuId(0)));
        rig.Batches.Add(s_task, rig.Fresh());
        Assert.Equal(0, rig.Batches.ParkedOn(new CpuId(0)));
        Assert.Equal(31, rig.Lru.SizeOf(0, LruKind.InactiveAnon));
    }

    [Fact]
    public void ALargeFolioIsListedAtOnceAndTakesTheOthersAlong()
    {
        using LruRig rig = new();
        Pfn small = rig.Fresh();
        rig.Batches.Add(s_task, small);
        Pfn large = rig.Fresh(order: 3);

        rig.Batches.Add(s_task, large);

        Assert.True(rig.Has(small, PageFlags.Lru) && rig.Has(large, PageFlags.Lru));
        Assert.Equal(9, rig.Lru.SizeOf(0, LruKind.InactiveAnon));
        rig.AssertSound();
    }

    [Fact]
    public void WhileDisabledNothingStaysParked()
    {
        using LruRig rig = new(cpus: 2, tasks: 2);
        Pfn before = rig.Fresh();
        rig.Batches.Add(new TaskId(1), before);

        rig.Drain.Disable(s_task);
        rig.Drain.Disable(s_task);
        Assert.True(rig.Has(before, PageFlags.Lru));
        Pfn during = rig.Fresh();
        rig.Batches.Add(new TaskId(1), during);
        Assert.True(rig.Has(during, PageFlags.Lru));
        rig.Drain.Enable(s_task);
        Pfn still = rig.Fresh();
        rig.Batches.Add(s_task, still);
        Assert.True(rig.Has(still, PageFlags.Lru));

        rig.Drain.Enable(s_task);
        Pfn after = rig.Fresh();
        rig.Batches.Add(s_task, after);
        Assert.False(rig.Has(after, PageFlags.Lru));
    }

    [Theory]
    [InlineData(PageFlags.Swapbacked, LruKind.InactiveAnon)]
    [InlineData(PageFlags.Swapbacked | PageFlags.Active, LruKind.ActiveAnon)]
    [InlineData(PageFlags.None, LruKind.InactiveFile)]
    [InlineData(PageFlags.Active, LruKind.ActiveFile)]
    [InlineData(PageFlags.Active | PageFlags.Mlocked, LruKind.Unevictable)]
    [InlineData(PageFlags.Unevictable, LruKind.InactiveFile)]
    internal void FlagsChooseTheListAndMlockedChoosesEvictability(PageFlags flags, LruKind kind)
    {
        using LruRig rig = new();
        Pfn pfn = rig.Listed(flags);
        Assert.Equal(1, rig.Lru.SizeOf(0, kind));
        Assert.Equal(kind, LruVecs.KindOf(rig.FlagsOf(pfn)));
        Assert.False(rig.Has(pfn, PageFlags.Active | PageFlags.Unevictable));
        rig.AssertSound();
    }

    [Fact]
    public void FoliosOfDifferentNodesInOneBatchGoToTheirOwnLists()
    {
        using LruRig rig = new(frames: 64, options: new LruOptions { Nodes = 2 });
        List<Pfn> all = [.. Enumerable.Range(0, 40).Select(_ => rig.Fresh())];
        foreach (Pfn pfn in all) { rig.Batches.Add(s_task, pfn); }
        rig.Drain.DrainLocal(s_task);

        long second = all.Count(pfn => pfn.Value >= 32);
        Assert.Equal(second, rig.Lru.SizeOf(1, LruKind.InactiveAnon));
        Assert.Equal(40 - second, rig.Lru.SizeOf(0, LruKind.InactiveAnon));
        Assert.InRange(second, 1, 39);
        rig.AssertSound();
    }

    [Fact]
    public void ARequestIsRefusedWhenItsConditionDoesNotHold()
    {
        using LruRig rig = new();
        Pfn fresh = rig.Fresh();
        Pfn active = rig.Listed(PageFlags.Active);
        Pfn inactive = rig.Listed(PageFlags.None);
        Pfn dirty = rig.Listed(PageFlags.Dirty);
        Pfn locked = rig.Listed(PageFlags.Mlocked);

        Assert.False(rig.Batches.Activate(s_task, fresh));
        Assert.False(rig.Batches.Activate(s_task, active));
        Assert.False(rig.Batches.Activate(s_task, locked));
        Assert.False(rig.Batches.Deactivate(s_task, inactive));
        Assert.False(rig.Batches.Rotate(s_task, dirty));
        Assert.False(rig.Batches.LazyFree(s_task, inactive));
        Assert.False(rig.Batches.DeactivateFile(s_task, locked));
        Assert.Equal(0, rig.Batches.ParkedOn(new CpuId(0)));
    }

    [Fact]
    public void ActivationAndDeactivationMoveBetweenTheLists()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Listed(PageFlags.Swapbacked);

        Assert.True(rig.Batches.Activate(s_task, pfn));
        rig.Drain.DrainLocal(s_task);
        Assert.Equal([pfn], rig.Walk(LruKind.ActiveAnon));

        rig.Table.Flags(pfn).Set(PageFlags.Referenced);
        Assert.True(rig.Batches.Deactivate(s_task, pfn));
        rig.Drain.DrainLocal(s_task);
        Assert.Equal([pfn], rig.Walk(LruKind.InactiveAnon));
        Assert.False(rig.Has(pfn, PageFlags.Referenced));
        Assert.Equal(1, rig.RefsOf(pfn));
        rig.AssertSound();
    }

    [Fact]
    public void ARotatedFolioIsTheNextToBeReclaimed()
    {
        using LruRig rig = new();
        Pfn older = rig.Listed(PageFlags.None);
        Pfn newer = rig.Listed(PageFlags.None);
        Assert.Equal(older, rig.Lru.OldestLocked(0, LruKind.InactiveFile));

        Assert.True(rig.Batches.Rotate(s_task, newer));
        rig.Drain.DrainLocal(s_task);

        Assert.Equal(newer, rig.Lru.OldestLocked(0, LruKind.InactiveFile));
        rig.AssertSound();
    }

    [Fact]
    public void ADeactivatedFileFolioGoesToTheTailWhenCleanAndWaitsForItsWritebackWhenDirty()
    {
        using LruRig rig = new();
        Pfn oldest = rig.Listed(PageFlags.None);
        Pfn clean = rig.Listed(PageFlags.Active);
        Pfn dirty = rig.Listed(PageFlags.Active | PageFlags.Dirty);

        Assert.True(rig.Batches.DeactivateFile(s_task, clean));
        Assert.True(rig.Batches.DeactivateFile(s_task, dirty));
        rig.Drain.DrainLocal(s_task);

        Assert.Equal([dirty, oldest, clean], rig.Walk(LruKind.InactiveFile));
        Assert.True(rig.Has(dirty, PageFlags.Reclaim));
        Assert.False(rig.Has(clean, PageFlags.Reclaim));
    }

    [Fact]
    public void ALazilyFreedFolioCountsAsFileMemory()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Listed(PageFlags.Swapbacked | PageFlags.Active);
        rig.Table.Mapping(pfn).SetLocked(MappingWord.Make(7, MappingTag.Anon));

        Assert.True(rig.Batches.LazyFree(s_task, pfn));
        rig.Drain.DrainLocal(s_task);

        Assert.Equal([pfn], rig.Walk(LruKind.InactiveFile));
        Assert.False(rig.Has(pfn, PageFlags.Swapbacked));
        rig.AssertSound();
    }

    [Fact]
    public void TheSecondAccessAsksForTheActiveList()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Listed();

        rig.Batches.MarkAccessed(s_task, pfn);
        Assert.True(rig.Has(pfn, PageFlags.Referenced));
        Assert.Equal(0, rig.Batches.ParkedOn(new CpuId(0)));
        rig.Batches.MarkAccessed(s_task, pfn);
        rig.Drain.DrainLocal(s_task);

        Assert.Equal([pfn], rig.Walk(LruKind.ActiveAnon));
        Assert.False(rig.Has(pfn, PageFlags.Referenced));
    }

    [Fact]
    public void AnAccessNeverMakesAFolioActiveThatIsOffTheLru()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Fresh();
        for (int i = 0; i < 4; i++) { rig.Batches.MarkAccessed(s_task, pfn); }
        rig.Drain.DrainLocal(s_task);
        Assert.False(rig.Has(pfn, PageFlags.Active));
        Assert.Equal(1, rig.RefsOf(pfn));
    }
}
