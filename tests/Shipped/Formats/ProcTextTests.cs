using MemCore.Lab.Formats;

namespace MemCore.Tests.Formats;

public class ProcTextTests
{
    [Theory]
    [InlineData("a-loaded", 831_741)]
    [InlineData("b-fragmented", 983_201)]
    [InlineData("c-compacted", 2_142_234)]
    public void BuddyinfoCountsTheFreePages(string prefix, long free)
    {
        Assert.True(BuddyInfo.TryRead(RealHost.PathOf($"{prefix}-buddyinfo.txt"), out BuddyInfo? info, out _));
        Assert.Equal(["DMA", "DMA32", "Normal"], info.Zones.Select(zone => zone.Zone));
        Assert.All(info.Zones, zone => Assert.Equal(11, zone.FreeBlocks.Count));
        Assert.Equal(free, info.FreePages);
    }

    [Theory]
    [InlineData("a-loaded")]
    [InlineData("b-fragmented")]
    [InlineData("c-compacted")]
    public void PagetypeinfoCountsTheBlocks(string prefix)
    {
        Assert.True(PageTypeInfo.TryRead(RealHost.PathOf($"{prefix}-pagetypeinfo.txt"), out PageTypeInfo? info, out FormatError? error),
            error?.Message);
        Assert.Equal((9, 512), (info.PageBlockOrder, info.PagesPerBlock));
        Assert.Equal(["Unmovable", "Movable", "Reclaimable", "HighAtomic", "Isolate"], info.Types);
        Assert.Equal(15, info.Free.Count);
        Assert.All(info.Free, row => Assert.Equal(11, row.FreeBlocks.Count));
        // 8 blocks below 16 MiB, the rest of the first 3 GiB, and 11 x 512 blocks from 4 GiB up.
        Assert.Equal(8, info.Blocks[0].Blocks.Sum());
        Assert.Equal(1_528, info.Blocks[1].Blocks.Sum());
        Assert.Equal(info.Types.Sum(info.BlocksOf), info.Blocks.Sum(zone => zone.Blocks.Sum()));
    }

    [Fact]
    public void PagetypeinfoOfTheFragmentedHostHasItsNumbers()
    {
        Assert.True(PageTypeInfo.TryRead(RealHost.PathOf("b-fragmented-pagetypeinfo.txt"), out PageTypeInfo? info, out _));
        PageTypeFree movable = info.Free.Single(row => row is { Zone: "Normal", Type: "Movable" });
        Assert.Equal(new PageTypeCount(64_818, AtLeast: false), movable.FreeBlocks[0]);
        Assert.Equal(140, info.BlocksOf("Unmovable"));
        Assert.Equal(175, info.BlocksOf("Reclaimable"));
        Assert.Equal(0, info.BlocksOf("CMA"));
    }

    [Fact]
    public void PagetypeinfoAcceptsACountThatWasCutShort()
    {
        string text = RealHost.Text("b-fragmented-pagetypeinfo.txt").Replace(" 64818 ", ">100000 ", StringComparison.Ordinal);
        Assert.True(PageTypeInfo.TryParse(text, "text", out PageTypeInfo? info, out FormatError? error), error?.Message);
        PageTypeFree movable = info.Free.Single(row => row is { Zone: "Normal", Type: "Movable" });
        Assert.Equal(new PageTypeCount(100_000, AtLeast: true), movable.FreeBlocks[0]);
    }

    [Fact]
    public void IomemGivesTheRam()
    {
        Assert.True(IomemRanges.TryRead(RealHost.PathOf("iomem-system-ram.txt"), out IomemRanges? ranges, out _));
        Assert.Equal([(1L, 0x9fL), (0x100L, 0xc0000L), (0x100000L, 0x640000L)], ranges.SystemRam.Select(ram => (ram.FirstPfn, ram.EndPfn)));
        Assert.Equal(0x9e + 0xbff00 + 0x540000, ranges.SystemRamPages);
        Assert.Equal([false, true, true, false, false, true, true, false, true, true, false],
            new long[] { 0, 1, 0x9e, 0x9f, 0xff, 0x100, 0xbffff, 0xc0000, 0x100000, 0x63ffff, 0x640000 }.Select(ranges.IsRam));
    }

    [Fact]
    public void IomemOfALiveMachineNestsItsRam()
    {
        const string Live = "00000000-00000fff : Reserved\n00100000-bfffffff : System RAM\n  01000000-01ffffff : Kernel code\n"
            + "100000000-1ffffffff : CXL Window 0\n  100000000-1ffffffff : System RAM\n";
        Assert.True(IomemRanges.TryParse(Live, "text", out IomemRanges? ranges, out _));
        Assert.Equal(5, ranges.All.Count);
        Assert.Equal(2, ranges.SystemRam.Count);
        Assert.True(ranges.IsRam(0x1000) && ranges.IsRam(0x100000));
    }

    [Fact]
    public void HiddenIomemAddressesAreAPermissionError()
    {
        const string Hidden = "00000000-00000000 : Reserved\n00000000-00000000 : System RAM\n";
        Assert.False(IomemRanges.TryParse(Hidden, "/proc/iomem", out _, out FormatError? error));
        Assert.Equal(FormatErrorKind.NoPermission, error.Kind);
    }

