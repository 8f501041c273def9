using MemCore.Native;

namespace MemCore.Tests.Native;

public unsafe class VirtualMemoryTests
{
    private static readonly long s_page = VirtualMemory.PageBytes;

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(1 << 16)]
    [InlineData(2 << 20)]
    [InlineData(1 << 30)]
    public void ReservedMemoryIsAlignedAndCommitsToZeros(long alignment)
    {
        Assert.True(VirtualMemory.TryReserve(3 * s_page - 5, alignment, out MemoryRegion region, out string reason), reason);
        Assert.Equal(0, region.Address % alignment);
        Assert.Equal(3 * s_page, region.Bytes);

        Assert.True(VirtualMemory.TryCommit(region, 0, region.Bytes, out reason), reason);
        var bytes = new Span<byte>((void*)region.Address, (int)region.Bytes);
        Assert.Equal(-1, bytes.IndexOfAnyExcept((byte)0));
        bytes.Fill(0xA5);
        Assert.Equal(-1, bytes.IndexOfAnyExcept((byte)0xA5));

        VirtualMemory.Release(ref region);
        Assert.True(region.IsEmpty);
        VirtualMemory.Release(ref region);
    }

    [Fact]
    public void OnlyTheCommittedPartIsAccessible()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc/self/maps");
        Assert.True(VirtualMemory.TryReserve(4 * s_page, s_page, out MemoryRegion region, out string reason), reason);
        Assert.True(VirtualMemory.TryCommit(region, s_page, s_page + 1, out reason), reason);

        Assert.Equal("---p", Permissions(region.Address));
        Assert.Equal("rw-p", Permissions(region.Address + (nint)s_page));
        Assert.Equal("rw-p", Permissions(region.Address + 2 * (nint)s_page));
        Assert.Equal("---p", Permissions(region.Address + 3 * (nint)s_page));
        VirtualMemory.Release(ref region);
    }

    [Fact]
    public void PrefaultedMemoryIsResidentAndKeepsItsContents()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc/self/smaps");
        const long Bytes = 16 << 20;
        Assert.True(VirtualMemory.TryReserve(Bytes, VirtualMemory.HugePageBytes, out MemoryRegion region, out string reason), reason);
        Assert.True(VirtualMemory.TryCommit(region, 0, Bytes, out reason), reason);
        *(long*)(region.Address + (nint)s_page) = 42;

        Assert.True(VirtualMemory.TryPrefault(region, 0, Bytes, out reason), reason);

        Assert.Equal(42, *(long*)(region.Address + (nint)s_page));
        Assert.True(ResidentBytes(region.Address) >= Bytes);
        Assert.True(ProcessMemory.ResidentBytes() >= Bytes);
        VirtualMemory.Release(ref region);
    }

    [Fact]
    public void TheHugePageHintIsTakenOrRefusedWithAReason()
    {
        Assert.True(VirtualMemory.TryReserve(8 << 20, VirtualMemory.HugePageBytes, out MemoryRegion region, out string reason), reason);
        bool taken = VirtualMemory.TryHugePages(region, out reason);

        Assert.Equal(taken, reason.Length == 0);
        Assert.True(VirtualMemory.TryCommit(region, 0, region.Bytes, out reason), reason);
        VirtualMemory.Release(ref region);
    }

    [Theory]
    [InlineData(0, 4096, "no size")]
    [InlineData(-1, 4096, "no size")]
    [InlineData(4096, 3, "power of two")]
    [InlineData(4096, 0, "power of two")]
    [InlineData(long.MaxValue, 4096, "address space")]
    [InlineData(1L << 60, 4096, "bytes")]
    public void AnImpossibleReservationIsAResult(long bytes, long alignment, string part)
    {
        Assert.False(VirtualMemory.TryReserve(bytes, alignment, out MemoryRegion region, out string reason));
        Assert.True(region.IsEmpty);
        Assert.Contains(part, reason);
    }

    [Theory]
    [InlineData(-1, 1, "outside")]
    [InlineData(0, 0, "outside")]
    [InlineData(0, 1 << 20, "outside")]
    [InlineData(long.MaxValue, 1, "outside")]
    [InlineData(1, 1, "multiple of the page size")]
    public void ACommitOutsideTheRegionIsRefused(long offset, long bytes, string part)
    {
        Assert.True(VirtualMemory.TryReserve(2 * s_page, s_page, out MemoryRegion region, out string reason), reason);
        Assert.False(VirtualMemory.TryCommit(region, offset, bytes, out reason));
        Assert.Contains(part, reason);
        VirtualMemory.Release(ref region);
    }

    [Fact]
    public void ACommitBeyondTheMachineIsRefusedNotKilled()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.ReadAllText("/proc/sys/vm/overcommit_memory").Trim() != "1", "overcommit is unlimited");
        long bytes = 16L << 40;
        Assert.SkipUnless(VirtualMemory.TryReserve(bytes, s_page, out MemoryRegion region, out string reason), reason);
        Assert.SkipWhen(VirtualMemory.AvailableMemoryBytes() > bytes / 2, "a machine of that size");

        Assert.False(VirtualMemory.TryCommit(region, 0, bytes, out reason));
        Assert.Contains("ENOMEM", reason);
        VirtualMemory.Release(ref region);
    }

    [Fact]
    public void ThePortableFormServesAlignedZerosToo()
    {
        Assert.True(VirtualMemory.Portable.TryReserve(64 << 10, 2 << 20, out MemoryRegion region, out string reason), reason);
        Assert.Equal(0, region.Address % (2 << 20));
        var bytes = new Span<byte>((void*)region.Address, (int)region.Bytes);
        Assert.Equal(-1, bytes.IndexOfAnyExcept((byte)0));
        bytes.Fill(1);
        VirtualMemory.Portable.Release(region);

        Assert.False(VirtualMemory.Portable.TryReserve(1L << 60, 4096, out region, out reason));
        Assert.Contains("out of memory", reason);
        Assert.True(region.IsEmpty);
    }

    private static string Permissions(nint address) => MappingOf("/proc/self/maps", address)[0].Split(' ')[1];

    private static long ResidentBytes(nint address)
    {
        string rss = MappingOf("/proc/self/smaps", address).First(line => line.StartsWith("Rss:", StringComparison.Ordinal));
        return long.Parse(rss.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
    }

    private static string[] MappingOf(string path, nint address) =>
        [.. File.ReadAllLines(path).SkipWhile(line => !Holds(line, (ulong)address)).Take(8)];

    private static bool Holds(string line, ulong address)
    {
        string[] ends = line.Split(' ')[0].Split('-');
        return ends.Length == 2
            && ulong.TryParse(ends[0], System.Globalization.NumberStyles.HexNumber, null, out ulong start)
            && ulong.TryParse(ends[1], System.Globalization.NumberStyles.HexNumber, null, out ulong end)
            && start <= address && address < end;
    }
}
