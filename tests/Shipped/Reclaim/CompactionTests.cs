using MemCore.Allocation;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;
using MemCore.Reclaim;

namespace MemCore.Tests.Reclaim;

public class CompactionTests
{
    private const int Block = ReclaimRig.BlockFrames;

    private static TaskId Me => ReclaimRig.Me;

    [Theory]
    [InlineData((int)MigrateMode.Async)]
    [InlineData((int)MigrateMode.SyncLight)]
    [InlineData((int)MigrateMode.Sync)]
    public void ScatteredPagesAreGatheredAndBlocksBecomeFree(int mode)
    {
        using ReclaimRig rig = new(blocks: 32);
        rig.Fragment(pages: 24 * Block, keepEvery: 4);
        Assert.True(rig.WholeBlocks() <= 8);

        CompactResult result = rig.Compaction.Run(Me, 0, Compaction.WholeZone, (MigrateMode)mode);

        // 24 blocks' quarter is 6 blocks; one more may be begun.
        Assert.Equal(CompactResult.Complete, result);
        Assert.InRange(rig.WholeBlocks(), 32 - 7, 32 - 6);
        rig.AssertIntact();
        Assert.True(rig.Sum(EventCounter.CompactMigrateScanned) >= rig.Sum(EventCounter.PgMigrateSuccess));
        Assert.InRange(rig.Sum(EventCounter.PgMigrateSuccess), 200, 6 * Block);
        Assert.Equal(0, rig.Sum(EventCounter.PgMigrateFail));
    }

    [Fact]
    public void WhatIsCompactStaysWhereItIs()
    {
        using ReclaimRig rig = new(blocks: 16);
        rig.Fragment(pages: 12 * Block, keepEvery: 3);
        rig.Compaction.Run(Me, 0, Compaction.WholeZone, MigrateMode.Sync);
        int whole = rig.WholeBlocks();
        long moved = rig.Sum(EventCounter.PgMigrateSuccess);

        Assert.Equal(CompactResult.Complete, rig.Compaction.Run(Me, 0, Compaction.WholeZone, MigrateMode.Sync));

        Assert.True(rig.WholeBlocks() >= whole);
        Assert.InRange(rig.Sum(EventCounter.PgMigrateSuccess) - moved, 0, Block);
        rig.AssertIntact();
    }

    [Fact]
    public void PinnedPagesStayAndAreCounted()
    {
        using ReclaimRig rig = new(blocks: 16);
        rig.Fragment(pages: 12 * Block, keepEvery: 8);
        List<(long Page, Pfn Pfn)> pinned = [];
        foreach (long page in rig.Pages.Where(page => page % 64 == 0))
        {
            Pfn pfn = rig.Machine.Pins.TryPin(Me, rig.Mm, page, write: true);
            Assert.False(pfn.IsNone);
            pinned.Add((page, pfn));
        }

        rig.Compaction.Run(Me, 0, Compaction.WholeZone, MigrateMode.Sync);

        Assert.All(pinned, pin => Assert.Equal(pin.Pfn, rig.PfnOf(pin.Page)));
        Assert.True(rig.Sum(EventCounter.CompactSkippedPinned) > 0);
        int blocksWithPins = pinned.Select(pin => pin.Pfn.Value / Block).Distinct().Count();
        Assert.InRange(rig.WholeBlocks(), 16 - blocksWithPins - 1, 16 - blocksWithPins);
        pinned.ForEach(pin => rig.Machine.Pins.Unpin(Me, pin.Pfn));
        rig.AssertIntact();
        rig.Compaction.Run(Me, 0, Compaction.WholeZone, MigrateMode.Sync);
        Assert.InRange(rig.WholeBlocks(), 16 - 3, 16 - 2);
        rig.AssertIntact();
    }

    [Fact]
    public void LargeFoliosStayAndAreCountedOnce()
    {
        using ReclaimRig rig = new(blocks: 8);
        Pfn large = rig.Allocator.AllocateFolio(Me, 4, MigrateType.Movable);
        rig.Fragment(pages: 6 * Block, keepEvery: 8);

        rig.Compaction.Run(Me, 0, Compaction.WholeZone, MigrateMode.Sync);

        Assert.Equal(4, rig.Machine.Frames.OrderOf(large));
        Assert.Equal(1, rig.Machine.Frames.Ref(large).CountUnsafe);
        Assert.InRange(rig.Sum(EventCounter.CompactSkippedLarge), 1, 4);
        Assert.InRange(rig.WholeBlocks(), 6, 7);
        rig.AssertIntact(alsoLive: 16);
        rig.Machine.Folios.Put(Me, large);
        rig.AssertIntact();
    }

