using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

/// <summary>The engine under race detection and with store buffers: every sound variant is clean to a small bound.</summary>
public class EngineModeTests
{
    public static TheoryData<string> Scenarios() => [.. ScenarioCatalogue.All.Where(s => Sound(s).Any()).Select(s => s.Slug)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void NoTwoAccessesOfTheEngineRace(string scenario) =>
        FindsNothing(scenario, new ExplorationOptions { Strategy = Strategy.Dfs, PreemptionsMax = 1, Races = true });

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void EngineHoldsWithStoreBuffers(string scenario) =>
        FindsNothing(scenario, new ExplorationOptions { Strategy = Strategy.Dfs, PreemptionsMax = 0, Memory = MemoryModel.Tso });

    private static IEnumerable<Variant> Sound(Scenario scenario) =>
        scenario.Variants.Where(v => v.NothingElse && v.Status == "ours" && v.Planted == PlantedBug.None && !v.Races && v.Memory == MemoryModel.SequentiallyConsistent);

    private static void FindsNothing(string slug, ExplorationOptions options)
    {
        Scenario scenario = ScenarioCatalogue.Find(slug)!;
        Assert.All(Sound(scenario), variant =>
        {
            ExplorationResult result = Verdict.Decide(scenario, variant, options).Exploration;
            TestContext.Current.SendDiagnosticMessage($"{slug}/{variant.Slug}: {result.Space}, {result.Counts.Executions} runs, {result.Counts.States} states, {result.Seconds:f2} s");
            Assert.True(!result.Found.Any(), $"{variant.Slug}: {string.Join("; ", result.Found.Select(f => $"{f.Kind} at {f.Preemptions}: {f.Text}"))}");
            Assert.True(result.Complete, $"{variant.Slug} was not searched to its end");
        });
    }
}
