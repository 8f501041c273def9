using MemCore.Lab.Formats;

namespace MemCore.Tests.Formats;

public class KpfTests
{
    [Fact]
    public void PageTypesHas43ColumnsInBitOrder()
    {
        Assert.Equal(43, Kpf.Columns.Length);
        Assert.Equal("LERUDlASWIBMasbHTGuXnxtozigrmdPpOhfHdIAEFw1", Kpf.Letters(ulong.MaxValue));
        Assert.Equal(new string('_', 43), Kpf.Letters(0));
    }

    [Fact]
    public void FlagsAreUniqueAndAscending()
    {
        int[] bits = [.. Kpf.Flags.ToArray().Select(flag => flag.Bit)];
        Assert.Equal(bits.Distinct().Order(), bits);
        Assert.Equal(Kpf.Flags.Length, Kpf.Flags.ToArray().Select(flag => flag.Name).Distinct().Count());
    }

    [Theory]
    [InlineData(Kpf.Anon | Kpf.Owner2, Kpf.Anon | Kpf.AnonExclusive)]
    [InlineData(Kpf.Owner2, Kpf.Owner2)]
    [InlineData(Kpf.Slab | Kpf.Active | Kpf.Error, Kpf.Slab | Kpf.SlubFrozen | Kpf.SlubDebug)]
    [InlineData(Kpf.Active | Kpf.Error, Kpf.Active | Kpf.Error)]
    [InlineData(Kpf.Reclaim, Kpf.Readahead)]
    [InlineData(Kpf.Reclaim | Kpf.Writeback, Kpf.Reclaim | Kpf.Writeback)]
    public void RawFlagsGiveOverloadedBitsTheirOwn(ulong flags, ulong expanded) => Assert.Equal(expanded, Kpf.Expanded(flags));

    [Theory]
    [InlineData(Kpf.Lru | Kpf.Reserved | Kpf.Mlocked | Kpf.AnonExclusive, Kpf.Lru)]
    [InlineData(Kpf.Thp | Kpf.CompoundHead, Kpf.Thp)]
    [InlineData(Kpf.Slab | Kpf.CompoundTail, Kpf.Slab)]
    [InlineData(Kpf.Huge | Kpf.CompoundTail, Kpf.Huge | Kpf.CompoundTail)]
    public void WellKnownFlagsHideDevelopersBitsAndOrdinaryCompounds(ulong flags, ulong shown) =>
        Assert.Equal(shown, Kpf.WellKnown(flags));

    [Theory]
    [InlineData("anon", Kpf.Anon)]
    [InlineData("anon_", Kpf.AnonExclusive)]
    [InlineData("comp", Kpf.Compound)]
    [InlineData("compound", Kpf.Compound)]
    [InlineData("compound_t", Kpf.CompoundTail)]
    [InlineData("private_2", Kpf.Private2)]
    [InlineData("s", Kpf.Slab)]
    [InlineData("arch_3", 0UL)]
    [InlineData("nosuch", 0UL)]
    [InlineData("", 0UL)]
    public void NamesMayBeShortened(string name, ulong found) => Assert.Equal(found, Kpf.Find(name));

    [Fact]
    public void BitsWithoutColumnAreFound()
    {
        Assert.Equal(42, Kpf.FirstUnprintable(Kpf.Arch3 | Kpf.Lru | 1UL << 55));
        Assert.Equal(-1, Kpf.FirstUnprintable(Kpf.Lru | Kpf.MmapExclusive));
        Assert.Equal("arch_3", Kpf.NameOf(42));
        Assert.Equal("bit_55", Kpf.NameOf(55));
    }
}