    [Fact]
    public void BalloonPagesMoveWithTheRest()
    {
        using ReclaimRig rig = new(blocks: 16);
        List<Pfn> plain = [];
        for (int i = 0; i < 8 * Block; i++)
        {
            if (i % 8 == 0) { Assert.True(rig.Machine.Balloon.Inflate(Me)); }
            else { plain.Add(rig.Allocator.Allocate(Me, 0, MigrateType.Movable)); }
        }
        plain.ForEach(pfn => rig.Machine.Folios.Put(Me, pfn));

        rig.Compaction.Run(Me, 0, Compaction.WholeZone, MigrateMode.Async);

        Assert.Equal(64, rig.Machine.Balloon.Pages);
        Assert.InRange(rig.WholeBlocks(), 14, 15);
        Assert.True(rig.Sum(EventCounter.BalloonMigrate) > 30);
        rig.AssertIntact();
    }

    [Fact]
    public void BlocksOfTheKernelsSizeAreEmptiedInSeveralRounds()
    {
        using Machine machine = new(new MachineOptions { Frames = 16 * 512, Tasks = 1 });
        machine.Allocator.FreeRangeAtRest(new Pfn(0), machine.Frames.Frames);
        List<Pfn> plain = [];
        for (int i = 0; i < 16 * 512; i++)
        {
            if (i % 8 == 0) { Assert.True(machine.Balloon.Inflate(Me)); }
            else { plain.Add(machine.Allocator.Allocate(Me, 0, MigrateType.Movable)); }
        }
        plain.ForEach(pfn => machine.Folios.Put(Me, pfn));
        machine.Allocator.DrainAll(Me);
        Assert.Equal(0, machine.Allocator.WhollyFreeBlocksAtRest());

        Assert.Equal(CompactResult.Complete, machine.Compaction.Run(Me, 0, Compaction.WholeZone, MigrateMode.Async));

        Assert.Equal(14, machine.Allocator.WhollyFreeBlocksAtRest());
        Assert.Equal(1024, machine.Balloon.Pages);
        Assert.InRange(machine.Events.Sum(EventCounter.PgMigrateSuccess), 14 * 64, 1024);
        Assert.Equal(machine.Events.Sum(EventCounter.BalloonMigrate), machine.Events.Sum(EventCounter.PgMigrateSuccess));
    }

    [Fact]
    public void ARequestForAnOrderEndsWithTheFirstBlock()
    {
        using ReclaimRig rig = new(blocks: 16);
        rig.Fragment(pages: 16 * Block, keepEvery: 2);
        Assert.Equal(0, rig.WholeBlocks());
        ZoneFree before = rig.Compaction.Measure(0, 6);
        Assert.Equal(0, before.Suitable);
        Assert.True(before.FragmentationIndex > 500);

        Assert.Equal(CompactResult.Success, rig.Compaction.Run(Me, 0, 6, MigrateMode.SyncLight));

        Assert.InRange(rig.WholeBlocks(), 1, 2);
        Assert.False(rig.Allocator.Allocate(Me, 6, MigrateType.Movable).IsNone);
        Assert.Equal(1, rig.Sum(EventCounter.CompactStall));
        Assert.Equal(1, rig.Sum(EventCounter.CompactSuccess));
        rig.AssertIntact(alsoLive: Block);
    }

    [Fact]
    public void ThereIsNothingToDoForAnOrderThatIsFree()
    {
        using ReclaimRig rig = new(blocks: 4);
        Assert.Equal(CompactResult.Success, rig.Compaction.Run(Me, 0, 6, MigrateMode.Async));
        Assert.Equal(0, rig.Sum(EventCounter.CompactStall));
    }

    [Fact]
    public void WithTooLittleFreeARequestIsTurnedAway()
    {
        using ReclaimRig rig = new(blocks: 4);
        for (long page = 0; page < rig.Frames; page++) { rig.Write(page); }
        rig.Drop(17);
        rig.Settle();
        Assert.Equal(CompactResult.Skipped, rig.Compaction.Run(Me, 0, 6, MigrateMode.Sync));
        Assert.Equal(0, rig.Sum(EventCounter.CompactMigrateScanned));
    }

    [Fact]
    public void FailuresDeferTheNextRequestsTwiceAsLongEachTime()
    {
        using ReclaimRig rig = new(blocks: 4);
        List<Pfn> unmovable = [.. Enumerable.Range(0, rig.Frames).Select(_ => rig.Allocator.Allocate(Me, 0, MigrateType.Movable))];
        foreach (Pfn pfn in unmovable.Where(pfn => pfn.Value % 2 == 0)) { rig.Machine.Folios.Put(Me, pfn); }
        rig.Settle();
        List<CompactResult> results = [.. Enumerable.Range(0, 8).Select(_ => rig.Compaction.Run(Me, 0, 6, MigrateMode.SyncLight))];

        CompactResult[] expected = [CompactResult.Complete, CompactResult.Deferred, CompactResult.PartialSkipped, CompactResult.Deferred,
            CompactResult.Deferred, CompactResult.Deferred, CompactResult.Complete, CompactResult.Deferred];
        Assert.Equal(expected, results);
        Assert.Equal((0, 3, 1), rig.Compaction.Deferral.StateOf(0));
        Assert.Equal(5, rig.Sum(EventCounter.CompactDeferred));
        Assert.Equal(3, rig.Sum(EventCounter.CompactFail));
    }

