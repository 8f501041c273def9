using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Tests.Audit;

/// <summary>Caches, lists, batches, isolation, pins and the balloon: one word broken on purpose, and what lawful holders look like.</summary>
public sealed class HolderAuditTests : IDisposable
{
    private static readonly TaskId s_me = AuditRig.Me;

    private readonly AuditRig _rig = new();

    private Machine Machine => _rig.Machine;

    [Fact]
    public void ASlotThatNamesAnotherIndexIsNamed()
    {
        (CacheId cache, Pfn[] pages) = Cache(3);
        Machine.Caches.ReplaceLocked(cache, 1, pages[2]);
        _rig.AssertFinds(ViolationKind.CacheMismatch, pages[2], "cache 1 index 0x1 names a folio of index 0x2", Invariant.SlotsMatch);
    }

    [Fact]
    public void ASlotOfAFreeFrameIsAUseAfterFree()
    {
        (CacheId cache, _) = Cache(1);
        Machine.Caches.SetAtRest(cache, 9, new Pfn(900));
        _rig.AssertFinds(ViolationKind.UseAfterFree, new Pfn(900), "cache 1 index 0x9 names a frame that is free", Invariant.FreedIsForgotten, Invariant.SlotsMatch);
    }

    [Fact]
    public void AFolioThatIsInNoSlotIsNamed()
    {
        (CacheId cache, _) = Cache(1);
        Pfn pfn = Machine.Allocator.Allocate(s_me, 0, MigrateType.Movable);
        Machine.Frames.Mapping(pfn).SetLocked(MappingWord.Make(cache.Value, MappingTag.File));
        Machine.Frames.SetIndexLocked(pfn, 5);
        Machine.Frames.Ref(pfn).Get();
        _rig.Held.Add(new HeldFolio(pfn, 1, 0, IsPlain: false, IsLocked: false, Task: 0));
        _rig.AssertFinds(ViolationKind.CacheMismatch, pfn, "says it is index 0x5 of cache 1, but 0 slots name it, not 1", Invariant.SlotsMatch);
    }

    [Fact]
    public void AFolioWithoutTheFlagOfItsListIsNamed()
    {
        (_, Pfn[] pages) = Cache(2);
        Machine.Frames.Flags(pages[1]).Clear(PageFlags.Lru);
        _rig.AssertFinds(ViolationKind.BrokenList, pages[1], "off its list: cached, but neither listed, parked nor isolated", Invariant.Listed);
    }

    [Fact]
    public void AFolioThatIsParkedIsOnNoListYet()
    {
        CacheId cache = Machine.Caches.Create(s_me);
        Pfn pfn = Machine.Caches.Read(s_me, cache, 0);
        Machine.Folios.Put(s_me, pfn);
        Assert.NotEqual(0, Machine.Batches.ParkedOn(Machine.Cpus.CpuOf(s_me)));
        _rig.AssertClean();
        Machine.Frames.Flags(pfn).Set(PageFlags.Lru);
        _rig.AssertFinds(ViolationKind.BrokenList, pfn, "on no list", Invariant.Listed);
    }

    [Fact]
    public void ABatchEntryIsAHolderByName()
    {
        CacheId cache = Machine.Caches.Create(s_me);
        Pfn pfn = Machine.Caches.Read(s_me, cache, 0);
        _rig.AssertFinds(ViolationKind.RefLeak, pfn, "refcount 3, explained 2: cache 1, batches 1", Invariant.ReferencesExplained);
    }

    [Fact]
    public void AFolioFreedWhileItIsParkedIsNamed()
    {
        Pfn pfn = Machine.Allocator.Allocate(s_me, 0, MigrateType.Movable);
        Machine.Batches.Add(s_me, pfn);
        Assert.True(Machine.Frames.Ref(pfn).SubTestZero(2));
        Machine.Allocator.Release(s_me, pfn);
        _rig.AssertFinds(ViolationKind.UseAfterFree, pfn, "a batch of cpu 0 holds 1 references on a free frame", Invariant.ParkedIsAlive);
    }

    [Fact]
    public void AnIsolatedFolioNeedsATaskThatOwnsUp()
    {
        Pfn pfn = _rig.Write(_rig.NewMm(), 0);
        Assert.True(Machine.Isolation.TryIsolate(s_me, pfn));
        _rig.AssertFinds(ViolationKind.RefLeak, pfn, "refcount 2, explained 1: mapping 1",
            Invariant.ReferencesExplained, Invariant.Listed, Invariant.IsolatedCounted);
        _rig.Held.Add(HeldFolio.Isolated(pfn, task: 0));
        _rig.AssertClean();
        Machine.Events.Count(s_me, EventCounter.NrIsolatedFile);
        _rig.AssertFinds(ViolationKind.StatMismatch, Pfn.None, "nr_isolated_anon 1 and nr_isolated_file 1, tasks have isolated 1", Invariant.IsolatedCounted);
    }

