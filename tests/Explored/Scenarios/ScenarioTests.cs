using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Tests.Scenarios;

public class ScenarioTests
{
    public static TheoryData<string, string> AllVariants()
    {
        TheoryData<string, string> data = [];
        foreach (Scenario scenario in ScenarioCatalogue.All)
        {
            foreach (Variant variant in scenario.Variants) { data.Add(scenario.Slug, variant.Slug); }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(AllVariants))]
    public void VariantGivesTheVerdictItPromises(string scenarioSlug, string variantSlug)
    {
        Scenario scenario = ScenarioCatalogue.Find(scenarioSlug)!;
        Variant variant = scenario.Variants.First(v => v.Slug == variantSlug);
        string written = WrittenRow(variant);
        ExplorationOptions options = new()
        {
            Strategy = written.Contains("| states |", StringComparison.Ordinal) ? Strategy.Auto : Strategy.Dfs,
            PreemptionsMax = variant.Preemptions,
            Time = TimeSpan.FromSeconds(60),
            UnboundedTime = TimeSpan.FromSeconds(60),
        };

        Verdict verdict = Verdict.Decide(scenario, variant, options);

        SearchCounts counts = verdict.Exploration.Counts;
        TestContext.Current.SendDiagnosticMessage(
            $"{scenarioSlug}/{variantSlug}: {verdict.Result}, {verdict.Exploration.Space} complete={verdict.Exploration.Complete}, "
            + $"{counts.Executions} runs, {counts.States} states, {counts.Steps} steps, {verdict.Exploration.Seconds:f2} s, "
            + $"longest {counts.LongestRun}, found {string.Join("; ", verdict.Exploration.Found.Select(f => $"{f.Kind}@{f.Preemptions} x{f.Count} {Schedule.Encode(f.Decisions)} '{f.Text}'"))}");
        Assert.Equal(0, counts.CutOff);
        Assert.True(verdict.Result == VerdictResult.AsExpected, Describe(verdict));
        Assert.Equal(written, VerdictTable.Row(verdict));
    }

    [Fact]
    public void DocumentHasARowForEveryVariantAndNoOther()
    {
        IEnumerable<string> rows = File.ReadLines(DocumentPath).Where(l => l.StartsWith("| ", StringComparison.Ordinal) && !l.StartsWith("| id |", StringComparison.Ordinal));
        Assert.Equal(ScenarioCatalogue.All.Sum(s => s.Variants.Count), rows.Count());
        Assert.Equal(ScenarioCatalogue.All.SelectMany(s => s.Variants).Select(v => v.Id).Distinct().Count(), rows.Count());
    }

    [Fact]
    public void EveryScenarioPlantsAtLeastTwoMistakes() =>
        Assert.All(ScenarioCatalogue.All, s => Assert.True(s.Variants.Count(v => !v.NothingElse) >= 2, s.Slug));

    [Theory]
    [MemberData(nameof(AllVariants))]
    public void FoundScheduleReplaysToTheSameViolationAndTrace(string scenarioSlug, string variantSlug)
    {
        Scenario scenario = ScenarioCatalogue.Find(scenarioSlug)!;
        Variant variant = scenario.Variants.First(v => v.Slug == variantSlug);
        if (variant.NothingElse) { return; }
        Verdict verdict = Verdict.Decide(scenario, variant, new ExplorationOptions { Strategy = Strategy.Dfs, PreemptionsMax = variant.Preemptions });
        foreach (Found found in verdict.Exploration.Found)
        {
            Assert.True(Schedule.TryParse(verdict.ScheduleOf(found).ToString(), out Schedule parsed, out string error), error);
            Replayed first = Verdict.Replay(variant, parsed);
            Replayed second = Verdict.Replay(variant, parsed);
            Assert.Equal(RunEnd.Violated, first.End);
            Assert.Equal(found.Kind, first.Violation);
            Assert.NotNull(found.Shrunk);
            Assert.Equal(found.Shrunk.Preemptions, first.Preemptions);
            Assert.True(first.Preemptions <= found.Preemptions, $"{first.Preemptions} preemptions in the shrunk run, {found.Preemptions} in the found one");
            Assert.Equal(first.TraceHash, second.TraceHash);
            Assert.Equal(TraceHash.Short(first.TraceHash), parsed.Trace);
            Assert.Equal(found.Shrunk.Decisions, first.Decisions);
        }
    }

    private static string DocumentPath
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MemCore.sln"))) { folder = folder.Parent; }
            return Path.Combine(folder!.FullName, "src", "Lab", "SCENARIOS.md");
        }
    }

    private static string WrittenRow(Variant variant) =>
        File.ReadLines(DocumentPath).Single(l => l.StartsWith($"| {variant.Id} | ", StringComparison.Ordinal));

    private static string Describe(Verdict verdict) =>
        $"{verdict.Scenario.Slug}/{verdict.Variant.Slug} is {verdict.Result} in {verdict.Exploration.Space} "
        + $"(complete: {verdict.Exploration.Complete}): "
        + string.Join("; ", verdict.Exploration.Found.Select(f => $"{f.Kind} after {f.Preemptions} preemptions ({verdict.ScheduleOf(f)}): {f.Text}"));
}
