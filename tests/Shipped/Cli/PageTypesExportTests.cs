using System.Text.Json;
using MemCore.Lab.Formats;
using MemCore.Tests.Formats;

namespace MemCore.Tests.Cli;

/// <summary>Recorded hosts through the engine and back, by the verb.</summary>
public sealed class PageTypesExportTests
{
    private const int Frames = 6_553_600;

    [Fact]
    public void TheLoadedHostComesBackWordForWord()
    {
        using ScratchFolder scratch = new();
        (int exit, string stdout, string stderr) = PageTypesRun.Invoke("--export", scratch["image"], "--host", RealHost.FlagsOf("a-loaded"));
        Assert.Equal((0, ""), (exit, stderr));
        Assert.Equal($"{scratch["image"]}: {Frames} frames of a-loaded, {Frames} equal, 0 differing\n", stdout);
        Assert.True(PageImageTests.ReadAll(RealHost.FlagsOf("a-loaded")).AsSpan().SequenceEqual(PageImageTests.ReadAll(scratch["image"])));
        Assert.Equal([scratch["image"]], Directory.EnumerateFiles(scratch.Folder));
    }

    [Fact]
    public void TheFragmentedHostIsTheDefaultAndPrintsTheSameSummaryFromItsExport()
    {
        using ScratchFolder scratch = new();
        (int exit, _, string stderr) = PageTypesRun.Invoke("--export", scratch["image.gz"]);
        Assert.Equal((0, ""), (exit, stderr));
        Assert.Equal([0x1f, 0x8b], File.ReadAllBytes(scratch["image.gz"])[..2]);
        (_, string summary, _) = PageTypesRun.Invoke("-F", scratch["image.gz"]);
        Assert.Equal(RealHost.Text("expected-b-fragmented-summary.txt"), summary);
    }

    [Theory]
    [InlineData("absent")]
    [InlineData("free")]
    public void MemoryThatIsNotInitialisedReadsAsItDidUntilItIsUsed(string deferred)
    {
        using ScratchFolder scratch = new();
        (int exit, string stdout, _) = PageTypesRun.Invoke("--export", scratch["image"], "--frames", "1048576", "--deferred", deferred, "--json");
        Assert.Equal(0, exit);
        JsonElement record = JsonDocument.Parse(stdout).RootElement;
        Assert.Equal("export", record.GetProperty("kind").GetString());
        Assert.Equal((1 << 20, 1 << 20, 0), (record.GetProperty("frames").GetInt32(), record.GetProperty("equal").GetInt32(), record.GetProperty("differing").GetInt32()));
    }

    [Fact]
    public void ASeedMakesTheSameImageAgain()
    {
        using ScratchFolder scratch = new();
        foreach (string file in new[] { "first", "second" })
        {
            (int exit, string stdout, _) = PageTypesRun.Invoke("--export", scratch[file], "--host", "synthetic", "--frames", "16384", "--seed", "0x2a");
            Assert.Equal(0, exit);
            Assert.Contains("seed 0x2a, 16384 equal, 0 differing", stdout, StringComparison.Ordinal);
        }
        Assert.Equal(File.ReadAllBytes(scratch["first"]), File.ReadAllBytes(scratch["second"]));
    }

    [Theory]
    [InlineData(2, "image", "--host", "/no/such/host")]
    [InlineData(2, "image", "--host", "synthetic", "--frames", "100")]
    [InlineData(2, "image", "--frames", "0")]
    [InlineData(2, "image", "--frames", "all")]
    [InlineData(2, "image", "--seed", "-1")]
    [InlineData(2, "image", "--deferred", "maybe")]
    [InlineData(2, "image", "-l")]
    [InlineData(2, "image", "--kpageflags", "other")]
    [InlineData(3, "absent/image", "--host", "synthetic", "--frames", "4096")]
    [InlineData(3, ".", "--host", "synthetic", "--frames", "4096")]
    public void WhatCannotBeExportedIsOneLineAndNoFile(int code, string file, params string[] more)
    {
        using ScratchFolder scratch = new();
        (int exit, string stdout, string stderr) = PageTypesRun.Invoke(["--export", Path.Combine(scratch.Folder, file), .. more]);
        Assert.Equal((code, ""), (exit, stdout));
        Assert.Equal(stderr.Length - 1, stderr.IndexOf('\n', StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries(scratch.Folder));
    }

    [Fact]
    public void ATruncatedHostLeavesTheOlderImageAlone()
    {
        using ScratchFolder scratch = new();
        string image = scratch.Write("image", [1, 2, 3]);
        string host = scratch.Write("host", new byte[(8 * 4096) + 3]);
        (int exit, _, string stderr) = PageTypesRun.Invoke("--export", image, "--host", host);
        Assert.Equal(2, exit);
        Assert.Contains(host, stderr, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(image));
    }

    [Fact]
    public void TheHostIsForExportsOnly()
    {
        (int exit, _, string stderr) = PageTypesRun.Invoke("--host", "synthetic");
        Assert.Equal(2, exit);
        Assert.Contains("--export", stderr, StringComparison.Ordinal);
    }
}
