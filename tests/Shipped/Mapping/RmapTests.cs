using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Tests.Mapping;

public sealed class RmapTests
{
    private static TaskId Me => MappingRig.Me;

    [Fact]
    public void AFolioInThreeMmsGetsThreeMigrationEntriesAndAllComeBack()
    {
        using MappingRig rig = new();
        VmaId parent = rig.NewVma();
        Pfn folio = rig.Touch(parent, 5);
        VmaId[] mms = [parent, rig.Fork(parent), default];
        mms[2] = rig.Fork(mms[1]);
        rig.Isolate(folio);
        Assert.Equal(3, rig.Rmap.MapCountOf(folio));
        int anonVma = rig.AnonVmas.TryGet(Me, folio);

        Assert.True(rig.Rmap.TryToMigrate(Me, folio, deferFlush: true));

        Assert.False(rig.Rmap.IsMapped(folio));
        Assert.Equal(1, rig.Table.Ref(folio).CountUnsafe);
        Assert.All(mms, vma => Assert.Equal(Pte.Migration(folio, MigrationKind.Read, young: true, dirty: true), rig.Entry(vma, 5)));
        rig.Tlb.FlushDeferred(Me);

        Pfn target = Switch(rig, folio);
        rig.Rmap.RemoveMigrationEntries(Me, folio, target);

        Assert.All(mms, vma => Assert.Equal(target, rig.Entry(vma, 5).Pfn));
        Assert.Equal(3, rig.Rmap.MapCountOf(target));
        Assert.Equal(4, rig.Table.Ref(target).CountUnsafe);
        Finish(rig, folio, target, anonVma);
        foreach (VmaId vma in mms) { rig.Exit(vma); }
        rig.AssertEverythingIsFree();
    }

    [Fact]
    public void ARollbackRestoresWriteAndExclusiveAndDirty()
    {
        using MappingRig rig = new();
        VmaId vma = rig.NewVma();
        Pfn folio = rig.Touch(vma, 2);
        Pte before = rig.Entry(vma, 2);
        rig.Isolate(folio);
        int anonVma = rig.AnonVmas.TryGet(Me, folio);
        Assert.True(rig.Rmap.TryToMigrate(Me, folio, deferFlush: false));
        Assert.Equal(MigrationKind.Write, rig.Entry(vma, 2).Kind);
        Assert.False(rig.Table.Flags(folio).Has(PageFlags.Owner2));
        Assert.True(rig.Table.Flags(folio).Has(PageFlags.Dirty));

        rig.Rmap.RemoveMigrationEntries(Me, folio, folio);

        Assert.Equal(before, rig.Entry(vma, 2));
        Assert.True(rig.Table.Flags(folio).Has(PageFlags.Owner2));
        Assert.Equal(2, rig.Table.Ref(folio).CountUnsafe);
        rig.AnonVmas.Put(Me, anonVma);
        rig.Putback(folio);
        rig.Exit(vma);
        rig.AssertEverythingIsFree();
    }

    [Fact]
    public void AReadOnlyExclusiveMappingStaysExclusive()
    {
        using MappingRig rig = new();
        VmaId vma = rig.NewVma();
        Pfn folio = rig.Touch(vma, 0, dirty: false);
        PteSlot slot = rig.Slot(vma, 0);
        Pte readOnly = rig.Tables.Read(slot).Without(Pte.WritableBit | Pte.YoungBit);
        Assert.True(rig.Tables.TryReplace(slot, rig.Tables.Read(slot), readOnly));
        rig.Isolate(folio);
        int anonVma = rig.AnonVmas.TryGet(Me, folio);
        Assert.True(rig.Rmap.TryToMigrate(Me, folio, deferFlush: false));
        Assert.Equal(MigrationKind.ReadExclusive, rig.Entry(vma, 0).Kind);

        Pfn target = Switch(rig, folio);
        rig.Rmap.RemoveMigrationEntries(Me, folio, target);

        Assert.Equal(Pte.Present(target, writable: false, young: false), rig.Entry(vma, 0));
        Assert.True(rig.Table.Flags(target).Has(PageFlags.Owner2));
        Finish(rig, folio, target, anonVma);
        rig.Exit(vma);
        rig.AssertEverythingIsFree();
    }

    [Fact]
    public void APinnedExclusiveFolioStaysMapped()
    {
        using MappingRig rig = new();
        VmaId vma = rig.NewVma();
        Pfn folio = rig.Touch(vma, 1);
        Pte before = rig.Entry(vma, 1);
        rig.Table.Ref(folio).Get(Pins.Bias);
        rig.Isolate(folio);

        Assert.False(rig.Rmap.TryToMigrate(Me, folio, deferFlush: false));

        Assert.Equal(before, rig.Entry(vma, 1));
        Assert.True(rig.Table.Flags(folio).Has(PageFlags.Owner2));
        Assert.Equal(1, rig.Rmap.MapCountOf(folio));
        rig.Folios.Put(Me, folio, Pins.Bias);
        rig.Putback(folio);
        rig.Exit(vma);
        rig.AssertEverythingIsFree();
    }

