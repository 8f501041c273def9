using MemCore.Native;

namespace MemCore.Tests.Native;

public sealed class LinuxMemoryTests : IDisposable
{
    private const long Mib = 1 << 20;

    private readonly FakeTree _proc = new FakeTree().With("meminfo", "MemTotal: 8388608 kB\nMemFree: 1048576 kB\nMemAvailable: 4194304 kB\nCached: 1024 kB");
    private readonly FakeTree _cgroup = new();

    public void Dispose()
    {
        _proc.Dispose();
        _cgroup.Dispose();
    }

    [Fact]
    public void WithoutALimitTheMachineDecides()
    {
        _proc.With("self/cgroup", "0::/");
        AssertAvailable(4096 * Mib, "MemAvailable");
    }

    [Fact]
    public void AVersion2LimitCountsWhatIsLeft()
    {
        _proc.With("self/cgroup", "0::/a/b");
        Version2("a/b", "1073741824", 300 * Mib);
        AssertAvailable((1024 - 300) * Mib, "cgroup /a/b memory.max");
    }

    [Fact]
    public void AnOuterGroupBindsTheInnerOne()
    {
        _proc.With("self/cgroup", "0::/a/b");
        Version2("a/b", "max", 100 * Mib);
        Version2("a", $"{512 * Mib}", 500 * Mib);
        AssertAvailable(12 * Mib, "cgroup /a memory.max");
    }

    [Fact]
    public void InactiveFilePagesCountAsFree()
    {
        _proc.With("self/cgroup", "0::/a");
        Version2("a", $"{1024 * Mib}", 1000 * Mib);
        _cgroup.With("a/memory.stat", $"anon 5\nactive_file 7\ninactive_file {600 * Mib}");
        AssertAvailable(624 * Mib, "cgroup /a memory.max");
    }

    [Fact]
    public void UsageAboveTheLimitLeavesNothing()
    {
        _proc.With("self/cgroup", "0::/a");
        Version2("a", $"{100 * Mib}", 130 * Mib);
        AssertAvailable(0, "cgroup /a memory.max");
    }

    [Fact]
    public void Version1AndItsWordForNoLimitAreRead()
    {
        _proc.With("self/cgroup", "9:name=systemd:/\n4:cpu,memory:/x/y\n0::/");
        _cgroup.With("memory/x/memory.limit_in_bytes", $"{256 * Mib}").With("memory/x/memory.usage_in_bytes", $"{56 * Mib}");
        _cgroup.With("memory/x/y/memory.limit_in_bytes", "9223372036854771712").With("memory/x/y/memory.usage_in_bytes", "1");
        _cgroup.With("memory/x/memory.stat", $"inactive_file 1\ntotal_inactive_file {6 * Mib}");
        AssertAvailable(206 * Mib, "cgroup /x memory.limit_in_bytes");
    }

    [Theory]
    [InlineData("0::/host/path/not/mounted/here")]
    [InlineData("0::/../sibling")]
    public void AContainerThatSeesOnlyItsOwnGroupUsesTheMountsRoot(string membership)
    {
        _proc.With("self/cgroup", membership);
        Version2("", $"{64 * Mib}", 4 * Mib);
        AssertAvailable(60 * Mib, "cgroup / memory.max");
    }

    [Fact]
    public void MalformedCgroupFilesSetNoLimit()
    {
        _proc.With("self/cgroup", "junk\n0::/a\n7:memory:/b");
        Version2("a", "plenty", 1);
        _cgroup.With("memory/b/memory.limit_in_bytes", "1");
        AssertAvailable(4096 * Mib, "MemAvailable");
    }

    [Fact]
    public void AnOldKernelsMeminfoStillGivesANumber()
    {
        _proc.With("meminfo", "MemTotal: 4096 kB\nMemFree: 1024 kB\nCached: 512 kB");
        AssertAvailable(1536 * 1024, "MemFree + Cached");
    }

    [Theory]
    [InlineData("nothing useful")]
    [InlineData("MemAvailable: lots kB")]
    public void AnUnreadableMeminfoIsFalse(string text)
    {
        _proc.With("meminfo", text);
        Assert.False(LinuxMemory.TryRead(_proc.Root, _cgroup.Root, out AvailableMemory _));
        Assert.False(LinuxMemory.TryRead(_proc.At("nowhere"), _cgroup.Root, out AvailableMemory _));
    }

    [Fact]
    public void ThisMachineHasSomethingLeft()
    {
        AvailableMemory available = AvailableMemory.Read();
        Assert.True(available.Bytes > 0);
        Assert.NotEmpty(available.LimitedBy);
    }

    private void Version2(string group, string limit, long usage) =>
        _cgroup.With(Path.Combine(group, "memory.max"), limit).With(Path.Combine(group, "memory.current"), $"{usage}");

    private void AssertAvailable(long bytes, string limitedBy)
    {
        Assert.True(LinuxMemory.TryRead(_proc.Root, _cgroup.Root, out AvailableMemory available));
        Assert.Equal(new AvailableMemory(bytes, limitedBy), available);
    }
}
