using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

public sealed class ShrinkerTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void LongRandomRunShrinksToTheKnownMinimum(ulong seed)
    {
        using LostUpdate model = new();
        Found found = FirstFound(model, seed);
        output.WriteLine($"{Schedule.Encode(found.Decisions)}: {found.Preemptions} preemptions, {found.Decisions.Length} steps");

        Shrunk shrunk = new Shrinker(model, new ExplorationOptions(), found.Kind).Shrink(found.Decisions)!;

        output.WriteLine($"{Schedule.Encode(shrunk.Decisions)} without {string.Join(' ', shrunk.Without)}: {shrunk.Minimality}");
        Assert.Equal(1, shrunk.Preemptions);
        Assert.Equal(4, shrunk.Decisions.Length);
        Assert.Equal(["a0", "a2", "b0", "b2", "c0", "c1"], shrunk.Without.Select(o => o.ToString()).Order());
        AssertReplaysAndIsMinimal(model, found.Kind, shrunk);
    }

    [Fact]
    public void WithAllOperationsKeptOnlyTheSwitchesShrink()
    {
        using LostUpdate model = new();
        Found found = FirstFound(model, 11);
        Shrunk shrunk = new Shrinker(model, new ExplorationOptions(), found.Kind).Shrink(found.Decisions, leaveOut: false)!;
        Assert.Empty(shrunk.Without);
        Assert.Equal(1, shrunk.Preemptions);
        AssertReplaysAndIsMinimal(model, found.Kind, shrunk);
    }

    [Fact]
    public void RunThatDoesNotShowTheKindIsNotShrunk()
    {
        using LostUpdate model = new(broken: false);
        Assert.Null(new Shrinker(model, new ExplorationOptions(), ViolationKind.DataMismatch).Shrink([0, 1, 2]));
    }

    [Theory]
    [InlineData("folio-lock", "unlock-forgets-waiters", "Random", 1)]
    [InlineData("folio-lock", "waiters-after-test", "Pct", 2)]
    [InlineData("folio-lock", "queue-after-test", "Uniform", 2)]
    [InlineData("killable-waiter", "cancel-swallows-wake", "Random", 1)]
    public void WhatARandomStrategyFindsInTheEngineShrinksToTheFewestPreemptions(string scenarioSlug, string variantSlug, string strategy, int fewest)
    {
        Scenario scenario = ScenarioCatalogue.Find(scenarioSlug)!;
        Variant variant = scenario.Variants.First(v => v.Slug == variantSlug);
        ExplorationOptions options = new() { Strategy = Enum.Parse<Strategy>(strategy), FirstOnly = true, Seed = 3, Time = TimeSpan.FromSeconds(20) };

        Verdict verdict = Verdict.Decide(scenario, variant, options);

        Found found = Assert.Single(verdict.Exploration.Found);
        Shrunk shrunk = found.Shrunk!;
        output.WriteLine($"{found.Decisions.Length} steps, {found.Preemptions} preemptions; {verdict.ScheduleOf(found)}: {shrunk.Minimality}");
        Assert.Equal(fewest, shrunk.Preemptions);
        Verdict.WithModel(variant, new ModelSettings(), model =>
        {
            AssertReplaysAndIsMinimal(model, found.Kind, shrunk);
            return 0;
        });
    }

    private static void AssertReplaysAndIsMinimal(ExplorationModel model, ViolationKind kind, Shrunk shrunk)
    {
        Assert.StartsWith("no run with fewer preemptions shows it; locally minimal", shrunk.Minimality, StringComparison.Ordinal);
        Replayed replayed = Explorer.Replay(model, shrunk.Decisions, without: shrunk.Without);
        Assert.Equal((kind, shrunk.Preemptions), (replayed.Violation, replayed.Preemptions));

        int tried = 0;
        Runner runner = new(model, shrunk.Without);
        LenientRun lenient = new(runner);
        foreach ((List<Stretch> stretches, IReadOnlyList<short>[] choices) in Shrinker.SingleRemovals(shrunk.Decisions))
        {
            tried++;
            bool shows = lenient.Run(stretches, choices) == RunEnd.Violated && runner.Violation == kind;
            Assert.False(shows && (lenient.Preemptions, lenient.Taken.Length).CompareTo((shrunk.Preemptions, shrunk.Decisions.Length)) < 0,
                $"{Schedule.Encode(shrunk.Decisions)} can be made smaller: {Schedule.Encode(lenient.Taken.ToArray())}");
        }
        Assert.True(tried > 0);
    }

    private static Found FirstFound(ExplorationModel model, ulong seed)
    {
        SearchCounts counts = new();
        new RandomWalk(new Runner(model), counts, seed).Search(100_000, () => counts.Found.Count > 0);
        return counts.Found[ViolationKind.DataMismatch];
    }
}
