using MemCore.Lab.Formats;
using MemCore.Tests.Formats;

namespace MemCore.Tests.Cli;

/// <summary>The machine that a soak leaves behind with --out.</summary>
[Collection("Soak")]
public sealed class SoakStateTests
{
    private static readonly string[] s_small = ["soak", "--host", "synthetic", "--frames", "65536", "--frame-bytes", "64", "--quiet"];
    private static readonly string[] s_files = ["buddyinfo.txt", "kpagecount.gz", "kpageflags.gz", "pagetypeinfo.txt", "vmstat.txt"];

    [Fact]
    public void ACleanRunLeavesItsMachineAsAHostToStartFrom()
    {
        using ScratchFolder scratch = new();
        MemcoreResult result = MemcoreProcess.Run([.. s_small, "--duration", "1s", "--out", scratch.Folder]);

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(s_files.Concat(["journal.jsonl", "summary.json"]).Order(StringComparer.Ordinal), Names(scratch).Order(StringComparer.Ordinal));
        Assert.True(BuddyInfo.TryRead(scratch["buddyinfo.txt"], out _, out FormatError? error), error?.Message);
        Assert.True(PageTypeInfo.TryRead(scratch["pagetypeinfo.txt"], out _, out error), error?.Message);
        Assert.True(NamedCounters.TryReadVmStat(scratch["vmstat.txt"], out NamedCounters? vmStat, out error), error?.Message);
        Assert.Equal(PageImageTests.ReadAll(scratch["kpageflags.gz"]).LongCount(word => (word & Kpf.Buddy) != 0), vmStat["nr_free_pages"]);
        Assert.True(vmStat["pgfree"] > 0);

        (int exit, string stdout, string stderr) = PageTypesRun.Invoke("--export", scratch["again"], "--host", scratch.Folder);
        Assert.Equal((0, ""), (exit, stderr));
        Assert.Contains("65536 equal, 0 differing", stdout, StringComparison.Ordinal);
        MemcoreResult next = MemcoreProcess.Run("soak", "--host", scratch.Folder, "--frame-bytes", "64", "--quiet", "--duration", "500ms");
        Assert.True(next.ExitCode == 0, next.Error);
    }

    [Fact]
    public void AViolatedRunLeavesItsMachineToLookAt()
    {
        using ScratchFolder scratch = new();
        MemcoreResult result = MemcoreProcess.Run([.. s_small, "--duration", "30s", "--workload", "alloc-storm", "--plant", "FreeTwice", "--out", scratch.Folder]);

        Assert.Equal(1, result.ExitCode);
        Assert.Empty(s_files.Except(Names(scratch)));
        Assert.Equal(65536, PageImageTests.ReadAll(scratch["kpageflags.gz"]).Length);
    }

    private static IEnumerable<string> Names(ScratchFolder scratch) => Directory.EnumerateFiles(scratch.Folder).Select(path => Path.GetFileName(path)!);
}
