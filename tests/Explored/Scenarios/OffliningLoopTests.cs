using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Tests.Scenarios;

/// <summary>Whether an offlining that migrates for ever gets on while others fault for ever: by the graph of all states.</summary>
public sealed class OffliningLoopTests
{
    [Theory]
    [InlineData("v4-loop")]
    [InlineData("v5-loop-drain")]
    [InlineData("v9-loop")]
    [InlineData("v14-loop")]
    public void ThereIsNoFairCycleWhereNobodySleepsWithAReference(string variant)
    {
        Verdict verdict = Decide(variant);

        Assert.True(verdict.Exploration.Complete, VerdictText.Line(verdict));
        Assert.Equal(Convergence.NoFairCycle, verdict.Exploration.Livelock!.Verdict);
        Assert.Contains("no fair cycle in the complete graph", VerdictText.Line(verdict), StringComparison.Ordinal);
        Assert.Equal(VerdictResult.AsExpected, verdict.Result);
    }

    [Theory]
    [InlineData("v0-loop")]
    [InlineData("v5-loop")]
    public void WithoutTheDrainProbeAReferenceAtTheWrongTimeStarvesTheOffliningForEver(string variant)
    {
        Verdict verdict = Decide(variant);
        LivelockReport report = verdict.Exploration.Livelock!;

        Assert.Equal(Convergence.CanBeStarved, report.Verdict);
        Assert.Equal("offlining, user", report.Lasso!.Steppers);
        Assert.True(report.Lasso.StronglyFair);
        Assert.Equal(VerdictResult.AsExpected, verdict.Result);
        Assert.Contains("can be starved by a scheduler", VerdictText.Line(verdict), StringComparison.Ordinal);
        string shown = VerdictText.Interleaving(verdict, verdict.Exploration.Counts.Found[ViolationKind.Livelock]);
        Assert.Contains($"stem {Schedule.Encode(report.Lasso.Stem)}, then for ever {Schedule.Encode(report.Lasso.Cycle)} by offlining, user", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void WithTheDrainProbeASleeperWithAReferenceBlocksTheOfflining()
    {
        Verdict verdict = Decide("v0-loop-drain");

        Assert.Equal(Convergence.BlocksItself, verdict.Exploration.Livelock!.Verdict);
        Assert.Contains(ViolationKind.Deadlock, verdict.Exploration.Counts.Found.Keys);
        Assert.Contains("blocks itself", VerdictText.Line(verdict), StringComparison.Ordinal);
    }

    [Fact]
    public void AGraphThatDoesNotEndInTimeIsUndecided()
    {
        Verdict verdict = Decide("v9-loop", TimeSpan.FromTicks(1));

        Assert.False(verdict.Exploration.Complete);
        Assert.Equal(VerdictResult.Inconclusive, verdict.Result);
        Assert.Contains("undecided: no fair cycle so far, and the graph was left at the time", VerdictText.Line(verdict), StringComparison.Ordinal);
    }

    private static Verdict Decide(string slug, TimeSpan? time = null)
    {
        Scenario scenario = ScenarioCatalogue.Find("migration-entry-wait")!;
        Variant variant = scenario.Variants.First(v => v.Slug == slug);
        return Verdict.Decide(scenario, variant, new ExplorationOptions { Time = time ?? TimeSpan.FromSeconds(60) });
    }
}
