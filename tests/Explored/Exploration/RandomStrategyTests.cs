using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

public sealed class RandomStrategyTests(ITestOutputHelper output)
{
    public static TheoryData<string> Strategies => ["Random", "Uniform", "Pct"];

    [Theory]
    [MemberData(nameof(Strategies))]
    public void EachFindsALostUpdateAndNothingInTheRightProgram(string strategy)
    {
        ulong seed = (ulong)Random.Shared.NextInt64();
        output.WriteLine($"seed {seed}");
        using LostUpdate broken = new();
        SearchCounts counts = Search(broken, strategy, seed, 5_000);
        Assert.Equal(ViolationKind.DataMismatch, Assert.Single(counts.Found).Key);
        using LostUpdate right = new(broken: false);
        Assert.Empty(Search(right, strategy, seed, 2_000).Found);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void TheSeedDecidesAllRuns(string strategy)
    {
        using LostUpdate first = new();
        using LostUpdate second = new();
        using LostUpdate other = new();
        SearchCounts a = Search(first, strategy, 12345, 3_000);
        SearchCounts b = Search(second, strategy, 12345, 3_000);
        SearchCounts c = Search(other, strategy, 12346, 3_000);
        Assert.Equal(Summary(a), Summary(b));
        Assert.NotEqual(Summary(a), Summary(c));
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void WhatIsFoundReplays(string strategy)
    {
        using LostUpdate model = new();
        Found found = Search(model, strategy, 777, 5_000).Found[ViolationKind.DataMismatch];
        Replayed replayed = Explorer.Replay(model, found.Decisions);
        Assert.Equal(ViolationKind.DataMismatch, replayed.Violation);
        Assert.Equal(found.Preemptions, replayed.Preemptions);
    }

    [Fact]
    public void UniformWalkComesToEveryInterleavingAboutAsOften()
    {
        // 2 and 8 steps: 45 interleavings. Even picks would meet some of them a hundred times as often as others.
        const int Runs = 45 * 300;
        using Lengths model = new(2, 8);
        Search(model, "Uniform", 4711, Runs);
        Assert.Equal(45, model.Seen.Count);
        Assert.True(model.Seen.Values.Max() < 4 * model.Seen.Values.Min(), $"from {model.Seen.Values.Min()} to {model.Seen.Values.Max()} runs each");
    }

    [Fact]
    public void AutoGoesOnBeyondItsBoundUntilItHasWhatIsWanted()
    {
        using LostUpdate model = new();
        ExplorationResult result = Explorer.Explore(model, new ExplorationOptions { PreemptionsMax = 0, Wanted = [ViolationKind.DataMismatch], Seed = 5 });
        Assert.Equal("schedules<=0", result.Space);
        Assert.Equal([ViolationKind.DataMismatch], result.Beyond);
        Assert.Contains("slices of pct", result.Besides, StringComparison.Ordinal);
        Assert.True(result.ExecutionsInAll > result.Counts.Executions);
    }

    [Fact]
    public void PortfolioGivesEveryPartItsTurnAndSearchesToTheDeeperBound()
    {
        using LostUpdate model = new(broken: false);
        Runner runner = new(model);
        Portfolio portfolio = new(model, runner, new DepthFirstSearch(runner), bound: 1, seed: 9);
        portfolio.Search(() => runner.Steps > 1_000_000, [ViolationKind.DataMismatch]);
        Assert.Empty(portfolio.Counts.Found);
        Assert.DoesNotContain(" 0", portfolio.Slices, StringComparison.Ordinal);
        Assert.NotEmpty(portfolio.Counts.Ends!);
    }

    private static SearchCounts Search(ExplorationModel model, string strategy, ulong seed, int runs)
    {
        Runner runner = new(model);
        SearchCounts counts = new() { Ends = [] };
        RandomSearch search = Enum.Parse<Strategy>(strategy) switch
        {
            Strategy.Uniform => new UniformWalk(model, runner, counts, seed),
            Strategy.Pct => new PctSearch(runner, counts, seed),
            _ => new RandomWalk(runner, counts, seed),
        };
        search.Search(runs, () => false);
        Assert.Equal(runs, counts.Executions);
        return counts;
    }

    private static string Summary(SearchCounts counts) =>
        $"{counts.Steps} {counts.LongestRun} {string.Join(' ', counts.Found.Values.Select(f => $"{f.Kind} {f.Count} {Schedule.Encode(f.Decisions)}"))}";

    /// <summary>Two actors with so many steps each; which interleaving a run took is in its last word.</summary>
    private sealed class Lengths : ExplorationModel
    {
        private readonly Column<int> _words;

        public Lengths(int first, int second)
            : base(new Arena(1 << 16))
        {
            _words = Arena.Add<int>("w", 2, ColumnKind.State);
            Actors = [new Actor("short", [Steps(first, marks: true)]), new Actor("long", [Steps(second, marks: false)])];
        }

        public override IReadOnlyList<Actor> Actors { get; }

        public Dictionary<int, int> Seen { get; } = [];

        public override void CheckQuiescence() => Seen[_words[1]] = Seen.GetValueOrDefault(_words[1]) + 1;

        private Operation Steps(int count, bool marks) => new("steps", () =>
        {
            int mask = 0;
            for (int i = 0; i < count; i++) { mask |= 1 << Atomic.Add(ref _words[0], 1); }
            if (marks) { Atomic.PlainStore(ref _words[1], mask); }
        });
    }
}
