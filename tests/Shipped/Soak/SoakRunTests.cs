using System.Text.Json;
using MemCore.Lab.Soak;

namespace MemCore.Tests.Soak;

/// <summary>Short soaks on a small made-up host. Runs that end with a finding are in child processes: see CanaryTests.</summary>
[Collection("Soak")]
public class SoakRunTests
{
    private const ulong Seed = 0x5eed;

    private static readonly SoakOptions s_short = new()
    {
        Host = "synthetic",
        Frames = 1 << 16,
        FrameBytes = 64,
        Threads = 2,
        Seed = Seed,
        Duration = TimeSpan.FromSeconds(1.5),
        AuditPeriod = TimeSpan.FromSeconds(0.4),
        ProgressPeriod = TimeSpan.FromSeconds(0.5),
    };

    [Theory]
    [InlineData("lock-storm")]
    [InlineData("alloc-storm")]
    [InlineData("ref-storm")]
    [InlineData("lru-storm")]
    [InlineData("migrate-private-anon")]
    [InlineData("migrate-shared-anon")]
    [InlineData("migrate-pagecache")]
    [InlineData("pin-vs-migrate")]
    [InlineData("compact")]
    [InlineData("mixed")]
    public void AWorkloadRunsCleanAndGivesEverythingBack(string workload)
    {
        SoakReport report = Run(s_short with { Workloads = [workload] });

        Assert.Empty(report.Findings);
        Assert.Equal(SoakVerdict.Clean, report.Verdict);
        Assert.Equal(0, report.ExitCode);
        Assert.True(report.TotalOperations > 1000, $"only {report.TotalOperations} operations");

        // The start audit, the final one, and at least one in between.
        Assert.True(report.Audits.Full >= 3, $"only {report.Audits.Full} audits");
        Assert.Equal(0, report.Audits.Violations);
        Assert.Equal(0, report.AllocatedBytes);
    }

    [Theory]
    [InlineData("migrate-private-anon")]
    [InlineData("migrate-shared-anon")]
    [InlineData("migrate-pagecache")]
    [InlineData("pin-vs-migrate")]
    public void MigratingWorkloadsMigrate(string workload)
    {
        SoakReport report = Run(s_short with { Workloads = [workload] });

        Assert.True(report.Migrated > 100, $"only {report.Migrated} folios");
        using JsonDocument record = JsonDocument.Parse(SoakJson.Report(report));
        Assert.Equal(report.Migrated, record.RootElement.GetProperty("migrations").GetProperty("succeeded").GetInt64());
    }

    [Fact]
    public void TheCourseOfARunIsPartOfItsRecord()
    {
        SoakReport report = Run(s_short with { SamplePeriod = TimeSpan.FromMilliseconds(50), Duration = TimeSpan.FromSeconds(3), Workloads = ["alloc-storm"] });
        using JsonDocument record = JsonDocument.Parse(SoakJson.Report(report));
        JsonElement root = record.RootElement;

        Assert.True(root.GetProperty("samples").GetArrayLength() is > 5 and <= RunSamples.Capacity);
        Assert.All(root.GetProperty("samples").EnumerateArray(), s => Assert.True(s.GetProperty("rssBytes").GetInt64() > 0));
        Assert.NotEqual(RunDrift.TooShort, root.GetProperty("drift").GetProperty("verdict").GetString());
        JsonElement before = root.GetProperty("blocks").GetProperty("before");
        Assert.Equal(11, before.GetProperty("freeByOrder").GetArrayLength());
        Assert.InRange(before.GetProperty("emptiable").GetInt32(), 1, before.GetProperty("withoutUnmovable").GetInt32());
        Assert.True(before.GetProperty("withoutUnmovable").GetInt32() >= before.GetProperty("whollyFree").GetInt32());
        Assert.Equal(JsonValueKind.Object, root.GetProperty("blocks").GetProperty("after").ValueKind);
    }

    [Fact]
    public void ASnapshotOfARunThatIsOverShowsWhatItsReportSays()
    {
        using SoakReporter reporter = new(TextWriter.Null, TextWriter.Null, json: false, quiet: true);
        using SoakRunner runner = new(s_short with { Workloads = ["lock-storm"], Duration = TimeSpan.FromMilliseconds(300) }, reporter);
        Assert.True(runner.TryPrepare(out SetupError? error), error?.Text);
        SoakReport report = runner.Run();

        SoakSnapshot snapshot = runner.Snapshot();

        Assert.Equal(report.TotalOperations, snapshot.Operations.Sum(o => o.Value.Count));
        Assert.Equal(report.SometimesMissing, snapshot.SometimesMissing);
        Assert.NotEmpty(ScreenText.Lines(snapshot, null, 80, 24));
    }

