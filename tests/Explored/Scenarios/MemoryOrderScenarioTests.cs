using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;

namespace MemCore.Tests.Scenarios;

/// <summary>Each order that is taken out shows in the mode that its variant names, in seconds, and replays.</summary>
public class MemoryOrderScenarioTests
{
    public static TheoryData<string, string> Variants()
    {
        TheoryData<string, string> data = new() { { "lru-batches", "generation-after-scan" } };
        foreach (Variant variant in ScenarioCatalogue.Find("memory-order")!.Variants) { data.Add("memory-order", variant.Slug); }
        return data;
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void VariantShowsWhatItPromisesAndNothingElse(string scenarioSlug, string variantSlug)
    {
        Scenario scenario = ScenarioCatalogue.Find(scenarioSlug)!;
        Variant variant = scenario.Variants.First(v => v.Slug == variantSlug);
        Verdict verdict = Verdict.Decide(scenario, variant, new ExplorationOptions { Strategy = Strategy.Dfs, PreemptionsMax = variant.Preemptions });
        string found = string.Join("; ", verdict.Exploration.Found.Select(f => $"{f.Kind} at {f.Preemptions}: {f.Text}"));
        TestContext.Current.SendDiagnosticMessage($"{variantSlug}: {verdict.Exploration.Space}, {verdict.Exploration.Counts.Executions} runs, {verdict.Exploration.Seconds:f2} s: {found}");
        Assert.True(verdict.Result == VerdictResult.AsExpected, $"{verdict.Result} in {verdict.Exploration.Space}: {found}");
        foreach (Found one in verdict.Exploration.Found)
        {
            Assert.True(Schedule.TryParse(verdict.ScheduleOf(one)!.ToString(), out Schedule parsed, out string error), error);
            Replayed replayed = Verdict.Replay(variant, parsed);
            Assert.Equal(one.Kind, replayed.Violation);
            Assert.Equal(one.Preemptions, replayed.Preemptions);
            Assert.Equal(replayed.TraceHash, Verdict.Replay(variant, parsed).TraceHash);
        }
    }
}
