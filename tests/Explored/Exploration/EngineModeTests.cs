using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;

namespace MemCore.Tests.Exploration;

/// <summary>The engine itself in the two modes: every sound variant, to a small bound.</summary>
public class EngineModeTests
{
    public static TheoryData<string, string> SoundVariants()
    {
        TheoryData<string, string> data = [];
        foreach (Scenario scenario in ScenarioCatalogue.All)
        {
            foreach (Variant variant in scenario.Variants.Where(v => v.NothingElse && v.Status == "ours")) { data.Add(scenario.Slug, variant.Slug); }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(SoundVariants))]
    public void NoTwoAccessesOfTheEngineRace(string scenario, string variant) => FindsNothing(scenario, variant, new ExplorationOptions { Races = true });

    [Theory]
    [MemberData(nameof(SoundVariants))]
    public void EngineHoldsWithStoreBuffers(string scenario, string variant) => FindsNothing(scenario, variant, new ExplorationOptions { Memory = MemoryModel.Tso });

    private static void FindsNothing(string scenarioSlug, string variantSlug, ExplorationOptions mode)
    {
        Scenario scenario = ScenarioCatalogue.Find(scenarioSlug)!;
        Variant variant = scenario.Variants.First(v => v.Slug == variantSlug);
        int bound = int.Parse(Environment.GetEnvironmentVariable("BOUND") ?? "1");
        Verdict verdict = Verdict.Decide(scenario, variant, mode with { Strategy = Strategy.Dfs, PreemptionsMax = bound, Time = TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("SECS") ?? "20")) });
        ExplorationResult result = verdict.Exploration;
        Console.WriteLine($"## {(mode.Races ? "race" : "tso")} {scenarioSlug}/{variantSlug}: {result.Space} complete={result.Complete} {result.Counts.Executions} runs {result.Counts.States} states {result.Seconds:f2} s");
        foreach (Found f in result.Found) { Console.WriteLine($"##    {f.Kind}@{f.Preemptions} x{f.Count} {f.Text}"); }
        Assert.Empty(result.Found);
        Assert.True(result.Complete);
    }
}
