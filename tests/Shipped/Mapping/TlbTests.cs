using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Tests.Mapping;

public sealed class TlbTests
{
    private const int Rounds = 4000;
    private static readonly TaskId s_task = new(0);

    [Fact]
    public void ATranslationIsUsedUntilItIsFlushedAndNotAfter()
    {
        using ProcessRig rig = new();
        MmId mm = rig.NewMm();
        rig.Map(mm, 0, 1);
        rig.Write(mm, 0, 1);
        Pfn frame = rig.FrameOf(mm, 0);
        PteSlot slot = rig.Tables.Find(rig.Mms.RootOf(mm), 0);
        Pte pte = rig.Tables.GetAndClear(slot);

        Assert.Equal(frame, Translate(rig, mm, 0, write: true)); // As hardware: the table says nothing, the cache does.
        rig.Tlb.FlushPage(s_task, mm, 0);
        Assert.True(Translate(rig, mm, 0, write: false).IsNone);

        rig.Tables.Set(slot, pte);
        Assert.Equal(frame, Translate(rig, mm, 0, write: true));
        rig.Mms.Exit(s_task, mm);
        rig.AssertEmpty();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(40)]
    public void WhatWasDeferredIsDoneInOneGo(int pages)
    {
        using ProcessRig rig = new(cpus: 3, tasks: 3, options: ProcessRig.Small with { TlbOrder = 7 });
        MmId mm = rig.NewMm();
        MmId other = rig.NewMm();
        rig.Map(mm, 0, pages);
        rig.Map(other, 0, 1);
        for (int page = 0; page < pages; page++)
        {
            for (int task = 0; task < 2; task++) { rig.Write(mm, page, 1, task); }
        }
        rig.Write(other, 0, 1, task: 2);
        for (int page = 0; page < pages; page++)
        {
            rig.Tables.Change(rig.Tables.Find(rig.Mms.RootOf(mm), page), set: 0, clear: Pte.WritableBit | Pte.DirtyBit);
            rig.Tlb.DeferFlush(s_task, mm, page);
        }
        Assert.True(rig.Tlb.HasDeferred(s_task));
        Assert.False(rig.Tlb.HasDeferred(new TaskId(1)));

        rig.Tlb.FlushDeferred(s_task);

        Assert.False(rig.Tlb.HasDeferred(s_task));
        List<MmId> left = [];
        rig.Tlb.ForEachAtRest((_, owner, _, _, _) => left.Add(owner));
        Assert.Equal([other], left);
        Assert.True(Translate(rig, mm, 0, write: true).IsNone);
        Assert.False(Translate(rig, mm, 0, write: false).IsNone);
    }

    [Fact]
    public void AWriteNeedsATranslationThatWasMadeForWriting()
    {
        using ProcessRig rig = new();
        MmId mm = rig.NewMm();
        rig.Map(mm, 0, 1);
        rig.Read(mm, 0);
        Assert.False(rig.PteOf(mm, 0).IsDirty);

        Assert.False(Translate(rig, mm, 0, write: true).IsNone);

        Assert.True(rig.PteOf(mm, 0).IsDirty);
        long misses = rig.Events.Sum(EventCounter.TlbMiss);
        Translate(rig, mm, 0, write: true);
        Assert.Equal(misses, rig.Events.Sum(EventCounter.TlbMiss));
    }

    [Fact]
    public void CachedTranslationsNameMmAndPageExactly()
    {
        using ProcessRig rig = new(options: ProcessRig.Small with { TlbOrder = 5 });
        MmId[] mms = [rig.NewMm(), rig.NewMm(), rig.NewMm()];
        Dictionary<(MmId, long), Pfn> expected = [];
        foreach (MmId mm in mms)
        {
            foreach (long page in new[] { 0L, 7, 8, 31, 32, 4095 })
            {
                rig.Map(mm, page, 1);
                rig.Write(mm, page, 1);
                expected[(mm, page)] = rig.FrameOf(mm, page);
            }
        }
        int found = 0;
        rig.Tlb.ForEachAtRest((_, mm, page, pfn, write) =>
        {
            Assert.Equal(expected[(mm, page)], pfn);
            Assert.True(write);
            found++;
        });
        Assert.True(found > 6);
    }

