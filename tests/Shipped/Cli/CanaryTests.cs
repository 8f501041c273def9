using System.Text.Json;

namespace MemCore.Tests.Cli;

/// <summary>Deliberate mistakes inside the engine that a run on real threads must find, and call by their name.</summary>
[Collection("Soak")]
public sealed class CanaryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memcore-canary-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("PutTwice", "ref-storm", "RefUnderflow", 1)]
    [InlineData("UnlockForgetsWaiters", "lock-storm", "LostWake", 4)]
    [InlineData("UnfreezeWrongCount", "ref-storm", "RefLeak", 1)]
    [InlineData("FreeTwice", "alloc-storm", "DoubleFree", 1)]
    [InlineData("LeakReference", "ref-storm", "RefLeak", 1)]
    [InlineData("PopKeepsFrame", "alloc-storm", "DoubleAllocation", 1)]
    public void APlantedBugIsFoundAndNamed(string bug, string workload, string invariant, int exitCode)
    {
        MemcoreResult result = Soak(bug, workload);

        Assert.True(result.ExitCode == exitCode, $"exit {result.ExitCode}\n{result.Error}");
        using JsonDocument summary = JsonDocument.Parse(result.Lines[^1]);
        JsonElement[] findings = [.. summary.RootElement.GetProperty("findings").EnumerateArray()];
        Assert.True(findings.Any(f => f.GetProperty("invariant").GetString() == invariant), result.Lines[^1]);
        JsonElement named = findings.First(f => f.GetProperty("invariant").GetString() == invariant);
        string repro = named.GetProperty("repro").GetString()!;
        Assert.StartsWith(_folder, repro, StringComparison.Ordinal);
        using JsonDocument saved = JsonDocument.Parse(File.ReadAllText(repro));
        Assert.Equal(named.GetProperty("key").GetString(), saved.RootElement.GetProperty("fingerprint").GetString());
    }

    // Two owners of one frame or lock, by a race: who stumbles over the other first decides what it is called (the second hand-out, the second free, a
    // count that no longer fits, the other's reference). The Explorer gives these their names, with the interleaving: A-2a, W-2a, L-2a.
    [Theory]
    [InlineData("RowClaimWithoutCas", "alloc-storm")]
    [InlineData("FreezeIgnoresHolders", "ref-storm")]
    [InlineData("HandOffDropsLock", "lock-storm")]
    public void APlantedRaceIsFoundWhateverItShowsAs(string bug, string workload)
    {
        MemcoreResult result = Soak(bug, workload);

        Assert.True(result.ExitCode == 1, $"exit {result.ExitCode}\n{result.Error}");
        using JsonDocument summary = JsonDocument.Parse(result.Lines[^1]);
        Assert.Equal("violation", summary.RootElement.GetProperty("verdict").GetString());
        Assert.NotEmpty(summary.RootElement.GetProperty("findings").EnumerateArray());
    }

    [Fact]
    public void ALeakInACheckedRunNamesWhoTookTheReference()
    {
        MemcoreResult result = MemcoreProcess.Run("soak", "--host", "synthetic", "--frames", "65536", "--frame-bytes", "64", "--threads", "2", "--checked",
            "--duration", "60s", "--audit-every", "500ms", "--workload", "ref-storm", "--plant", "LeakReference");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("last reference taken by task", result.Out, StringComparison.Ordinal);
    }

    private MemcoreResult Soak(string bug, string workload) =>
        MemcoreProcess.Run("soak", "--host", "synthetic", "--frames", "65536", "--frame-bytes", "64", "--threads", "2", "--seed", "1",
            "--duration", "60s", "--audit-every", "500ms", "--stall-after", "2s", "--workload", workload, "--plant", bug, "--json", "--out", _folder);
}
