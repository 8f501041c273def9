using MemCore.Lab.Formats;
using MemCore.Lab.Host;

namespace MemCore.Tests.Host;

public sealed class HostImportTests
{
    [Theory]
    [InlineData("a-loaded", 58_769, 0, 262_144)]
    [InlineData("b-fragmented", 68_632, 21_380, 262_144)]
    [InlineData("c-compacted", -1, 60, 262_144)]
    public void FlaglessFramesAreNeverSimplyFree(string prefix, long kernel, long countsWithoutFlags, long holes)
    {
        using ImportedMachine machine = ImportedMachine.Of(prefix);
        ImportTally tally = machine.Host.Tally;
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join(' ', Enum.GetValues<HostFrameClass>().Select(kind => $"{kind}={tally.Frames[(int)kind]}")));
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join(' ', Enumerable.Range(0, (int)HostDisagreement.Count).Select(kind => $"{(HostDisagreement)kind}={tally.Disagreements[kind]}")));
        TestContext.Current.TestOutputHelper!.WriteLine($"read {machine.Map.ReadMs:f0} ms import {machine.Host.ImportMs:f0} ms");
        Assert.Equal(6_553_600, tally.Frames.Sum());
        if (kernel >= 0) { Assert.Equal(kernel, tally.Frames[(int)HostFrameClass.Kernel]); }
        Assert.Equal(countsWithoutFlags, tally.Disagreements[(int)HostDisagreement.CountWithoutFlags]);
        Assert.True(tally.Frames[(int)HostFrameClass.Hole] <= holes);
    }

    [Theory]
    [InlineData("a-loaded")]
    [InlineData("b-fragmented")]
    [InlineData("c-compacted")]
    public void ExportRightAfterImportEqualsTheRecordingBitForBit(string prefix)
    {
        using ImportedMachine machine = ImportedMachine.Of(prefix);
        ulong[] exported = machine.Export();
        int different = exported.AsSpan().CommonPrefixLength(machine.Map.Flags);
        Assert.True(different == exported.Length, different == exported.Length ? "" :
            $"pfn 0x{different:x}: recorded {machine.Map.Flags[different]:x} ({Kpf.Names(machine.Map.Flags[different])}), exported {exported[different]:x}");
    }
}