    [Fact]
    public void AMergedFolioIsFoundInEachPlaceOfOneMm()
    {
        using MappingRig rig = new();
        VmaId vma = rig.NewVma(flags: VmaFlags.Ksm);
        int node = rig.Ksm.Create(Me);
        Pfn folio = rig.Fresh();
        rig.Table.Mapping(folio).SetLocked(MappingWord.Make(node, MappingTag.Ksm));
        long[] pages = [1, 4, 9, 15];
        foreach (long page in pages)
        {
            Assert.True(rig.Ksm.Add(Me, node, vma, page));
            rig.Map(vma, page, folio);
        }
        rig.Folios.Put(Me, folio);
        rig.Isolate(folio);
        Assert.Equal(0, rig.AnonVmas.TryGet(Me, folio));
        Assert.True(rig.Rmap.TryToMigrate(Me, folio, deferFlush: false));
        Assert.All(pages, page => Assert.True(rig.Entry(vma, page).IsMigration));
        rig.Zap(vma, 4);

        Pfn target = Switch(rig, folio);
        rig.Rmap.RemoveMigrationEntries(Me, folio, target);

        Assert.Equal([target, target, target], new long[] { 1, 9, 15 }.Select(page => rig.Entry(vma, page).Pfn));
        Assert.True(rig.Entry(vma, 4).IsNone);
        Assert.Equal(3, rig.Rmap.MapCountOf(target));
        Finish(rig, folio, target, anonVma: 0);
        Assert.True(rig.Ksm.Add(Me, node, vma, 6));
        Assert.Equal(4, rig.Ksm.UsedAtRest().Items);
        Assert.True(rig.Ksm.Remove(Me, node, vma, 6));
        Assert.False(rig.Ksm.Remove(Me, node, vma, 6));
        rig.Exit(vma);
        rig.AssertEverythingIsFree();
    }

    [Fact]
    public void AFilesFolioIsFoundInEachMmThatMapsItsIndex()
    {
        using MappingRig rig = new();
        CacheId cache = rig.Caches.Create(Me);
        Pfn folio = rig.Caches.Read(Me, cache, 7);
        VmaId[] mms = [rig.NewVma(cache: cache), rig.NewVma(cache: cache, offset: 5), rig.NewVma(pages: 4, cache: cache)];
        rig.Map(mms[0], 7, folio, writable: true);
        rig.Map(mms[1], 2, folio);
        rig.Isolate(folio);

        Assert.True(rig.Rmap.TryToMigrate(Me, folio, deferFlush: false));

        Assert.Equal(MigrationKind.Write, rig.Entry(mms[0], 7).Kind);
        Assert.Equal(MigrationKind.Read, rig.Entry(mms[1], 2).Kind);
        rig.Exit(mms[1]);
        rig.Rmap.RemoveMigrationEntries(Me, folio, folio);
        Assert.True(rig.Entry(mms[0], 7).IsWritable);
        Assert.Equal(1, rig.Rmap.MapCountOf(folio));
        rig.Putback(folio);
        rig.Folios.Put(Me, folio);
        rig.Exit(mms[0]);
        rig.Exit(mms[2]);
        rig.Caches.Destroy(Me, cache);
        rig.AssertEverythingIsFree();
    }

    [Fact]
    public void ALargeFolioCountsPageAndHugeEntries()
    {
        using MappingRig rig = new();
        Pfn head = rig.Allocator.AllocateFolio(Me, 3, MemCore.Allocation.MigrateType.Movable);
        Assert.Equal(0, rig.Rmap.MapCountOf(head));
        for (int i = 0; i < 8; i += 3) { rig.Rmap.Add(Me, head + i); }
        rig.Rmap.Add(Me, head, huge: true);
        rig.Rmap.Add(Me, head, huge: true);
        Assert.Equal(5, rig.Rmap.MapCountOf(head));
        rig.Rmap.Remove(Me, head, default, 0, huge: true);
        rig.Rmap.Remove(Me, head, default, 0, huge: true);
        for (int i = 0; i < 8; i += 3) { rig.Rmap.Remove(Me, head + i, default, 0); }
        Assert.False(rig.Rmap.IsMapped(head));
        rig.Folios.Put(Me, head);
        rig.AssertEverythingIsFree();
    }

    // What migration does between the two walks: the target takes the source's place.
    private static Pfn Switch(MappingRig rig, Pfn source)
    {
        Pfn target = rig.Fresh();
        Assert.True(rig.Locks.TryLock(Me, target));
        rig.Table.SetIndexLocked(target, rig.Table.IndexLocked(source));
        rig.Table.Mapping(target).SetLocked(rig.Table.Mapping(source).Raw);
        rig.Table.Flags(target).Set(rig.Table.Flags(source).Read() & (PageFlags.Swapbacked | PageFlags.Dirty));
        return target;
    }

    private static void Finish(MappingRig rig, Pfn source, Pfn target, int anonVma)
    {
        if (anonVma != 0) { rig.AnonVmas.Put(Me, anonVma); }
        rig.Putback(source);
        rig.Putback(target);
    }
}
