using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Tests.Audit;

/// <summary>One word of the page tables, or of what they are held against, is broken on purpose; the audit must name that and nothing else.</summary>
public sealed class EntryAuditTests : IDisposable
{
    private static readonly TaskId s_me = AuditRig.Me;

    private readonly AuditRig _rig = new();

    private Machine Machine => _rig.Machine;

    [Fact]
    public void AMigrationEntryAtRestIsStale()
    {
        MmId mm = _rig.NewMm();
        Pfn pfn = _rig.Write(mm, 3);
        PteSlot slot = _rig.SlotOf(mm, 3);
        Machine.Tables.GetAndClear(slot);
        Machine.Tables.Set(slot, Pte.Migration(pfn, MigrationKind.Write, young: true, dirty: true));
        Machine.Frames.Map(pfn).Remove();
        _rig.Held.Add(new HeldFolio(pfn, 1, 0, IsPlain: false, IsLocked: false, Task: 1));
        _rig.AssertFinds(ViolationKind.StaleEntry, pfn, "page 0x3: a migration entry (Write) at rest", Invariant.NoMigrationEntries);
    }

    [Fact]
    public void AMapCountThatNoEntryExplainsIsNamed()
    {
        Pfn pfn = _rig.Write(_rig.NewMm(), 0);
        Machine.Frames.Map(pfn).Add();
        Machine.Frames.Ref(pfn).Get();
        _rig.AssertFinds(ViolationKind.MapcountMismatch, pfn, "map count 2, 1 entries map it", Invariant.MapCountsAgree, Invariant.WritableIsAlone);
    }

    [Fact]
    public void AnEntryThatWentWithoutItsMapCountIsNamed()
    {
        MmId mm = _rig.NewMm();
        Pfn pfn = _rig.Write(mm, 0);
        Machine.Tables.GetAndClear(_rig.SlotOf(mm, 0));
        _rig.AssertFinds(ViolationKind.MapcountMismatch, pfn, "map count 1, 0 entries map it", Invariant.MapCountsAgree);
    }

    [Fact]
    public void AnEntryThatIsNothingIsNamed()
    {
        Machine.Tables.Set(_rig.SlotOf(_rig.NewMm(), 5), new Pte(0x20));
        _rig.AssertFinds(ViolationKind.StaleEntry, Pfn.None, "page 0x5: an entry of no kind", Invariant.EntryOwnsReference);
    }

    [Fact]
    public void AnEntryOfAFreeFrameIsAUseAfterFree()
    {
        Machine.Tables.Set(_rig.SlotOf(_rig.NewMm(), 5), Pte.Present(new Pfn(77), writable: false));
        _rig.AssertFinds(ViolationKind.UseAfterFree, new Pfn(77), "mm 1 page 0x5: maps a frame that is free", Invariant.FreedIsForgotten);
    }

    [Fact]
    public void AnEntryOutsideAllVmasIsNamed()
    {
        MmId mm = _rig.NewMm();
        Pfn pfn = _rig.Write(mm, 1);
        Machine.Tables.Set(_rig.SlotOf(mm, 100), Machine.Tables.GetAndClear(_rig.SlotOf(mm, 1)));
        _rig.AssertFinds(ViolationKind.StaleEntry, pfn, "page 0x64: is mapped, but belongs to no VMA", Invariant.EntryInVma);
    }

    [Fact]
    public void AnEntryAtTheWrongPageIsNamed()
    {
        MmId mm = _rig.NewMm();
        Pfn pfn = _rig.Write(mm, 1);
        Machine.Tables.Set(_rig.SlotOf(mm, 6), Machine.Tables.GetAndClear(_rig.SlotOf(mm, 1)));
        _rig.AssertFinds(ViolationKind.CacheMismatch, pfn, "maps index 0x1 where vma 1 has index 0x6", Invariant.EntryMatchesFolio);
    }

    [Fact]
    public void AFolioOfAnAnonVmaThatDoesNotLeadHereIsNamed()
    {
        Pfn pfn = _rig.Write(_rig.NewMm(), 2);
        Pfn other = _rig.Write(_rig.NewMm(), 9);
        Machine.Frames.Mapping(pfn).SetLocked(Machine.Frames.Mapping(other).Raw);
        _rig.AssertFinds(ViolationKind.BrokenList, pfn, "page 0x2 is in vma 1, to which anon_vma 2 does not lead", Invariant.RmapFindsEntries);
    }

    [Fact]
    public void AMergedPageThatItsNodeDoesNotKnowIsNamed()
    {
        MmId mm = _rig.NewMm();
        Pfn pfn = _rig.Write(mm, 2);
        int node = Machine.Ksm.Create(s_me);
        Machine.Frames.Mapping(pfn).SetLocked(MappingWord.Make(node, MappingTag.Ksm));
        Machine.Tables.Change(_rig.SlotOf(mm, 2), set: 0, clear: Pte.WritableBit);
        _rig.AssertFinds(ViolationKind.BrokenList, pfn, "maps merged node 1, which does not know it", Invariant.RmapFindsEntries);
        Assert.True(Machine.Ksm.Add(s_me, node, _rig.VmaOf(mm), 2));
        _rig.AssertClean();
        Machine.Tables.Change(_rig.SlotOf(mm, 2), set: Pte.WritableBit, clear: 0);
        _rig.AssertFinds(ViolationKind.StaleEntry, pfn, "a merged page, mapped writable", Invariant.WritableIsAlone);
    }

    [Fact]
    public void AVmaThatItsCacheDoesNotKnowIsNamed()
    {
        CacheId cache = Machine.Caches.Create(s_me);
        MmId mm = _rig.NewMm(cache: cache);
        Machine.Caches.UnlinkLocked(cache, _rig.VmaOf(mm));
        _rig.AssertFinds(ViolationKind.BrokenList, Pfn.None, "vma 1 maps cache 1, which does not know it", Invariant.RmapFindsEntries);
    }