    [Fact]
    public void AMachineWhoseTranslationsDoNotFitAWordIsRefused()
    {
        ArgumentException e = Assert.Throws<ArgumentException>(() => new ProcessRig(options: new MappingOptions { TableOrder = 9, TableLevels = 4, Mms = 1 << 26, TableNodes = 1, CacheNodes = 1, TlbOrder = 0 }));
        Assert.Contains("of 64", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void NoFlushEndsWhileAnAccessIsUnderWay(bool defer)
    {
        using ProcessRig rig = new(cpus: 2, tasks: 2);
        MmId mm = rig.NewMm();
        rig.Map(mm, 0, 1);
        rig.Write(mm, 0, 1);
        int inside = 0;
        int flushed = 0;
        rig.Run(task =>
        {
            if (task.Value == 0)
            {
                rig.Tlb.BeginAccess(task);
                Assert.False(rig.Tlb.Translate(task, mm, rig.Mms.RootOf(mm), 0, write: true).IsNone);
                Volatile.Write(ref inside, 1);
                bool early = SeenWithin(ref flushed);
                rig.Tlb.EndAccess(task);
                Assert.False(early, "the flush ended before the access did");
                return;
            }
            while (Volatile.Read(ref inside) == 0) { Thread.Yield(); }
            if (defer)
            {
                rig.Tlb.DeferFlush(task, mm, 0);
                rig.Tlb.FlushDeferred(task);
            }
            else { rig.Tlb.FlushPage(task, mm, 0); }
            Volatile.Write(ref flushed, 1);
        });
        Assert.Equal(1, flushed);
    }

    [Fact]
    public void AZappedFrameIsNotFreedWhileAnAccessToItIsUnderWay()
    {
        using ProcessRig rig = new(cpus: 2, tasks: 2);
        MmId mm = rig.NewMm();
        rig.Map(mm, 0, 1);
        rig.Write(mm, 0, 1);
        rig.DrainBatches();
        int inside = 0;
        int discarded = 0;
        rig.Run(task =>
        {
            if (task.Value == 0)
            {
                rig.Tlb.BeginAccess(task);
                FolioHandle frame = rig.Frames.Handle(rig.Tlb.Translate(task, mm, rig.Mms.RootOf(mm), 0, write: true));
                Volatile.Write(ref inside, 1);
                SeenWithin(ref discarded);
                bool alive = rig.Frames.IsSameLife(frame);
                rig.Tlb.EndAccess(task);
                Assert.True(alive, "the frame was freed before the access ended");
                return;
            }
            while (Volatile.Read(ref inside) == 0) { Thread.Yield(); }
            rig.Mms.Discard(task, mm, 0, 1);
            Volatile.Write(ref discarded, 1);
        });
        rig.Mms.Exit(s_task, mm);
        rig.AssertEmpty();
    }

    /// <summary>Writers through the caches, several on one CPU; another task unmaps and then owns the frame: nobody writes to it any more.</summary>
    [Theory]
    [InlineData(1, 3, false)]
    [InlineData(2, 4, false)]
    [InlineData(2, 4, true)]
    [InlineData(4, 4, true)]
    public void NoWriteReachesAFrameAfterTheFlushThatTookItAway(int cpus, int tasks, bool defer)
    {
        const int Pages = 4;
        using ProcessRig rig = new(frames: 256, cpus, tasks, ProcessRig.Small with { TlbOrder = 1 });
        MmId mm = rig.NewMm();
        VmaId vma = rig.Map(mm, 0, Pages);
        int running = 1;
        rig.Run(task =>
        {
            if (task.Value != 0)
            {
                for (uint i = 0; Volatile.Read(ref running) != 0; i++) { rig.Write(mm, (i + task.Value) % Pages, i, task.Value); }
                return;
            }
            try { TakeFramesAway(rig, task, mm, vma, Pages, defer); }
            finally { Volatile.Write(ref running, 0); }
        });
        rig.AssertConsistent();
        rig.Mms.Exit(s_task, mm);
        rig.AssertEmpty();
    }

    // Each frame is sealed when it is taken, and must still be as it was when its turn comes to be freed.
    private static void TakeFramesAway(ProcessRig rig, TaskId task, MmId mm, VmaId vma, int pages, bool defer)
    {
        Queue<(Pfn Frame, PageSignature Seal)> taken = [];
        for (int round = 0; round < Rounds || taken.Count > 0; round++)
        {
            long page = round % pages;
            Pfn frame = round < Rounds ? TakeAway(rig, task, mm, vma, page, defer) : Pfn.None;
            if (!frame.IsNone)
            {
                PageSignature seal = new(0xffff, (uint)round, page);
                rig.Contents.Stamp(frame, seal);
                taken.Enqueue((frame, seal));
            }
            else if (round < Rounds) { rig.Read(mm, page, task.Value, check: false); }
            if (taken.Count < 16 && round < Rounds) { continue; }
            (Pfn oldest, PageSignature expected) = taken.Dequeue();
            rig.Contents.Verify(oldest, expected);
            rig.Folios.Put(task, oldest);
        }
    }

    // As a zap, but the reference stays the caller's.
    private static Pfn TakeAway(ProcessRig rig, TaskId task, MmId mm, VmaId vma, long page, bool defer)
    {
        PteSlot slot = rig.Tables.Find(rig.Mms.RootOf(mm), page);
        if (slot.IsNone) { return Pfn.None; }
        WordLock table = rig.Tables.LockOf(slot);
        table.Lock(task);
        Pte pte = rig.Tables.GetAndClear(slot);
        if (pte.IsNone)
        {
            table.Unlock(task);
            return Pfn.None;
        }
        rig.Rmap.Remove(task, pte.Pfn, vma, page);
        if (defer) { rig.Tlb.DeferFlush(task, mm, page); }
        else { rig.Tlb.FlushPage(task, mm, page); }
        table.Unlock(task);
        rig.Tlb.FlushDeferred(task);
        return pte.Pfn;
    }

    // Gives the other task every chance to do what it must not.
    private static bool SeenWithin(ref int flag)
    {
        for (int i = 0; i < 3000; i++)
        {
            if (Volatile.Read(ref flag) != 0) { return true; }
            Thread.Yield();
        }
        return false;
    }

    private static Pfn Translate(ProcessRig rig, MmId mm, long page, bool write)
    {
        rig.Tlb.BeginAccess(s_task);
        Pfn pfn = rig.Tlb.Translate(s_task, mm, rig.Mms.RootOf(mm), page, write);
        rig.Tlb.EndAccess(s_task);
        return pfn;
    }
}
