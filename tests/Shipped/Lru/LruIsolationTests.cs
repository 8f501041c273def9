using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Tests.Lru;

public class LruIsolationTests
{
    private static readonly TaskId s_task = new(0);

    [Fact]
    public void AnIsolatedFolioIsOffItsListAndRemembersWhereItWas()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Listed(PageFlags.Swapbacked | PageFlags.Active);

        Assert.True(rig.Isolation.TryIsolate(s_task, pfn));

        Assert.False(rig.Has(pfn, PageFlags.Lru));
        Assert.True(rig.Has(pfn, PageFlags.Active));
        Assert.Equal(2, rig.RefsOf(pfn));
        Assert.Empty(rig.Walk(LruKind.ActiveAnon));
        Assert.Equal(1, rig.Events.Sum(EventCounter.NrIsolatedAnon));
        rig.AssertSound();
    }

    [Fact]
    public void OnlyTheFirstIsolatorWins()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Listed();
        Assert.True(rig.Isolation.TryIsolate(s_task, pfn));
        Assert.False(rig.Isolation.TryIsolate(s_task, pfn));
        Assert.False(rig.Isolation.TryIsolateSpeculatively(s_task, pfn));
        Assert.Equal(2, rig.RefsOf(pfn));
    }

    [Fact]
    public void AParkedFolioCannotBeIsolated()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Fresh();
        rig.Batches.Add(s_task, pfn);
        Assert.False(rig.Isolation.TryIsolate(s_task, pfn));
        Assert.False(rig.Isolation.TryIsolateSpeculatively(s_task, pfn));
        Assert.Equal(2, rig.RefsOf(pfn));
    }

    [Fact]
    public void ARequestForAFolioThatWasIsolatedMeanwhileIsLost()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Listed();
        Assert.True(rig.Batches.Activate(s_task, pfn));
        Assert.True(rig.Isolation.TryIsolate(s_task, pfn));

        rig.Drain.DrainLocal(s_task);

        Assert.False(rig.Has(pfn, PageFlags.Lru) || rig.Has(pfn, PageFlags.Active));
        Assert.Equal(2, rig.RefsOf(pfn));
        Assert.Equal(1, rig.Events.Sum(EventCounter.LruRequestLost));
        rig.AssertSound();
    }

    [Fact]
    public void AFolioThatIsPutBackIsListedAtTheNextFlush()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Listed(PageFlags.Active);
        Assert.True(rig.Isolation.TryIsolate(s_task, pfn));

        rig.Isolation.Putback(s_task, pfn);
        Assert.False(rig.Has(pfn, PageFlags.Lru));
        Assert.Equal(2, rig.RefsOf(pfn));
        rig.Drain.DrainLocal(s_task);

        Assert.Equal([pfn], rig.Walk(LruKind.ActiveFile));
        Assert.Equal(1, rig.RefsOf(pfn));
        Assert.Equal(0, rig.Events.Sum(EventCounter.NrIsolatedFile));
        rig.AssertSound();
    }

    [Fact]
    public void APutbackOfADeadFolioFreesItAtTheFlush()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Listed(PageFlags.Active);
        Assert.True(rig.Isolation.TryIsolate(s_task, pfn));
        rig.Folios.Put(s_task, pfn);

        rig.Isolation.Putback(s_task, pfn);
        rig.Drain.DrainLocal(s_task);

        Assert.True(rig.Allocator.IsFreeAtRest(pfn));
        Assert.Empty(rig.Allocator.BadPages);
        rig.AssertSound();
    }

    [Fact]
    public void AScannerTakesAListedFolioWithTheReferenceItTook()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Listed();
        Assert.True(rig.Isolation.TryIsolateSpeculatively(s_task, pfn));
        Assert.Equal(2, rig.RefsOf(pfn));
        rig.Isolation.Putback(s_task, pfn);
        rig.Drain.DrainLocal(s_task);
        Assert.Equal(1, rig.RefsOf(pfn));
        rig.AssertSound();
    }

    [Fact]
    public void AScannerLeavesFreeFramesAndTailsAlone()
    {
        using LruRig rig = new();
        Pfn large = rig.Listed(order: 2);
        Pfn free = rig.Fresh();
        rig.Folios.Put(s_task, free);
        Assert.False(rig.Isolation.TryIsolateSpeculatively(s_task, free));
        Assert.False(rig.Isolation.TryIsolateSpeculatively(s_task, large + 1));
        Assert.Equal(0, rig.RefsOf(large + 1));
        Assert.True(rig.Has(large, PageFlags.Lru));
        rig.AssertSound();
    }

    [Fact]
    public void AnUnevictableFolioLeavesOnlyASize()
    {
        using LruRig rig = new();
        Pfn pfn = rig.Listed(PageFlags.Mlocked);
        Assert.True(rig.Isolation.TryIsolate(s_task, pfn));
        Assert.Equal(0, rig.Lru.SizeOf(0, LruKind.Unevictable));
        Assert.True(rig.Has(pfn, PageFlags.Unevictable));
        rig.AssertSound();
    }

    [Fact]
    public void NrIsolatedCountsBasePagesByAnonAndFile()
    {
        using LruRig rig = new();
        Pfn file = rig.Listed(PageFlags.None, order: 3);
        Pfn anon = rig.Listed(PageFlags.Swapbacked);
        Assert.True(rig.Isolation.TryIsolate(s_task, file) && rig.Isolation.TryIsolate(s_task, anon));
        Assert.Equal(8, rig.Events.Sum(EventCounter.NrIsolatedFile));
        Assert.Equal(1, rig.Events.Sum(EventCounter.NrIsolatedAnon));
        rig.Isolation.CountOff(s_task, file);
        rig.Isolation.CountOff(s_task, anon);
        Assert.Equal(0, rig.Events.Sum(EventCounter.NrIsolatedFile) + rig.Events.Sum(EventCounter.NrIsolatedAnon));
    }
}
