using MemCore.Lab.Formats;

namespace MemCore.Tests.Formats;

public class HostSnapshotFilesTests
{
    [Fact]
    public void AFolderOfSeveralSnapshotsNamesTheChoices()
    {
        Assert.False(HostSnapshotFiles.TryLocate(RealHost.Folder, out _, out FormatError? error));
        Assert.Equal(FormatErrorKind.Ambiguous, error.Kind);
        Assert.All(RealHost.Prefixes, prefix => Assert.Contains(RealHost.PathOf(prefix), error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("b-fragmented")]
    [InlineData("b-fragmented-")]
    [InlineData("b-fragmented-kpageflags.bin.gz")]
    public void APrefixOrAFlagsImageFindsAllItsCompanions(string asked)
    {
        Assert.True(HostSnapshotFiles.TryLocate(RealHost.PathOf(asked), out HostSnapshotFiles? files, out _));
        Assert.Equal(new HostSnapshotFiles("b-fragmented", RealHost.FlagsOf("b-fragmented"),
            RealHost.PathOf("b-fragmented-kpagecount.bin.gz"), RealHost.PathOf("b-fragmented-kpagecgroup.bin.gz"),
            RealHost.PathOf("b-fragmented-buddyinfo.txt"), RealHost.PathOf("b-fragmented-pagetypeinfo.txt"),
            RealHost.PathOf("b-fragmented-zoneinfo.txt"), RealHost.PathOf("b-fragmented-vmstat.txt"),
            RealHost.PathOf("b-fragmented-meminfo.txt"), RealHost.PathOf("iomem-system-ram.txt")), files);
    }

    [Fact]
    public void PlainNamesAsInProcAreOneSnapshot()
    {
        using var scratch = new ScratchFolder();
        foreach (string name in new[] { "kpageflags", "kpagecount.bin", "buddyinfo", "iomem", "iomem-system-ram.txt" })
        {
            scratch.Write(name, []);
        }
        Assert.True(HostSnapshotFiles.TryLocate(scratch.Folder, out HostSnapshotFiles? files, out _));
        Assert.Equal((scratch["kpageflags"], scratch["kpagecount.bin"], scratch["buddyinfo"], scratch["iomem"]),
            (files.KPageFlags, files.KPageCount, files.BuddyInfo, files.Iomem));
        Assert.Null(files.KPageCgroup);
        Assert.Null(files.PageTypeInfo);
        Assert.Equal(Path.GetFileName(scratch.Folder), files.Name);
    }

    [Fact]
    public void OnePrefixedSnapshotNeedsNoChoiceAndFlagsAloneSuffice()
    {
        using var scratch = new ScratchFolder();
        scratch.Write("web-01-kpageflags.gz", []);
        Assert.True(HostSnapshotFiles.TryLocate(scratch.Folder, out HostSnapshotFiles? files, out _));
        Assert.Equal(("web-01", scratch["web-01-kpageflags.gz"]), (files.Name, files.KPageFlags));
        Assert.Null(files.KPageCount);
        Assert.Null(files.Iomem);
    }

    [Fact]
    public void AnImageWithANameOfItsOwnStandsAlone()
    {
        using var scratch = new ScratchFolder();
        scratch.Write("kpagecount", []);
        scratch.Write("snapshot.img", []);
        Assert.True(HostSnapshotFiles.TryLocate(scratch["snapshot.img"], out HostSnapshotFiles? files, out _));
        Assert.Equal(scratch["snapshot.img"], files.KPageFlags);
        Assert.Null(files.KPageCount);
    }

    [Fact]
    public void WhatIsNotThereIsNamedWithWhatIs()
    {
        Assert.False(HostSnapshotFiles.TryLocate(RealHost.PathOf("d-lost"), out _, out FormatError? error));
        Assert.Equal(FormatErrorKind.NotFound, error.Kind);
        Assert.Contains("a-loaded", error.Message, StringComparison.Ordinal);
        using var scratch = new ScratchFolder();
        Assert.False(HostSnapshotFiles.TryLocate(scratch.Folder, out _, out error));
        Assert.Contains("no kpageflags image", error.Message, StringComparison.Ordinal);
        Assert.False(HostSnapshotFiles.TryLocate(Path.Combine(scratch["no"], "where"), out _, out error));
        Assert.Equal(FormatErrorKind.NotFound, error.Kind);
    }
}
