using System.Diagnostics;
using System.Text.Json;
using MemCore.Cli;
using MemCore.Lab.Soak;
using MemCore.Primitives;

namespace MemCore.Tests.Cli;

/// <summary>A soak that is killed in the middle and goes on.</summary>
[Collection("Soak")]
public sealed class SoakResumeTests : IDisposable
{
    private static readonly string[] s_small = ["soak", "--host", "synthetic", "--frames", "65536", "--frame-bytes", "64", "--audit-every", "500ms", "--workload", "alloc-storm,lock-storm"];

    private readonly string _folder = Directory.CreateTempSubdirectory("memcore-resume-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void AKilledRunGoesOnWithTheNextSeedAndAddsUp()
    {
        long killed = RunAndKill([.. s_small, "--duration", "10m", "--seed", "7", "--out", _folder]);

        MemcoreResult resumed = MemcoreProcess.Run("soak", "--resume", _folder, "--duration", "1s", "--json");

        Assert.True(resumed.ExitCode == 0, resumed.Error);
        using JsonDocument summary = JsonDocument.Parse(resumed.Lines[^1]);
        JsonElement root = summary.RootElement;
        Assert.Equal("clean", root.GetProperty("verdict").GetString());
        Assert.Equal(1, root.GetProperty("resumed").GetInt32());
        Assert.Equal([7UL, JournalKeeper.SeedAfter(7)], root.GetProperty("parts").EnumerateArray().Select(p => p.GetProperty("seed").GetUInt64()));
        Assert.True(root.GetProperty("operations").GetProperty("alloc").GetProperty("count").GetInt64() > killed);
        Assert.Contains("--workload alloc-storm,lock-storm", root.GetProperty("command").GetString(), StringComparison.Ordinal);

        MemcoreResult again = MemcoreProcess.Run("soak", "--resume", _folder);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("the run is over", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AResumedRunIsDisturbedAndCheckedAsTheRunWas()
    {
        RunAndKill([.. s_small, "--duration", "10m", "--chaos", "low", "--checked", "--out", _folder]);

        MemcoreResult resumed = MemcoreProcess.Run("soak", "--resume", _folder, "--duration", "500ms");

        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Contains("checked; chaos low", resumed.Out, StringComparison.Ordinal);
        Assert.Contains("resumed 1 time:", resumed.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void AFindingOfAKilledPartIsNotLost()
    {
        RunAndKill([.. s_small, "--duration", "10m", "--out", _folder]);
        string path = JournalFile.PathIn(_folder);
        string[] lines = File.ReadAllText(path).Split('\n');
        Assert.True(JournalRecord.TryParse(System.Text.Encoding.UTF8.GetBytes(lines[^2]), out JournalRecord? last));
        Finding finding = Finding.Of(ViolationKind.RefLeak, "test", "found before the process was killed", string.Empty) with { Repro = "finding.json" };
        JournalRecord found = last! with { Tally = last.Tally with { Findings = [finding] } };
        File.AppendAllText(path, found.ToJson() + "\n{\"schema\":\"memco");

        MemcoreResult resumed = MemcoreProcess.Run("soak", "--resume", _folder, "--duration", "500ms", "--json");

        Assert.True(resumed.ExitCode == 1, resumed.Error);
        using JsonDocument summary = JsonDocument.Parse(resumed.Lines[^1]);
        Assert.Equal("violation", summary.RootElement.GetProperty("verdict").GetString());
        Assert.Equal("finding.json", summary.RootElement.GetProperty("findings")[0].GetProperty("repro").GetString());
    }

    [Fact]
    public void ARunThatFoundSomethingHasItInItsJournal()
    {
        MemcoreResult result = MemcoreProcess.Run("soak", "--host", "synthetic", "--frames", "65536", "--frame-bytes", "64", "--workload", "alloc-storm", "--plant", "FreeTwice", "--duration", "30s", "--quiet", "--out", _folder);

        Assert.Equal(1, result.ExitCode);
        Assert.True(JournalFile.TryRead(_folder, out JournalFile? journal, out SetupError? error), error?.Text);
        Assert.Equal("violation", journal.End!.Verdict);
        Assert.Contains(journal.Earlier.Tally.Findings, f => f.Repro is not null && File.Exists(f.Repro));
    }

    [Fact]
    public void TheRemainingTimeIsWhatIsLeftOfTheRun()
    {
        RunAndKill([.. s_small, "--duration", "10m", "--out", _folder]);

        Assert.True(SoakResume.TryOptions(_folder, null, null, out SoakOptions? options, out SetupError? error), error?.Text);
        Assert.Equal(600, options.Duration.TotalSeconds + options.Earlier.Tally.Seconds, precision: 3);
        Assert.True(options.Earlier.Tally.Seconds > 0);
        Assert.Equal(_folder, options.Out);
        Assert.Equal(["alloc-storm", "lock-storm"], options.Workloads);
    }

    [Theory]
    [InlineData("--threads", "2")]
    [InlineData("--seed", "1")]
    [InlineData("--workload", "lock-storm")]
    [InlineData("--checked")]
    public void OptionsThatWouldChangeTheRunAreRefused(params string[] option)
    {
        MemcoreResult result = MemcoreProcess.Run(["soak", "--resume", _folder, .. option]);

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Contains(option[0], result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ADirectoryWithoutAJournalIsRefused()
    {
        MemcoreResult result = MemcoreProcess.Run("soak", "--resume", _folder);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("journal.jsonl: no such file", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AnInterruptedRunMayBeResumed()
    {
        using Process process = MemcoreProcess.Start([.. s_small, "--duration", "10m", "--json", "--out", _folder]);
        Assert.Contains("seed", process.StandardError.ReadLine(), StringComparison.Ordinal);
        using Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        Assert.Equal(130, MemcoreProcess.End(process).ExitCode);

        Assert.True(SoakResume.TryOptions(_folder, null, null, out SoakOptions? options, out SetupError? error), error?.Text);
        Assert.Single(options.Earlier.Parts);
    }

    // Kills without a chance to clean up, once the journal tells of operations; returns how many of one kind it tells of.
    private long RunAndKill(string[] arguments)
    {
        using Process process = MemcoreProcess.Start(arguments);
        _ = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
        long done = 0;
        while (done == 0)
        {
            Assert.False(process.WaitForExit(50), "the run ended by itself");
            if (JournalFile.TryRead(_folder, out JournalFile? journal, out _)) { done = journal.Earlier.Tally.Operations.GetValueOrDefault("alloc").Count; }
        }
        process.Kill();
        process.WaitForExit();
        Assert.Equal(137, process.ExitCode);
        return done;
    }
}
