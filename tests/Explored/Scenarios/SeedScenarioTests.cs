using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Tests.Scenarios;

public class SeedScenarioTests
{
    private const string Freed = "freed-under-migration";
    private const string Waits = "migration-entry-wait";

    public static TheoryData<string, string> SeedVariants()
    {
        TheoryData<string, string> data = [];
        foreach (string slug in new[] { Freed, Waits })
        {
            foreach (Variant variant in ScenarioCatalogue.Find(slug)!.Variants) { data.Add(slug, variant.Slug); }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(SeedVariants))]
    public void WithoutChecksVariantShowsWhatItPromisesForThatCase(string scenario, string variant)
    {
        Verdict verdict = Decide(scenario, variant, new ModelSettings(Checks: false));

        Assert.Equal(0, verdict.Exploration.Counts.CutOff);
        Assert.True(verdict.Result == VerdictResult.AsExpected, VerdictText.Line(verdict));
    }

    [Theory]
    [InlineData("v3")]
    [InlineData("v5")]
    [InlineData("v10")]
    public void WithoutChecksOnlyTheLabsOracleSeesAFlagThatIsLeft(string variant)
    {
        Verdict verdict = Decide(Freed, variant, new ModelSettings(Checks: false));

        Assert.Equal([ViolationKind.FlagAtLastPut], verdict.Exploration.Found.Select(f => f.Kind));
    }

    [Fact]
    public void LeastPreemptionsThatWasteAllPassesAreOneAndTwoAndNone()
    {
        Assert.Equal(1, Least(Waits, "v0-passes", ViolationKind.NonConvergence));
        Assert.Equal(2, Least(Waits, "v5-passes", ViolationKind.NonConvergence));

        Verdict queued = Decide(Waits, "v9", new ModelSettings(), Strategy.States);
        Assert.True(queued.Exploration.Complete);
        Assert.Empty(queued.Exploration.Found);
    }

    [Fact]
    public void DrainProbeDeadlocksAtOnePreemptionOnlyWhereWaitersKeepAReference()
    {
        Assert.Equal(1, Least(Waits, "v0", ViolationKind.Deadlock));
        foreach (string variant in new[] { "v3-careful", "v4", "v5", "v8", "v14" })
        {
            Verdict verdict = Decide(Waits, variant, new ModelSettings(), Strategy.States);
            Assert.True(verdict.Exploration.Complete, VerdictText.Line(verdict));
            Assert.Empty(verdict.Exploration.Found);
        }
    }

    [Fact]
    public void OneMistakeShowsSeveralKindsWhenItsFirstIsMuted()
    {
        Verdict verdict = Decide(Waits, "v1-deep", new ModelSettings());

        ViolationKind[] kinds = [.. verdict.Exploration.Found.Select(f => f.Kind)];
        Assert.Contains(ViolationKind.FlagAtAlloc, kinds);
        Assert.Contains(ViolationKind.FlagAtFree, kinds);
        Assert.Contains(ViolationKind.ForeignUnlock, kinds);
        Assert.Contains(ViolationKind.DoubleOwner, kinds);
    }

    [Fact]
    public void LateMarkLosesAWakeOnlyWhereTheWaiterDoesNotExcludeTheUnlock()
    {
        Assert.Equal(2, Least(Waits, "v12b", ViolationKind.LostWake));
        Verdict excluded = Decide(Waits, "v12", new ModelSettings(), Strategy.States);
        Assert.True(excluded.Exploration.Complete);
        Assert.Empty(excluded.Exploration.Found);
    }

    [Fact]
    public void CleanVariantsStayCleanWithTwoFaulters()
    {
        foreach (string variant in new[] { "v4", "v5", "v9", "v12", "v14" })
        {
            Verdict verdict = Decide(Waits, variant, new ModelSettings(Actors: 2));
            Assert.True(verdict.Result == VerdictResult.AsExpected, VerdictText.Line(verdict));
        }
    }

    [Theory]
    [InlineData(Freed, "v2")]
    [InlineData(Freed, "v8")]
    [InlineData(Waits, "v5")]
    [InlineData(Waits, "v9")]
    [InlineData(Waits, "v4")]
    public void SoundVariantHasNoDataRace(string scenarioSlug, string variantSlug)
    {
        Scenario scenario = ScenarioCatalogue.Find(scenarioSlug)!;
        Variant variant = scenario.Variants.First(v => v.Slug == variantSlug);
        ExplorationOptions options = new() { Strategy = Strategy.Dfs, PreemptionsMax = 1, Time = TimeSpan.FromSeconds(60), Races = true };

        Verdict verdict = Verdict.Decide(scenario, variant, options);

        Assert.True(verdict.Result == VerdictResult.AsExpected, VerdictText.Line(verdict) + string.Join('\n', verdict.Exploration.Found.Select(f => $"{f.Kind}: {f.Text}")));
    }

    private static int Least(string scenario, string variant, ViolationKind kind) =>
        Decide(scenario, variant, new ModelSettings()).Exploration.Found.First(f => f.Kind == kind).Preemptions;

    private static Verdict Decide(string scenarioSlug, string variantSlug, ModelSettings settings, Strategy strategy = Strategy.Dfs)
    {
        Scenario scenario = ScenarioCatalogue.Find(scenarioSlug)!;
        Variant variant = scenario.Variants.First(v => v.Slug == variantSlug);
        ExplorationOptions options = new() { Strategy = strategy, PreemptionsMax = variant.Preemptions, Time = TimeSpan.FromSeconds(60) };
        Verdict verdict = Verdict.Decide(scenario, variant, options, settings);
        TestContext.Current.SendDiagnosticMessage(VerdictText.Line(verdict));
        return verdict;
    }
}
