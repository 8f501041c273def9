using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Tests.Mapping;

public sealed class MmsTests : IDisposable
{
    private static readonly TaskId s_task = new(0);

    private readonly ProcessRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void APageThatNobodyMappedIsRefused()
    {
        MmId mm = _rig.NewMm();
        _rig.Map(mm, 4, 2);

        Assert.Equal(FaultResult.Refused, _rig.Memories.TryRead(s_task, mm, 3, out _, out _));
        Assert.Equal(FaultResult.Refused, _rig.Memories.TryRead(s_task, mm, 6, out _, out _));
        Assert.Equal(FaultResult.Refused, _rig.Memories.TryRead(s_task, mm, _rig.Tables.Span, out _, out _));
        Assert.Equal(FaultResult.Refused, _rig.Memories.TryRead(s_task, mm, -1, out _, out _));
        Assert.Equal(new PageSignature((uint)mm.Value, 0, 5), _rig.Read(mm, 5));
    }

    [Fact]
    public void AReadOnlyVmaRefusesWrites()
    {
        MmId mm = _rig.NewMm();
        _rig.Map(mm, 0, 1, VmaFlags.None);

        Assert.Equal(0u, _rig.Read(mm, 0).Version);
        Assert.Equal(FaultResult.Refused, _rig.Memories.TryWrite(s_task, mm, 0, new PageSignature(1, 1, 0)));
        Assert.True(_rig.Pins.TryPin(s_task, mm, 0, write: true).IsNone);
        Pfn pin = _rig.Pins.TryPin(s_task, mm, 0, write: false);
        Assert.True(_rig.Pins.MaybePinned(pin));
        _rig.Pins.Unpin(s_task, pin);
        Assert.False(_rig.Pins.MaybePinned(pin));
    }

    [Fact]
    public void PagesAreMappedOnceOnly()
    {
        MmId mm = _rig.NewMm();
        _rig.Map(mm, 10, 10);

        Assert.True(_rig.Mms.Map(s_task, mm, 19, 1, VmaFlags.Write).IsNone);
        Assert.True(_rig.Mms.Map(s_task, mm, 0, 11, VmaFlags.Write).IsNone);
        Assert.True(_rig.Mms.Map(s_task, mm, 0, 30, VmaFlags.Write).IsNone);
        Assert.True(_rig.Mms.Map(s_task, mm, _rig.Tables.Span - 1, 2, VmaFlags.Write).IsNone);
        _rig.Map(mm, 20, 1);
        _rig.Map(mm, 0, 10);
    }

    [Fact]
    public void UnmappedMemoryIsGoneFromTablesCachesAndCounts()
    {
        MmId mm = _rig.NewMm();
        _rig.Map(mm, 0, 100);
        for (int page = 0; page < 100; page++) { _rig.Write(mm, page, 1); }
        long free = _rig.Allocator.FreeFramesAtRest();

        Assert.Equal(100, _rig.Mms.Unmap(s_task, mm, 0, 100));

        _rig.DrainBatches();
        Assert.Equal(free + 100, _rig.Allocator.FreeFramesAtRest());
        Assert.Equal(FaultResult.Refused, _rig.Memories.TryRead(s_task, mm, 50, out _, out _));
        _rig.AssertConsistent();
        _rig.Mms.Exit(s_task, mm);
        _rig.AssertEmpty();
    }

    [Fact]
    public void AHoleInAVmaLeavesBothSidesAsTheyWere()
    {
        MmId mm = _rig.NewMm();
        _rig.Map(mm, 0, 40);
        for (int page = 0; page < 40; page++) { _rig.Write(mm, page, (uint)page + 1); }

        Assert.Equal(10, _rig.Mms.Unmap(s_task, mm, 15, 10));

        for (int page = 0; page < 40; page++)
        {
            if (page is >= 15 and < 25) { Assert.Equal(FaultResult.Refused, _rig.Memories.TryRead(s_task, mm, page, out _, out _)); }
            else { Assert.Equal((uint)page + 1, _rig.Read(mm, page).Version); }
        }
        List<(long, long)> ranges = [];
        _rig.Mms.ForEachVmaAtRest(mm, (_, vma) => ranges.Add((vma.Start, vma.End)));
        Assert.Equal([(0L, 15L), (25L, 40L)], ranges);

        // The pages of the new VMAs are found by the reverse map, at their old indexes.
        Pfn folio = _rig.FrameOf(mm, 30);
        Assert.True(_rig.Locks.TryLock(s_task, folio));
        _rig.Frames.Ref(folio).Get();
        Assert.True(_rig.Rmap.TryToMigrate(s_task, folio, deferFlush: false));
        Assert.True(_rig.PteOf(mm, 30).IsMigration);
        _rig.Rmap.RemoveMigrationEntries(s_task, folio, folio);
        _rig.Locks.Unlock(s_task, folio);
        _rig.Folios.Put(s_task, folio);
        Assert.Equal(31u, _rig.Read(mm, 30).Version);
        _rig.AssertConsistent();
        _rig.Mms.Exit(s_task, mm);
        _rig.AssertEmpty();
    }

