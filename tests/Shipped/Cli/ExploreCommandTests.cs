using System.Diagnostics;
using System.Text.Json;
using System.Xml.Linq;

namespace MemCore.Tests.Cli;

public class ExploreCommandTests
{
    [Fact]
    public void VerdictHasTheFieldsThatScriptsRelyOn()
    {
        MemcoreResult result = MemcoreProcess.Run("explore", "folio-lock/waiters-after-test", "--json", "--seed", "7");

        Assert.Equal(0, result.ExitCode);
        JsonElement verdict = JsonDocument.Parse(Assert.Single(result.Lines)).RootElement;
        foreach (string field in (string[])["scenario", "variant", "id", "checks", "result", "observed", "complete", "space", "bound", "executions", "steps", "states", "seconds", "schedule", "preemptions",
            "budgetSeconds", "schedulesPerSecond", "fraction"])
        {
            Assert.True(verdict.TryGetProperty(field, out _), $"{field} is missing");
        }
        Assert.Equal("on", verdict.GetProperty("checks").GetString());
        Assert.Equal("schedules<=3", verdict.GetProperty("space").GetString());
        Assert.Equal(2, verdict.GetProperty("preemptions").GetInt32());
        string schedule = verdict.GetProperty("schedule").GetString()!;
        Assert.StartsWith("v2:folio-lock/waiters-after-test,without=", schedule, StringComparison.Ordinal);

        MemcoreResult replayed = MemcoreProcess.Run("replay", schedule, "--json");
        Assert.Equal(1, replayed.ExitCode);
        JsonElement replay = JsonDocument.Parse(Assert.Single(replayed.Lines)).RootElement;
        Assert.Equal("LostWake", replay.GetProperty("violation").GetString());
        Assert.True(replay.GetProperty("sameBuild").GetBoolean());
        Assert.Empty(replayed.Error);
    }

    [Fact]
    public void ScheduleOfAnotherBuildIsRunAndSaysSo()
    {
        MemcoreResult other = MemcoreProcess.Run("replay", "v2:folio-lock/waiters-after-test~000000:a6b5c4bc4");
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("LostWake", other.Out, StringComparison.Ordinal);
        Assert.Contains("from another build", Assert.Single(other.Error.Trim().Split('\n')), StringComparison.Ordinal);

        MemcoreResult unfit = MemcoreProcess.Run("replay", "v2:folio-lock/waiters-after-test~000000:a900");
        Assert.Equal(5, unfit.ExitCode);
        Assert.Contains("does not fit", Assert.Single(unfit.Error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void InterleavingSaysWhoTakesPartWhatIsMinimalAndHowToRepeatIt()
    {
        MemcoreResult result = MemcoreProcess.Run("explore", "folio-lock/waiters-after-test", "--strategy", "pct", "--first", "--time", "20s", "--seed", "3");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("[lock, change, unlock]", result.Out, StringComparison.Ordinal);
        Assert.Contains("locally minimal", result.Out, StringComparison.Ordinal);
        Assert.Contains("violated: LostWake", result.Out, StringComparison.Ordinal);
        Assert.Contains("repeat with: memcore replay 'v2:", result.Out, StringComparison.Ordinal);
        Assert.Contains("s of 20 s", result.Out, StringComparison.Ordinal);
        Assert.Equal(2, result.Lines.Count(l => l.Length > 4 && l[4] == '*'));
    }

    [Theory]
    [InlineData("has its own number", "explore", "folio-lock/exclusive", "--actors", "3")]
    [InlineData("--shard takes i/n", "explore", "--shard", "3/2")]
    [InlineData("--strategy takes one of", "explore", "--strategy", "luck")]
    [InlineData("no variant", "explore", "folio-lock/nothing")]
    public void WhatCannotBeDoneIsOneLineAndUsage(string expected, params string[] arguments)
    {
        MemcoreResult result = MemcoreProcess.Run(arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Contains(expected, result.Error.Split('\n')[0], StringComparison.Ordinal);
    }

    [Fact]
    public void UndecidedRowFailsInTheReportAndIsAnnotated()
    {
        string path = Path.Combine(Path.GetTempPath(), $"memcore-explore-{Environment.ProcessId}.xml");
        try
        {
            ProcessStartInfo start = MemcoreProcess.StartInfo("explore", "word-types/references", "word-types/put-twice", "--strategy", "random", "--time", "300ms", "--seed", "1", "--junit", path);
            start.Environment["GITHUB_ACTIONS"] = "true";
            using Process process = Process.Start(start)!;
            MemcoreResult result = MemcoreProcess.End(process);

            Assert.Equal(6, result.ExitCode);
            Assert.Contains("::error title=inconclusive in explore.word-types/references::", result.Error, StringComparison.Ordinal);
            XElement[] cases = [.. XDocument.Load(path).Descendants("testcase")];
            Assert.Equal(["references", "put-twice"], cases.Select(c => (string)c.Attribute("name")!));
            Assert.Equal("inconclusive", (string)cases[0].Element("failure")!.Attribute("type")!);
            Assert.Null(cases[1].Element("failure"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void ScenariosSayWhatTheyPromiseWithTheChecksOnAndOff()
    {
        MemcoreResult result = MemcoreProcess.Run("scenarios", "--json");
        JsonElement[] records = [.. result.Lines.Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.All(records, record =>
        {
            JsonElement off = record.GetProperty("checksOff");
            Assert.True(record.GetProperty("never").GetArrayLength() + record.GetProperty("sometimes").GetArrayLength() > 0);
            Assert.True(off.GetProperty("never").GetArrayLength() + off.GetProperty("sometimes").GetArrayLength() > 0);
        });
    }
}