    [Fact]
    public void ZoneinfoGivesSpannedPresentAndManaged()
    {
        Assert.True(ZoneInfo.TryRead(RealHost.PathOf("b-fragmented-zoneinfo.txt"), out ZoneInfo? info, out FormatError? error),
            error?.Message);
        Assert.Equal(["DMA", "DMA32", "Normal", "Movable", "Device"], info.Zones.Select(zone => zone.Zone));
        ZoneInfoZone dma = info.Zones[0];
        Assert.Equal((3_840L, 17L, 21L, 25L, 4_095L, 1L), (dma.Free, dma.Min, dma.Low, dma.High, dma.Spanned, dma.StartPfn));
        ZoneInfoZone normal = info.Zones[2];
        Assert.Equal((0x100000L, 0x640000L), (normal.StartPfn, normal.EndPfn));
        Assert.All(info.Zones, zone => Assert.True(zone.Managed <= zone.Present && zone.Present <= zone.Spanned));
        // RAM is pages 1 to 0x9e and from 0x100 up; the zones count what the memory map calls RAM.
        Assert.Equal(0x9e + 0xbff00 + 0x540000, info.Present);
    }

    [Fact]
    public void ManagedGrowsBetweenTheSnapshotsAsMemoryIsInitialisedOnDemand()
    {
        long[] managed = [.. RealHost.Prefixes.Select(prefix =>
            ZoneInfo.TryRead(RealHost.PathOf($"{prefix}-zoneinfo.txt"), out ZoneInfo? info, out _) ? info.Managed : 0)];
        Assert.True(0 < managed[0] && managed[0] < managed[1] && managed[1] < managed[2]);
    }

    [Fact]
    public void VmstatAndMeminfoGiveValuesByName()
    {
        Assert.True(NamedCounters.TryReadVmStat(RealHost.PathOf("b-fragmented-vmstat.txt"), out NamedCounters? vmstat, out _));
        Assert.Equal(192, vmstat.Values.Count);
        Assert.True(vmstat["nr_free_pages"] > 0);
        Assert.Equal(0, vmstat["no_such_counter"]);
        Assert.True(NamedCounters.TryReadMemInfo(RealHost.PathOf("b-fragmented-meminfo.txt"), out NamedCounters? meminfo, out _));
        Assert.Equal(24_684_092, meminfo["MemTotal"]);
        Assert.Equal(13_970_996, meminfo["MemFree"]);
    }

    [Theory]
    [InlineData("Node 0, zone DMA 1 2 x", "line 1: 'x'")]
    [InlineData("Node 0, zone DMA 1 2 3\nNode 0, zone DMA32 1 2\n", "line 2:")]
    [InlineData("rubbish", "line 1:")]
    [InlineData("Node 0, zone DMA", "line 1:")]
    [InlineData("", "no zone")]
    public void MalformedBuddyinfoIsNamedByItsLine(string text, string what)
    {
        Assert.False(BuddyInfo.TryParse(text, "buddyinfo", out _, out FormatError? error));
        AssertMalformed(error, what);
    }

    [Theory]
    [InlineData("Page block order: x", "line 1:")]
    [InlineData("Page block order: 9\nPages per block: 512\n", "parts are missing")]
    [InlineData("hello", "line 1:")]
    [InlineData("Free pages count per migrate type at order 0 1\nNode 0, zone DMA, type Movable 1", "line 2:")]
    [InlineData("Free pages count per migrate type at order 0 1\nNode 0, zone DMA, type Movable 1 >>2", "line 2:")]
    [InlineData("Number of blocks type Movable\nNode 0, zone DMA 1 2", "line 2:")]
    public void MalformedPagetypeinfoIsNamedByItsLine(string text, string what)
    {
        Assert.False(PageTypeInfo.TryParse(text, "pagetypeinfo", out _, out FormatError? error));
        AssertMalformed(error, what);
    }

    [Theory]
    [InlineData("zz-10 : System RAM", "line 1:")]
    [InlineData("2000-1000 : System RAM", "line 1:")]
    [InlineData("1000-2000 System RAM", "line 1:")]
    [InlineData("1000-1fff : Reserved", "no System RAM")]
    public void MalformedIomemIsNamedByItsLine(string text, string what)
    {
        Assert.False(IomemRanges.TryParse(text, "iomem", out _, out FormatError? error));
        AssertMalformed(error, what);
    }

    [Theory]
    [InlineData("", "no zone")]
    [InlineData("        spanned  4095\n", "line 1:")]
    [InlineData("Node 0, zone DMA\n        spanned  many\n", "line 2:")]
    [InlineData("Node 0, zone DMA\n        spanned  4095\n", "zone DMA of node 0")]
    public void MalformedZoneinfoIsNamedByItsLine(string text, string what)
    {
        Assert.False(ZoneInfo.TryParse(text, "zoneinfo", out _, out FormatError? error));
        AssertMalformed(error, what);
    }

    [Theory]
    [InlineData("nr_free_pages", "line 1:")]
    [InlineData("nr_free_pages many", "line 1:")]
    [InlineData("\n\n", "no counter")]
    public void MalformedVmstatIsNamedByItsLine(string text, string what)
    {
        Assert.False(NamedCounters.TryParseVmStat(text, "vmstat", out _, out FormatError? error));
        AssertMalformed(error, what);
    }

    [Fact]
    public void MalformedMeminfoIsNamedByItsLine()
    {
        Assert.False(NamedCounters.TryParseMemInfo("MemTotal: 12 MB\n", "meminfo", out _, out FormatError? error));
        AssertMalformed(error, "line 1:");
        Assert.True(NamedCounters.TryParseMemInfo("HugePages_Total:      64\n", "meminfo", out NamedCounters? counters, out _));
        Assert.Equal(64, counters["HugePages_Total"]);
    }

    [Fact]
    public void AMissingTextIsAResult()
    {
        Assert.False(BuddyInfo.TryRead(RealHost.PathOf("no-such.txt"), out _, out FormatError? error));
        Assert.Equal(FormatErrorKind.NotFound, error.Kind);
    }

    private static void AssertMalformed(FormatError error, string what)
    {
        Assert.Equal(FormatErrorKind.Malformed, error.Kind);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
