using System.Text.Json;

namespace MemCore.Tests.Cli;

/// <summary>Deliberate mistakes inside the engine that a run on real threads must find, and call by their name.</summary>
[Collection("Soak")]
public sealed class CanaryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memcore-canary-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // A row claimed twice shows as what comes first: the second hand-out, the second free, or a count that no longer fits.
    [Theory]
    [InlineData("PutTwice", "ref-storm", "RefUnderflow", 1)]
    [InlineData("UnlockForgetsWaiters", "lock-storm", "LostWake", 4)]
    [InlineData("UnfreezeWrongCount", "ref-storm", "RefLeak", 1)]
    [InlineData("FreeTwice", "alloc-storm", "DoubleFree", 1)]
    [InlineData("LeakReference", "ref-storm", "RefLeak", 1)]
    [InlineData("PopKeepsFrame", "alloc-storm", "DoubleAllocation", 1)]
    [InlineData("RowClaimWithoutCas", "alloc-storm", "DoubleAllocation|DoubleFree|CounterMismatch|LostFrame", 1)]
    [InlineData("HandOffDropsLock", "lock-storm", "ForeignUnlock", 1)]
    [InlineData("FreezeIgnoresHolders", "ref-storm", "UseAfterFree|DoubleFree|RefUnderflow", 1)]
    public void APlantedBugIsFoundAndNamed(string bug, string workload, string invariant, int exitCode)
    {
        MemcoreResult result = MemcoreProcess.Run("soak", "--host", "synthetic", "--frames", "65536", "--frame-bytes", "64", "--threads", "2", "--seed", "1",
            "--duration", "60s", "--audit-every", "500ms", "--stall-after", "2s", "--workload", workload, "--plant", bug, "--json", "--out", _folder);

        Assert.True(result.ExitCode == exitCode, $"exit {result.ExitCode}\n{result.Error}");
        using JsonDocument summary = JsonDocument.Parse(result.Lines[^1]);
        JsonElement[] findings = [.. summary.RootElement.GetProperty("findings").EnumerateArray()];
        JsonElement named = findings.First(f => invariant.Split('|').Contains(f.GetProperty("invariant").GetString()));
        string repro = named.GetProperty("repro").GetString()!;
        Assert.StartsWith(_folder, repro, StringComparison.Ordinal);
        using JsonDocument saved = JsonDocument.Parse(File.ReadAllText(repro));
        Assert.Equal(named.GetProperty("key").GetString(), saved.RootElement.GetProperty("fingerprint").GetString());
    }

    [Fact]
    public void ALeakInACheckedRunNamesWhoTookTheReference()
    {
        MemcoreResult result = MemcoreProcess.Run("soak", "--host", "synthetic", "--frames", "65536", "--frame-bytes", "64", "--threads", "2", "--checked",
            "--duration", "60s", "--audit-every", "500ms", "--workload", "ref-storm", "--plant", "LeakReference");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("last reference taken by task", result.Out, StringComparison.Ordinal);
    }
}
