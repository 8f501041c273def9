using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;
using MemCore.Lab.Testing;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

/// <summary>What is said to be complete is: nothing is merged, left out or not searched at all.</summary>
public class CompletenessTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TagInTheUpperHalfTellsStatesApart(bool exact)
    {
        using TaggedWord model = new();
        ExplorationResult result = Explorer.Explore(model, new ExplorationOptions { Strategy = Strategy.States, Exact = exact });
        Assert.True(result.Complete);
        Assert.Equal(ViolationKind.DataMismatch, Assert.Single(result.Found).Kind);
    }

    [Fact]
    public void NegativeBoundIsRefused()
    {
        using LostUpdate model = new();
        Assert.Throws<LabException>(() => Explorer.Explore(model, new ExplorationOptions { Strategy = Strategy.Dfs, PreemptionsMax = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Adder(2).Explore(new ExploreOptions { Preemptions = -1 }));
    }

    [Fact]
    public void BoundThatNothingComesToEndsTheSearch()
    {
        using LostUpdate model = new(broken: false);
        ExplorationResult result = Explorer.Explore(model, new ExplorationOptions { Strategy = Strategy.Dfs, PreemptionsMax = int.MaxValue });
        Assert.Equal((true, int.MaxValue), (result.Complete, result.Bound!.Value));
    }

    [Fact]
    public void SearchThatMayStoreNoMoreStatesIsNotComplete()
    {
        using LostUpdate model = new(broken: false);
        SearchCounts counts = new();
        Assert.False(new DepthFirstSearch(new Runner(model)) { StatesMax = 100 }.Search(-1, counts, () => false));
        Assert.InRange(counts.States, 100, 2000);
    }

    [Fact]
    public void FirstViolationBeyondTheBoundEndsTheSearch()
    {
        long RunsInAll(bool firstOnly)
        {
            using LostUpdate model = new();
            ExplorationResult result = Explorer.Explore(model, new ExplorationOptions { PreemptionsMax = 0, FirstOnly = firstOnly });
            Assert.NotEmpty(result.Found);
            return result.ExecutionsInAll;
        }
        Assert.True(RunsInAll(firstOnly: true) * 2 < RunsInAll(firstOnly: false));
    }

    [Fact]
    public void EveryModelJudgesEachHistory()
    {
        (int, long) Late(int sum, string _) => (sum + 1, sum);
        ExploreResult result = Adder(1).Linearizable(0, Late).Linearizable(7, Late).Explore();
        Assert.Equal(ViolationKind.NonLinearizable, Assert.Single(result.Violations).Kind);
    }

    [Fact]
    public void PartThatDoesNotShowWhatTheRowShowsIsNoFinding()
    {
        Scenario pool = ScenarioCatalogue.Find("slot-pool")!;
        ExplorationOptions options = new() { Strategy = Strategy.Dfs, PreemptionsMax = 0 };
        VerdictResult Result(Shard? shard) => Verdict.Decide(pool, pool.Variants.First(v => v.Slug == "tag-kept"), options with { Shard = shard }).Result;
        Assert.Equal(VerdictResult.Unexpected, Result(null));
        Assert.Equal(VerdictResult.Inconclusive, Result(new Shard(2, 3)));
    }

    [Fact]
    public void PartIsNamedInItsSpace()
    {
        using LostUpdate model = new();
        ExplorationResult part = Explorer.Explore(model, new ExplorationOptions { Strategy = Strategy.Dfs, PreemptionsMax = 0, Shard = new Shard(2, 3) });
        Assert.Equal("schedules<=0 part 2/3", part.Space);
        Assert.Equal("schedules<=0", Shards.Merge([part, part]).Space);
    }

    private static ConcurrentTest<SharedInt, string> Adder(int actors)
    {
        ConcurrentTest<SharedInt, string> test = new(memory => memory.Int("sum"), (sum, _, _) =>
        {
            int before = sum.Load();
            sum.Store(before + 1);
            return before;
        });
        for (int i = 0; i < actors; i++) { test.Actor("add"); }
        return actors == 1 ? test : test.AtEnd(sum => Bug.If(sum.Load() != actors, ViolationKind.DataMismatch, "an update is lost"));
    }

    /// <summary>One actor changes the tag alone; the other one's exchange fails by that alone, in one order of the two that lead to equal words.</summary>
    private sealed class TaggedWord : ExplorationModel
    {
        private readonly Column<ulong> _head;
        private readonly Column<int> _failed;

        public TaggedWord()
            : base(new Arena(1 << 14))
        {
            _head = Arena.Add<ulong>("head", 1, ColumnKind.Canonical, canonicalMask: uint.MaxValue);
            _failed = Arena.Add<int>("failed", 1, ColumnKind.State);
            Actors =
            [
                new Actor("tag", [new Operation("tag", () => Atomic.Add(ref _head[0], 1UL << 32))]),
                new Actor("swap", [new Operation("swap", () =>
                {
                    ulong head = Atomic.Load(ref _head[0]);
                    if (Atomic.CompareExchange(ref _head[0], head + 1, head) != head) { Atomic.Store(ref _failed[0], 1); }
                })]),
            ];
        }

        public override IReadOnlyList<Actor> Actors { get; }

        public override void CheckQuiescence() => Bug.If(_failed.AtRest[0] != 0, ViolationKind.DataMismatch, "the exchange failed");
    }
}
