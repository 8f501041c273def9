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
        ExplorationOptions options = new()
        {
            PreemptionsMax = variant.Preemptions,
            Time = TimeSpan.FromSeconds(60),
            UnboundedTime = variant.NothingElse ? TimeSpan.FromSeconds(2) : TimeSpan.Zero,
        };

        Verdict verdict = Verdict.Decide(scenario, variant, options);

        SearchCounts counts = verdict.Exploration.Counts;
        TestContext.Current.SendDiagnosticMessage(
            $"{scenarioSlug}/{variantSlug}: {verdict.Result}, {verdict.Exploration.Space} complete={verdict.Exploration.Complete}, "
            + $"{counts.Executions} runs, {counts.States} states, {counts.Steps} steps, {verdict.Exploration.Seconds:f2} s, "
            + $"longest {counts.LongestRun}, found {string.Join("; ", verdict.Exploration.Found.Select(f => $"{f.Kind}@{f.Preemptions} x{f.Count} {Schedule.Encode(f.Decisions)} '{f.Text}'"))}");
        Assert.Equal(0, counts.CutOff);
        Assert.True(verdict.Result == VerdictResult.AsExpected, Describe(verdict));
    }

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
            Assert.True(Schedule.TryParse(verdict.ScheduleOf(found)!.ToString(), out Schedule parsed, out string error), error);
            Replayed first = Verdict.Replay(variant, parsed.Decisions);
            Replayed second = Verdict.Replay(variant, parsed.Decisions);
            Assert.Equal(RunEnd.Violated, first.End);
            Assert.Equal(found.Kind, first.Violation);
            Assert.Equal(found.Preemptions, first.Preemptions);
            Assert.Equal(first.TraceHash, second.TraceHash);
            Assert.Equal(found.Decisions, first.Decisions);
        }
    }

    private static string Describe(Verdict verdict) =>
        $"{verdict.Scenario.Slug}/{verdict.Variant.Slug} is {verdict.Result} in {verdict.Exploration.Space} "
        + $"(complete: {verdict.Exploration.Complete}): "
        + string.Join("; ", verdict.Exploration.Found.Select(f => $"{f.Kind} after {f.Preemptions} preemptions ({verdict.ScheduleOf(f)}): {f.Text}"));
}
