using System.Runtime.InteropServices;
using MemCore.Lab.Formats;
using MemCore.Lab.Host;
using MemCore.Native;
using MemCore.Tests.Formats;

namespace MemCore.Tests.Host;

public sealed class HostSourceTests
{
    [Theory]
    [InlineData(0UL, 1 << 10)]
    [InlineData(1UL, 1 << 14)]
    [InlineData(2UL, 1 << 18)]
    public void ASyntheticHostIsCleanAndTheSameForTheSameSeed(ulong seed, int frames)
    {
        HostMap map = ImportedMachine.Read(HostSource.Synthetic, seed, frames);
        Assert.Equal(map.Flags, ImportedMachine.Read(HostSource.Synthetic, seed, frames).Flags);
        Assert.NotEqual(map.Flags, ImportedMachine.Read(HostSource.Synthetic, seed + 1, frames).Flags);
        using ImportedMachine machine = ImportedMachine.Of(map);
        machine.AssertAudited();
        Assert.Equal(map.Flags, machine.Export());
        Assert.All(machine.Host.Tally.Disagreements, count => Assert.Equal(0, count));
        Assert.True(machine.Host.Free > 0);
    }

    [Fact]
    public void ASyntheticHostHasEveryKindOfFrame()
    {
        using ImportedMachine machine = ImportedMachine.Of(ImportedMachine.Read(HostSource.Synthetic, 42, 1 << 18));
        ImportReport report = new(machine.Host);
        foreach (HostFrameClass kind in Enum.GetValues<HostFrameClass>())
        {
            if (kind is HostFrameClass.Offline or HostFrameClass.Other) { continue; }
            Assert.True(report[kind] > 0, $"no frame is {kind}");
        }
        Assert.All(machine.Host.Tally.Folios[1..10], count => Assert.True(count > 0));
    }

    [Fact]
    public void FewerFramesAreWholeFoliosOfTheBeginning()
    {
        HostMap all = ImportedMachine.Read(RealHost.PathOf("a-loaded"));
        HostMap some = ImportedMachine.Read(RealHost.PathOf("a-loaded"), frames: 100_000);
        Assert.Equal(100_000 / 1024 * 1024, some.Frames);
        Assert.True(all.Flags.AsSpan(0, some.Frames).SequenceEqual(some.Flags));
        using ImportedMachine machine = ImportedMachine.Of(some);
        machine.AssertAudited();
        Assert.Equal(some.Flags, machine.Export());
    }

    [Theory]
    [InlineData(HostSource.Synthetic, 0)]
    [InlineData(HostSource.Synthetic, 5)]
    [InlineData(HostSource.Synthetic, -1)]
    [InlineData("no/such/place", 0)]
    [InlineData("no/such/place", 500)]
    public void WhatCannotBeAHostIsOneLineAndExit2(string host, int frames)
    {
        Assert.False(HostSource.TryRead(host, 0, frames, out _, out HostError? error));
        Assert.Equal(HostError.Usage, error.ExitCode);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("empty", new ulong[0], "empty")]
    [InlineData("nothing set", new ulong[] { 0, 0, 0 }, "not a page map")]
    [InlineData("foreign", new ulong[] { 0x400, 0x6f6c6c6548, 0x400 }, "not a kpageflags image")]
    public void AForeignImageIsRefused(string what, ulong[] entries, string says)
    {
        using ScratchFolder scratch = new();
        string path = scratch.Write("kpageflags", MemoryMarshal.AsBytes(entries.AsSpan()).ToArray());
        Assert.False(HostSource.TryRead(path, 0, 0, out _, out HostError? error), what);
        Assert.Equal(HostError.Usage, error.ExitCode);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACutOffImageIsRefused()
    {
        using ScratchFolder scratch = new();
        byte[] whole = File.ReadAllBytes(RealHost.FlagsOf("a-loaded"));
        string path = scratch.Write("kpageflags.gz", whole[..(whole.Length / 2)]);
        Assert.False(HostSource.TryRead(path, 0, 0, out _, out HostError? error));
        Assert.Equal(HostError.Usage, error.ExitCode);
    }

    [Fact]
    public void CountsOfAnotherLengthOrMeaningAreRefused()
    {
        using ScratchFolder scratch = new();
        scratch.Write("kpageflags", MemoryMarshal.AsBytes(new ulong[] { 0x400, 0x400 }.AsSpan()).ToArray());
        scratch.Write("kpagecount", MemoryMarshal.AsBytes(new ulong[] { 0 }.AsSpan()).ToArray());
        Assert.False(HostSource.TryRead(scratch.Folder, 0, 0, out _, out HostError? error));
        Assert.Contains("not of one machine", error.Message, StringComparison.Ordinal);
        scratch.Write("kpagecount", MemoryMarshal.AsBytes(new ulong[] { 0, 1UL << 40 }.AsSpan()).ToArray());
        Assert.False(HostSource.TryRead(scratch.Folder, 0, 0, out _, out error));
        Assert.Contains("not a kpagecount image", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnreadableCompanionTextIsNotedAndDoneWithout()
    {
        using ScratchFolder scratch = new();
        scratch.Write("kpageflags", MemoryMarshal.AsBytes(new ulong[] { Kpf.Buddy, Kpf.Buddy }.AsSpan()).ToArray());
        scratch.Write("buddyinfo", "no such layout"u8.ToArray());
        HostMap map = ImportedMachine.Read(scratch.Folder);
        Assert.Null(map.BuddyInfo);
        Assert.Contains(map.Notes, note => note.Contains("buddyinfo", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(64, 4096)]
    [InlineData(16, 1024)]
    [InlineData(5, 256)]
    [InlineData(2, 64)]
    public void TheDefaultFrameBytesKeepAllWithinHalfOfTheMemory(long availableGiB, int expected)
    {
        const long frames = 6_553_600;
        AvailableMemory available = new(availableGiB << 30, "test");
        Assert.True(HostMemory.TryFrameBytesDefault(frames, available, out int bytes, out _));
        Assert.Equal(expected, bytes);
        Assert.True(HostMemory.NeededBytes(frames, bytes) <= available.Bytes / 2);
    }

    [Fact]
    public void MoreThanTheMemoryAllowsIsOneLineThatSaysWhatFits()
    {
        AvailableMemory available = new(1L << 30, "test");
        Assert.False(HostMemory.TryFrameBytesDefault(6_553_600, available, out _, out HostError? error));
        Assert.Equal(HostError.Machine, error.ExitCode);
        Assert.Contains("--frames", error.Message, StringComparison.Ordinal);
        Assert.False(HostMemory.TryFit(6_553_600, 4096, available, out error));
        Assert.Equal(HostError.Machine, error.ExitCode);
        Assert.False(HostMemory.TryFit(1, 100, available, out error));
        Assert.Equal(HostError.Usage, error.ExitCode);
    }
}