    [Fact]
    public void DiscardedPagesComeBackEmpty()
    {
        MmId mm = _rig.NewMm();
        _rig.Map(mm, 0, 20);
        for (int page = 0; page < 20; page++) { _rig.Write(mm, page, 5); }

        Assert.Equal(6, _rig.Mms.Discard(s_task, mm, 6, 6));

        Assert.Equal(5u, _rig.Read(mm, 5).Version);
        Assert.Equal(0u, _rig.Read(mm, 6).Version);
        Assert.Equal(0u, _rig.Read(mm, 11).Version);
        Assert.Equal(5u, _rig.Read(mm, 12).Version);
    }

    [Fact]
    public void AnUnmapOverSeveralVmasTakesAllOfThem()
    {
        MmId mm = _rig.NewMm();
        for (int i = 0; i < 12; i++)
        {
            _rig.Map(mm, i * 10, 6);
            _rig.Write(mm, (i * 10) + 3, 1);
        }

        Assert.Equal(6, _rig.Mms.Unmap(s_task, mm, 32, 57)); // From 32 to 89: the pages 33 to 83.

        int count = 0;
        _rig.Mms.ForEachVmaAtRest(mm, (_, _) => count++);
        Assert.Equal(3 + 1 + 3, count);
        _rig.Mms.Exit(s_task, mm);
        _rig.AssertEmpty();
    }

    [Fact]
    public void ThousandsOfVmasAreFoundInWhateverOrderTheyCame()
    {
        using ProcessRig rig = new(options: ProcessRig.Small with { Vmas = 3000, TableLevels = 5 });
        MmId mm = rig.NewMm();
        int[] order = [.. Enumerable.Range(0, 3000).Select(i => i * 1789 % 3000)];
        foreach (int i in order) { rig.Map(mm, i * 10L, 7); }

        foreach (int i in order)
        {
            VmaId vma = rig.Mms.LockShared(s_task, mm, (i * 10) + 6);
            Assert.Equal(i * 10, rig.Vmas.Read(vma).Start);
            rig.Mms.UnlockShared(s_task, mm);
            Assert.True(rig.Mms.LockShared(s_task, mm, (i * 10) + 7).IsNone);
            rig.Mms.UnlockShared(s_task, mm);
        }
        long last = -1;
        rig.Mms.ForEachVmaAtRest(mm, (_, vma) =>
        {
            Assert.True(vma.Start > last);
            last = vma.Start;
        });
        foreach (int i in order.Where(i => i % 3 != 0)) { rig.Mms.Unmap(s_task, mm, i * 10, 10); }
        Assert.Equal(1000, rig.Vmas.UsedAtRest());
        Assert.Equal(FaultResult.Refused, rig.Memories.TryRead(s_task, mm, 10, out _, out _));
        rig.Mms.Exit(s_task, mm);
        rig.AssertEmpty();
    }

    [Fact]
    public void WithoutFramesAnAccessFailsAndNothingIsHeld()
    {
        using ProcessRig rig = new(frames: 16);
        MmId mm = rig.NewMm();
        rig.Map(mm, 0, 32);
        int written = 0;
        while (rig.Memories.TryWrite(s_task, mm, written, new PageSignature(1, 1, written)) == FaultResult.Done) { written++; }

        Assert.Equal(16, written);
        rig.AssertConsistent();
        rig.Mms.Exit(s_task, mm);
        rig.AssertEmpty();
    }
}