    [Fact]
    public void AFolioThatATaskSaysItIsolatedIsOnNoList()
    {
        Pfn pfn = _rig.Write(_rig.NewMm(), 0);
        Machine.Frames.Ref(pfn).Get();
        Machine.Events.Count(s_me, EventCounter.NrIsolatedAnon);
        _rig.Held.Add(HeldFolio.Isolated(pfn, task: 2));
        _rig.AssertFinds(ViolationKind.DoubleOwner, pfn, "isolated by a task, and on a list", Invariant.Listed);
    }

    [Fact]
    public void APinIsManyReferencesOfOneHolder()
    {
        MmId mm = _rig.NewMm();
        Pfn pfn = _rig.Write(mm, 0);
        Assert.Equal(pfn, Machine.Pins.TryPin(s_me, mm, 0, write: true));
        _rig.AssertFinds(ViolationKind.RefLeak, pfn, "refcount 1025, explained 1: mapping 1", Invariant.ReferencesExplained);
        _rig.Held.Add(HeldFolio.Pinned(pfn, Pins.Bias, task: 0));
        _rig.AssertClean();
        Machine.Frames.Ref(pfn).Get();
        _rig.AssertFinds(ViolationKind.RefLeak, pfn, "refcount 1026, explained 1025: mapping 1, pins 1024", Invariant.ReferencesExplained);
    }

    [Fact]
    public void ALeakIsExplainedByTheLedgerWithNamesOfTasks()
    {
        Pfn pfn = _rig.Write(_rig.NewMm(), 0);
        Machine.Frames.Ref(pfn).Get(2);
        _rig.Notes.Take(new TaskId(2), pfn, RefHolder.Speculative);
        _rig.Notes.Take(new TaskId(1), pfn, RefHolder.Pin);
        _rig.AssertFinds(ViolationKind.RefLeak, pfn,
            "refcount 3, explained 1: mapping 1; ledger: speculative 1 (last taken by task 2), pin 1 (last taken by task 1)", Invariant.ReferencesExplained);
    }

    [Fact]
    public void BatchesThatStayDisabledAreNamed()
    {
        Machine.Drain.Disable(s_me);
        _rig.AssertFinds(ViolationKind.StuckState, Pfn.None, "batches are disabled 1 times", Invariant.DrainsBalanced);
    }

    [Fact]
    public void TheBalloonHoldsItsPages()
    {
        Assert.True(Machine.Balloon.Inflate(s_me));
        Assert.True(Machine.Balloon.Inflate(s_me));
        _rig.AssertClean();
        Pfn page = BalloonPage();
        Machine.Frames.SetPrivateLocked(page, 0);
        _rig.AssertFinds(ViolationKind.RefLeak, page, "refcount 1, explained 0", Invariant.ReferencesExplained, Invariant.BalloonAgrees);
    }

    [Fact]
    public void ABalloonPageThatStaysIsolatedIsStuck()
    {
        Assert.True(Machine.Balloon.Inflate(s_me));
        Pfn page = BalloonPage();
        Assert.True(Machine.Movable.TryIsolate(s_me, page));
        _rig.Held.Add(HeldFolio.Isolated(page, task: 0));
        Assert.DoesNotContain(_rig.Audit.Run(_rig.Held).Findings, f => f.Invariant is Invariant.ReferencesExplained or Invariant.NothingLocked);
        _rig.Held.Clear();
        AuditPart found = _rig.Audit.Run(_rig.Held);
        Assert.Contains(found.Findings, f => f.Invariant == Invariant.NothingLocked && f.Pfn == page && f.Text.Contains("isolated from its driver", StringComparison.Ordinal));
        Assert.Contains(found.Findings, f => f.Invariant == Invariant.ReferencesExplained && f.Text == "refcount 2, explained 1: driver 1");
    }

    public void Dispose() => _rig.Dispose();

    private Pfn BalloonPage()
    {
        Pfn page = new(0);
        while (Machine.Frames.Map(page).Type != PageType.Offline) { page += 1; }
        return page;
    }

    private (CacheId Cache, Pfn[] Pages) Cache(int pages)
    {
        CacheId cache = Machine.Caches.Create(s_me);
        Pfn[] read = [.. Enumerable.Range(0, pages).Select(index => Machine.Caches.Read(s_me, cache, index))];
        foreach (Pfn pfn in read) { Machine.Folios.Put(s_me, pfn); }
        Machine.Drain.DrainLocal(s_me);
        return (cache, read);
    }
}
