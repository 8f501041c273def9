using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Tests.Allocation;

public class FreeChecksTests
{
    private static readonly TaskId s_task = new(0);
    private static readonly AllocatorOptions s_unchecked = new() { CheckAtFree = false, CheckAtAlloc = false };

    [Theory]
    [InlineData(PageFlags.Lru)]
    [InlineData(PageFlags.Locked)]
    [InlineData(PageFlags.Private)]
    [InlineData(PageFlags.Private2)]
    [InlineData(PageFlags.Writeback)]
    [InlineData(PageFlags.Reserved)]
    [InlineData(PageFlags.Active)]
    [InlineData(PageFlags.Unevictable)]
    public void AFlagOfTheLastOwnerIsReportedAndTheFrameLeaked(PageFlags flag)
    {
        using AllocatorRig rig = new(512);
        List<BadPage> heard = [];
        rig.Allocator.OnBadPage = heard.Add;
        Pfn pfn = rig.Take();
        rig.Table.Flags(pfn).Set(flag);
        rig.Give(pfn);
        BadPage bad = Assert.Single(rig.Allocator.BadPages);
        Assert.Equal(ViolationKind.FlagAtFree, bad.Kind);
        Assert.StartsWith($"BUG: Bad page state in process task/0  pfn:{pfn.Value:x5}\n", bad.Report, StringComparison.Ordinal);
        Assert.EndsWith("page dumped because: PAGE_FLAGS_CHECK_AT_FREE flag(s) set", bad.Report, StringComparison.Ordinal);
        Assert.Equal([bad], heard);
        Assert.Equal(1, rig.Events.Sum(EventCounter.FreeBadPage));
        Assert.Equal(511, rig.TakeAll().Count);
        rig.AssertSound(live: 511);
    }

    [Theory]
    [InlineData(PageFlags.Mlocked)]
    [InlineData(PageFlags.Waiters)]
    [InlineData(PageFlags.Dirty)]
    [InlineData(PageFlags.Referenced)]
    [InlineData(PageFlags.Reclaim)]
    [InlineData(PageFlags.Swapbacked)]
    public void AFlagOutsideTheMaskIsWipedSilently(PageFlags flag)
    {
        using AllocatorRig rig = new(512);
        Pfn pfn = rig.Take();
        rig.Table.Flags(pfn).Set(flag);
        rig.Table.SetPrivateLocked(pfn, 77);
        rig.Give(pfn);
        Assert.Empty(rig.Allocator.BadPages);
        Assert.Equal(PageFlags.None, rig.Table.Flags(pfn).Read());
        Assert.Equal(0, rig.Table.PrivateLocked(pfn));
        rig.AssertSound(live: 0);
    }

    [Fact]
    public void WithoutChecksAStrayFlagIsNeverSeen()
    {
        using AllocatorRig rig = new(512, options: s_unchecked);
        Pfn pfn = rig.Take();
        rig.Table.Flags(pfn).Set(PageFlags.Active);
        rig.Give(pfn);
        Assert.Empty(rig.Allocator.BadPages);
        Assert.Equal(PageFlags.None, rig.Table.Flags(pfn).Read());
    }

    [Fact]
    public void TheLaterReasonOverridesTheEarlier()
    {
        using AllocatorRig rig = new(512);
        Assert.Equal(ViolationKind.MapcountAtFree, Freed(rig, (table, pfn) => table.Map(pfn).Add()).Kind);
        Assert.Equal(ViolationKind.NonNullMappingAtFree, Freed(rig, (table, pfn) => Map(table, pfn, MappingTag.File)).Kind);
        Assert.Equal("nonzero _refcount", Freed(rig, (table, pfn) => Refer(table, pfn)).Reason);
        Assert.Equal(ViolationKind.FlagAtFree, Freed(rig, (table, pfn) => Flag(table, pfn)).Kind);
        rig.AssertSound(live: 0);

        static void Map(FrameTable table, Pfn pfn, MappingTag tag)
        {
            table.Map(pfn).Add();
            table.Mapping(pfn).SetLocked(MappingWord.Make(5, tag));
        }

        static void Refer(FrameTable table, Pfn pfn)
        {
            Map(table, pfn, MappingTag.File);
            table.Ref(pfn).Publish(3);
        }

        static void Flag(FrameTable table, Pfn pfn)
        {
            Refer(table, pfn);
            table.Flags(pfn).Set(PageFlags.Active);
        }
    }

