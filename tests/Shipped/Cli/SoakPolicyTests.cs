using System.Text.Json;

namespace MemCore.Tests.Cli;

public sealed class SoakPolicyTests
{
    private static readonly string[] s_small = ["soak", "--host", "synthetic", "--frames", "65536", "--frame-bytes", "64", "--duration", "1s", "--seed", "5", "--quiet"];

    [Fact]
    public void ReportSaysWhichPolicyRan()
    {
        MemcoreResult result = MemcoreProcess.Run([.. s_small, "--policy", "migration-entry-wait/v5", "--json"]);

        Assert.Equal(0, result.ExitCode);
        using JsonDocument report = JsonDocument.Parse(result.Lines[^1]);
        Assert.Equal("migration-entry-wait/v5", report.RootElement.GetProperty("policy").GetString());
        Assert.Contains("--policy migration-entry-wait/v5", report.RootElement.GetProperty("command").GetString());
    }

    [Fact]
    public void TwoPoliciesAreRunInTurnWithOneSeedAndCompared()
    {
        MemcoreResult result = MemcoreProcess.Run([.. s_small, "--policy", "migration-entry-wait/v9,migration-entry-wait/001-V14", "--json"]);

        Assert.Equal(0, result.ExitCode);
        using JsonDocument table = JsonDocument.Parse(result.Lines[^1]);
        Assert.Equal("memcore.comparison/1", table.RootElement.GetProperty("schema").GetString());
        JsonElement[] runs = [.. table.RootElement.GetProperty("runs").EnumerateArray()];
        Assert.Equal(["migration-entry-wait/v9", "migration-entry-wait/001-V14"], runs.Select(r => r.GetProperty("policy").GetString()));
        Assert.All(runs, r => Assert.Equal(5, r.GetProperty("seed").GetInt64()));
        Assert.All(runs, r => Assert.True(r.GetProperty("migrationsPerSecond").GetDouble() > 0));
    }

    [Theory]
    [InlineData("migration-entry-wait/v99", "no variant \"v99\"")]
    [InlineData("migration-entry-wait", "which variant")]
    [InlineData("freed-under-migration/v2-injected", "runs in the Explorer only")]
    [InlineData("folio-lock/lockers", "Explorer only")]
    [InlineData("nothing/at-all", "no scenario \"nothing\"")]
    public void PolicyThatCannotRunIsRefusedInOneLine(string policy, string reason)
    {
        MemcoreResult result = MemcoreProcess.Run(["soak", "--policy", policy]);

        Assert.Equal(2, result.ExitCode);
        string complaint = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[0];
        Assert.StartsWith("memcore: --policy: ", complaint, StringComparison.Ordinal);
        Assert.Contains(reason, complaint, StringComparison.Ordinal);
    }
}
