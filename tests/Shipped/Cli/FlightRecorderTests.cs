using System.Text.Json;

namespace MemCore.Tests.Cli;

/// <summary>From a finding of a soak, through its repro file, to the interleaving that shows it and the string that repeats it.</summary>
[Collection("Soak")]
public sealed class FlightRecorderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memcore-flight-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("UnlockForgetsWaiters", "lock-storm", "LostWake")]
    [InlineData("HandOffDropsLock", "lock-storm", "")]
    [InlineData("LruBitLost", "lru-storm", "")]
    [InlineData("PutTwice", "ref-storm", "RefUnderflow")]
    public void APlantedBugThatASoakFindsIsShownByItsLastOperations(string bug, string workload, string kind)
    {
        string repro = Soak(bug, workload);
        MemcoreResult explored = MemcoreProcess.Run("explore", "--repro", repro, "--time", "20s");

        Assert.True(explored.ExitCode == 1, explored.Out + explored.Error);
        Assert.Contains(kind.Length == 0 ? "shows" : $"{kind} at", explored.Out, StringComparison.Ordinal);
        Assert.Contains("the last operations in the order in which they began", explored.Out, StringComparison.Ordinal);
        Assert.Contains("the observed order", explored.Out, StringComparison.Ordinal);
        string schedule = explored.Out.Split("memcore replay '")[1].Split('\'')[0];
        Assert.StartsWith("v2:recorded/", schedule, StringComparison.Ordinal);
        Assert.Contains($"!{bug}~", schedule, StringComparison.Ordinal);

        // The string holds the whole scenario: it needs no file.
        File.Delete(repro);
        MemcoreResult replayed = MemcoreProcess.Run("replay", schedule, "--json");
        using JsonDocument record = JsonDocument.Parse(replayed.Lines[^1]);
        Assert.Equal(1, replayed.ExitCode);
        Assert.Equal("Violated", record.RootElement.GetProperty("end").GetString());
        Assert.True(record.RootElement.GetProperty("sameBuild").GetBoolean());
    }

    [Theory]
    [InlineData("", "is no repro file")]
    [InlineData("not json", "is no repro file")]
    [InlineData("""{"schemaName":"something/1"}""", "is no repro file")]
    [InlineData("""{"schemaName":"memcore.repro/1"}""", "has no recorded operations")]
    [InlineData("""{"schemaName":"memcore.repro/1","arguments":null,"flight":{"operations":[null]}}""", "has no recorded operations")]
    [InlineData("""{"schemaName":"memcore.repro/1","flight":{"operations":[{"operation":"dance"}]}}""", "has a counterpart")]
    [InlineData("""{"schemaName":"memcore.repro/1","arguments":["--policy","a/b"],"flight":{"operations":[{"operation":"lock","frame":1,"related":true}]}}""", "no scenario")]
    public void AFileThatHasNothingToExploreIsOneLineAndExit2(string text, string named)
    {
        string path = Path.Combine(_folder, "repro.json");
        File.WriteAllText(path, text);
        MemcoreResult result = MemcoreProcess.Run("explore", "--repro", path);

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void AFileThatIsNotThereIsOneLineAndExit2()
    {
        MemcoreResult result = MemcoreProcess.Run("explore", "--repro", Path.Combine(_folder, "nothing.json"));

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }

    private string Soak(string bug, string workload)
    {
        MemcoreResult result = MemcoreProcess.Run("soak", "--host", "synthetic", "--frames", "65536", "--frame-bytes", "64", "--threads", "2", "--seed", "1",
            "--duration", "60s", "--audit-every", "500ms", "--stall-after", "2s", "--workload", workload, "--plant", bug, "--json", "--out", _folder);
        using JsonDocument summary = JsonDocument.Parse(result.Lines[^1]);
        return summary.RootElement.GetProperty("findings")[0].GetProperty("repro").GetString()!;
    }
}