    [Fact]
    public void AnAsynchronousRunLeavesBlocksOfOtherTypesAlone()
    {
        using ReclaimRig rig = new(blocks: 8);
        rig.Fragment(pages: 8 * Block, keepEvery: 4);
        rig.Allocator.SetTypeAtRest(0, MigrateType.Reclaimable);
        int before = rig.Allocator.FreeInBlock(0);
        rig.Compaction.Run(Me, 0, Compaction.WholeZone, MigrateMode.Async);
        Assert.Equal(before, rig.Allocator.FreeInBlock(0));

        rig.Compaction.Run(Me, 0, Compaction.WholeZone, MigrateMode.Sync);

        Assert.Equal(Block, rig.Allocator.FreeInBlock(0));
        rig.AssertIntact();
    }

    [Fact]
    public void ZonesAreCompactedByThemselves()
    {
        using ReclaimRig rig = new(blocks: 48, nodes: 3);
        Assert.Equal([0, 16, 32], Enumerable.Range(0, 3).Select(rig.Compaction.Zones.FirstBlock));
        rig.Fragment(pages: 48 * Block, keepEvery: 4);

        rig.Compaction.Run(Me, 1, Compaction.WholeZone, MigrateMode.Sync);

        rig.Settle();
        int[] whole = [.. Enumerable.Range(0, 3).Select(zone => Enumerable.Range(zone * 16, 16).Count(block => rig.Allocator.FreeInBlock(block) == Block))];
        Assert.Equal(0, whole[0]);
        Assert.InRange(whole[1], 11, 12);
        Assert.Equal(0, whole[2]);
        rig.AssertIntact();
    }

    [Fact]
    public void ARoundLeavesNothingBehind()
    {
        using ReclaimRig rig = new(blocks: 8);
        rig.Fragment(pages: 8 * Block, keepEvery: 4);
        CompactResult result;
        int rounds = 0;
        do
        {
            result = rig.Compaction.Step(Me, 0, Compaction.WholeZone, MigrateMode.Async);
            rounds++;
            rig.AssertIntact();
        }
        while (result == CompactResult.Continue);
        Assert.Equal(CompactResult.Complete, result);
        Assert.InRange(rounds, 6, 20);
    }

    [Fact]
    public void SeveralTasksCompactTheSameZone()
    {
        using ReclaimRig rig = new(blocks: 64, tasks: 3, cpus: 2);
        rig.Fragment(pages: 64 * Block, keepEvery: 4);
        ReclaimRig.Run(3, task =>
        {
            for (int met = 0, contended = 0; met < 3 && contended < 10_000;)
            {
                CompactResult result = rig.Compaction.Step(task, 0, Compaction.WholeZone, (MigrateMode)task.Value);
                if (result == CompactResult.Complete) { met++; }
                if (result == CompactResult.Contended) { contended++; }
            }
        });
        rig.AssertIntact();
        Assert.InRange(rig.WholeBlocks(), 64 - 16 - 3, 64 - 16);
    }

    [Fact]
    public void CompactionBesideFaultsAndUnmapsLosesNothing()
    {
        using ReclaimRig rig = new(blocks: 32, tasks: 4, cpus: 2);
        rig.Fragment(pages: 16 * Block, keepEvery: 2);
        int running = 2;
        ReclaimRig.Run(4, task =>
        {
            Allocation.XorShift random = new(99 + (ulong)task.Value);
            if (task.Value < 2)
            {
                // Each has pages of its own above those that stay.
                long first = (16 + (task.Value * 8)) * Block;
                uint version = 0;
                // At least so many steps, and until the others have had a share of it.
                for (int i = 0; i < 20_000 || (rig.Sum(EventCounter.PgMigrateSuccess) == 0 && i < 100_000_000); i++)
                {
                    long page = first + random.Below(6 * Block);
                    if (random.Below(3) == 0) { rig.Machine.Mms.Discard(task, rig.Mm, page, 1); }
                    else { Assert.Equal(FaultResult.Done, rig.Machine.Memories.TryWrite(task, rig.Mm, page, new PageSignature((uint)rig.Mm.Value, ++version, page))); }
                }
                rig.Machine.Mms.Discard(task, rig.Mm, first, 8 * Block);
                Interlocked.Decrement(ref running);
                return;
            }
            while (Volatile.Read(ref running) > 0)
            {
                rig.Compaction.Step(task, 0, random.Below(2) == 0 ? Compaction.WholeZone : 6, (MigrateMode)random.Below(3));
            }
        });
        TestContext.Current.SendDiagnosticMessage($"compaction beside faults: {rig.Sum(EventCounter.PgMigrateSuccess)} migrated, {rig.Sum(EventCounter.PgMigrateFail)} failed");
        Assert.True(rig.Sum(EventCounter.PgMigrateSuccess) > 0);
        rig.AssertIntact();
        rig.Compaction.Run(Me, 0, Compaction.WholeZone, MigrateMode.Sync);
        Assert.InRange(rig.WholeBlocks(), 32 - 8 - 1, 32 - 8);
        rig.AssertIntact();
    }
}