    [Fact]
    public void AnAnonymousMappingAndAPageTypeEndWithTheFrame()
    {
        using AllocatorRig rig = new(512);
        Pfn pfn = rig.Take();
        rig.Table.Mapping(pfn).SetLocked(MappingWord.Make(9, MappingTag.Anon));
        rig.Table.Map(pfn).SetType(PageType.Table);
        rig.Give(pfn);
        Assert.Empty(rig.Allocator.BadPages);
        Assert.Equal(0, rig.Table.Mapping(pfn).Raw);
        Assert.True(rig.Table.Map(pfn).IsIdle);
    }

    [Theory]
    [InlineData(PageFlags.Waiters)]
    [InlineData(PageFlags.Locked)]
    public void AFlagSetOnAFreeFrameIsCaughtWhenItIsHandedOut(PageFlags flag)
    {
        using AllocatorRig rig = new(512);
        Pfn pfn = rig.Take();
        rig.Give(pfn);
        rig.Table.Flags(pfn).Set(flag);
        List<Pfn> taken = rig.TakeAll();
        Assert.Equal(511, taken.Count);
        Assert.DoesNotContain(pfn, taken);
        Assert.Equal(ViolationKind.FlagAtAlloc, Assert.Single(rig.Allocator.BadPages).Kind);
        Assert.Equal(1, rig.Events.Sum(EventCounter.AllocBadPage));
        rig.AssertSound(live: 511);
    }

    [Fact]
    public void APoisonedFrameDoesNotComeBackAndIsNotReported()
    {
        using AllocatorRig rig = new(512);
        Pfn pfn = rig.Take();
        rig.Table.Flags(pfn).Set(PageFlags.HwPoison);
        rig.Give(pfn);
        Assert.Empty(rig.Allocator.BadPages);
        Assert.Equal(1, rig.Allocator.LeakedFramesAtRest());
        Assert.DoesNotContain(pfn, rig.TakeAll());
    }

    [Fact]
    public void ABadFrameOfABlockLeaksTheBlock()
    {
        using AllocatorRig rig = new(1024);
        Pfn head = rig.Take(order: 5);
        rig.Table.Flags(head + 17).Set(PageFlags.Lru);
        rig.Give(head, order: 5);
        Assert.Equal(head + 17, Assert.Single(rig.Allocator.BadPages).Pfn);
        Assert.Equal(32, rig.Allocator.LeakedFramesAtRest());
        rig.AssertSound(live: 0);
    }

    [Fact]
    public void AFolioWithAMappedTailIsLeaked()
    {
        using AllocatorRig rig = new(1024);
        Pfn head = rig.Allocator.AllocateFolio(s_task, 9, MigrateType.Movable);
        rig.Table.Map(head + 300).Add();
        rig.Allocator.Put(s_task, head);
        Assert.Equal(ViolationKind.MapcountAtFree, Assert.Single(rig.Allocator.BadPages).Kind);
        Assert.Equal(512, rig.Allocator.LeakedFramesAtRest());
        Assert.Equal(512, rig.TakeAll().Count);
    }

    private static BadPage Freed(AllocatorRig rig, Action<FrameTable, Pfn> spoil)
    {
        Pfn pfn = rig.Take();
        rig.Table.Ref(pfn).PutTestZero();
        spoil(rig.Table, pfn);
        rig.Allocator.Free(s_task, pfn, 0);
        return rig.Allocator.BadPages[^1];
    }
}