    [Fact]
    public void MoreThreadsThanCpusShareTheSlots()
    {
        SoakReport report = Run(s_short with { Threads = 7 });

        Assert.Equal(7, report.Threads);
        Assert.True(report.Cpus <= Environment.ProcessorCount);
        Assert.Equal(SoakVerdict.Clean, report.Verdict);
    }

    [Fact]
    public void OneThreadAloneIsEnough()
    {
        SoakReport report = Run(s_short with { Threads = 1 });

        Assert.Equal(SoakVerdict.Clean, report.Verdict);
        Assert.Equal(report.SometimesTotal, report.SometimesReached + report.SometimesMissing.Count);
    }

    [Fact]
    public void AnOperationLimitEndsTheRun()
    {
        SoakReport report = Run(s_short with { Duration = TimeSpan.FromMinutes(10), Operations = 20_000 });

        Assert.True(report.TotalOperations >= 20_000);
        Assert.True(report.Seconds < 60);
        Assert.Equal(SoakVerdict.Clean, report.Verdict);
    }

    [Theory]
    [InlineData(2, 130)]
    [InlineData(15, 143)]
    public void ASignalDrainsAndSummarises(int signal, int exitCode)
    {
        SoakReport report = Run(s_short with { Duration = TimeSpan.FromMinutes(10) }, stopAtOnce: signal);

        Assert.Equal(SoakVerdict.Interrupted, report.Verdict);
        Assert.Equal(exitCode, report.ExitCode);
        Assert.Empty(report.Findings);
    }

    [Fact]
    public void ARequiredStateThatWasNotReachedInTimeFailsTheRun()
    {
        // A task alone never waits for a lock, so nobody passes a wake on, however long it runs.
        SoakReport report = Run(s_short with { Workloads = ["lock-storm"], Threads = 1, MustReach = ["wake passed on by a cancelled waiter"], Operations = 1, SometimesDue = TimeSpan.Zero, Duration = TimeSpan.FromMilliseconds(1) });

        Assert.NotEmpty(report.SometimesMissing);
        Assert.Equal(SoakVerdict.Blind, report.Verdict);
        Assert.Equal(1, report.ExitCode);
    }

    [Fact]
    public void TheRecordHasEveryFieldOfTheContract()
    {
        SoakReport report = Run(s_short);
        using JsonDocument record = JsonDocument.Parse(SoakJson.Report(report));
        JsonElement root = record.RootElement;

        Assert.Equal("memcore.soak/1", root.GetProperty("schema").GetString());
        foreach (string field in "verdict seed command host threads pinned seconds operations vmstat audits sometimes findings".Split(' '))
        {
            Assert.True(root.TryGetProperty(field, out _), field);
        }
        foreach (string field in "source frames importSeconds".Split(' ')) { Assert.True(root.GetProperty("host").TryGetProperty(field, out _), field); }
        foreach (string field in "count failed p50Ns p99Ns maxNs".Split(' ')) { Assert.True(root.GetProperty("operations").GetProperty("alloc").TryGetProperty(field, out _), field); }
        foreach (string field in "full violations".Split(' ')) { Assert.True(root.GetProperty("audits").TryGetProperty(field, out _), field); }
        foreach (string field in "reached total missing".Split(' ')) { Assert.True(root.GetProperty("sometimes").TryGetProperty(field, out _), field); }
        Assert.True(root.GetProperty("vmstat").TryGetProperty("pgfree", out _));
    }

    [Fact]
    public void TheReportForPeopleNamesSeedVerdictAndCommand()
    {
        SoakReport report = Run(s_short with { Command = "memcore soak --seed 0x5eed" });
        string text = SoakText.Report(report);

        Assert.Contains("Verdict  clean", text, StringComparison.Ordinal);
        Assert.Contains("Repeat   memcore soak --seed 0x5eed", text, StringComparison.Ordinal);
        Assert.Contains("alloc", text, StringComparison.Ordinal);
    }

    private static SoakReport Run(SoakOptions options, int stopAtOnce = 0)
    {
        StringWriter log = new();
        using SoakReporter reporter = new(TextWriter.Null, log, json: false, quiet: false);
        using SoakRunner runner = new(options, reporter);
        Assert.True(runner.TryPrepare(out SetupError? error), error?.Text);
        if (stopAtOnce != 0) { runner.RequestStop(stopAtOnce); }
        SoakReport report = runner.Run();
        reporter.Dispose();
        Assert.Contains($"seed 0x{options.Seed:x}", log.ToString(), StringComparison.Ordinal);
        return report;
    }
}