    [Fact]
    public void APageOfAnotherFileIsNamed()
    {
        CacheId cache = Machine.Caches.Create(s_me);
        CacheId foreign = Machine.Caches.Create(s_me);
        MmId mm = _rig.NewMm(flags: VmaFlags.Shared, cache: cache);
        MmId other = _rig.NewMm(flags: VmaFlags.Shared, cache: foreign);
        Pfn pfn = _rig.Read(mm, 4);
        Machine.Tables.Set(_rig.SlotOf(other, 4), Machine.Tables.GetAndClear(_rig.SlotOf(mm, 4)));
        _rig.AssertFinds(ViolationKind.CacheMismatch, pfn, "a page of cache 1, where vma 2 maps cache 2", Invariant.EntryMatchesFolio);
    }

    [Fact]
    public void AnEntryThatIsWritableWhereItsVmaIsNotIsNamed()
    {
        MmId mm = _rig.NewMm(flags: VmaFlags.None);
        Pfn pfn = _rig.Read(mm, 4);
        Machine.Tables.Change(_rig.SlotOf(mm, 4), set: Pte.WritableBit, clear: 0);
        _rig.AssertFinds(ViolationKind.StaleEntry, pfn, "writable in a VMA that is not", Invariant.WritableIsPermitted);
    }

    [Fact]
    public void APrivatePageThatTwoMayWriteToIsNamed()
    {
        MmId mm = _rig.NewMm();
        Pfn pfn = _rig.Write(mm, 4);
        Assert.False(Machine.Mms.Fork(s_me, mm).IsNone);
        _rig.AssertClean();
        Machine.Tables.Change(_rig.SlotOf(mm, 4), set: Pte.WritableBit, clear: 0);
        _rig.AssertFinds(ViolationKind.StaleEntry, pfn, "mapped writable although 2 entries map it", Invariant.WritableIsAlone);
    }

    [Fact]
    public void VmasThatOverlapAreNamed()
    {
        MmId mm = _rig.NewMm();
        VmaId first = _rig.VmaOf(mm);
        VmaId second = Machine.Vmas.Allocate(s_me, Machine.Vmas.Read(first) with { Start = 8, End = 12 });
        Machine.Vmas.MmNext(first) = second.Value;
        _rig.AssertFinds(ViolationKind.BrokenList, Pfn.None, "vma 2 overlaps the one before it", Invariant.VmasDisjoint);
    }

    [Fact]
    public void AVmaThatNoMmLeadsToIsLost()
    {
        VmaId lost = Machine.Vmas.Allocate(s_me, Machine.Vmas.Read(_rig.VmaOf(_rig.NewMm())) with { Start = 100, End = 101 });
        _rig.AssertFinds(ViolationKind.CounterMismatch, Pfn.None, "2 VMAs are in use, the Mms lead to 1", Invariant.VmasReachable);
        Machine.Vmas.Free(s_me, lost);
        _rig.AssertClean();
    }

    [Fact]
    public void ATranslationThatOutlivedItsEntryIsStale()
    {
        MmId mm = _rig.NewMm();
        Assert.Equal(FaultResult.Done, Machine.Memories.TryWrite(s_me, mm, 7, new PageSignature(1, 1, 7)));
        Machine.Drain.DrainLocal(s_me);
        _rig.AssertClean();
        Pte pte = Machine.Tables.Change(_rig.SlotOf(mm, 7), set: 0, clear: Pte.WritableBit);
        _rig.AssertFinds(ViolationKind.StaleTranslation, pte.Pfn, "translates mm 1 page 0x7 to it: for writing, which the entry does not allow", Invariant.TranslationsFresh);
    }

    [Fact]
    public void AFlushThatIsOwedIsNamed()
    {
        Machine.Tlb.DeferFlush(new TaskId(2), _rig.NewMm(), 3);
        _rig.AssertFinds(ViolationKind.StuckState, Pfn.None, "task 2 owes a flush", Invariant.TranslationsFresh);
    }

    [Fact]
    public void HugeEntriesAreCountedInTheFirstTail()
    {
        MmId mm = _rig.NewMm(pages: 64, flags: VmaFlags.Write | VmaFlags.DontFork);
        VmaId vma = _rig.VmaOf(mm);
        Assert.True(Machine.AnonVmas.Prepare(s_me, vma));
        Pfn head = Machine.Allocator.AllocateFolio(s_me, 4, MigrateType.Movable);
        Machine.Frames.SetIndexLocked(head, 16);
        Machine.Frames.Mapping(head).SetLocked(MappingWord.Make(Machine.Vmas.AnonVma(vma), MappingTag.Anon));
        Machine.Frames.Flags(head).Set(PageFlags.Swapbacked | PageFlags.Lru);
        Machine.Lru.ListAtRest(head);
        PteSlot slot = Machine.Tables.FindOrCreate(s_me, Machine.Mms.RootOf(mm), 16, huge: true);
        Machine.Tables.Set(slot, Pte.Present(head, writable: true, huge: true));
        Machine.Rmap.Add(s_me, head, huge: true);
        _rig.AssertClean();

        Machine.Frames.AddHugeMap(head, 1);
        Machine.Frames.Ref(head).Get();
        _rig.AssertFinds(ViolationKind.MapcountMismatch, head, "entire map count 2, 1 huge entries map it", Invariant.MapCountsAgree);
        Machine.Tables.GetAndClear(slot);
        _rig.AssertFinds(ViolationKind.MapcountMismatch, head, "entire map count 2, 0 huge entries map it", Invariant.MapCountsAgree);
    }

    public void Dispose() => _rig.Dispose();
}
