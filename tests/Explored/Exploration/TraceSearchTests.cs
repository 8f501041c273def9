using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

/// <summary>The search for traces against known counts.</summary>
public sealed class TraceSearchTests
{
    [Theory]
    [InlineData(2, 3)]
    [InlineData(4, 4)]
    public void IndependentWritesAreOneTrace(int actors, int writes)
    {
        SearchCounts counts = Traces(actors, (words, a) =>
        {
            for (int i = 0; i < writes; i++) { Atomic.Store(ref words[a], i + 1); }
        });
        Assert.Equal((1L, 0L), (counts.Executions, counts.Blocked));
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 6)]
    [InlineData(5, 120)]
    public void WritersOfOneWordComeInEveryOrder(int actors, int expected)
    {
        SearchCounts counts = Traces(actors, (words, a) => Atomic.Store(ref words[0], a + 1));
        Assert.Equal(expected, counts.Executions);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 8)]
    [InlineData(5, 32)]
    public void EachReaderIsBeforeOrAfterTheWriter(int readers, int expected)
    {
        SearchCounts counts = Traces(readers + 1, (words, a) =>
        {
            if (a == 0) { Atomic.Store(ref words[0], 1); }
            else { Atomic.Load(ref words[0]); }
        });
        Assert.Equal(expected, counts.Executions);
    }

    [Fact]
    public void AddsOfOneWordAreAsManyTracesAsInterleavings()
    {
        SearchCounts counts = Traces(3, (words, _) =>
        {
            Atomic.Add(ref words[0], 1);
            Atomic.Add(ref words[0], 1);
        });
        Assert.Equal(90, counts.Executions);
    }

    [Fact]
    public void AStoreOfWhatIsThereIsARead()
    {
        SearchCounts counts = Traces(4, (words, _) => Atomic.Store(ref words[0], 0));
        Assert.Equal(1, counts.Executions);
    }

    [Fact]
    public void AnInvariantOverTwoWordsIsSeenBrokenBetweenIndependentSteps()
    {
        using TwoWords model = new(checks: true);
        ExplorationResult result = Explorer.Explore(model, new ExplorationOptions { Strategy = Strategy.Traces });
        Found found = Assert.Single(result.Found);
        Assert.Equal(ViolationKind.CounterMismatch, found.Kind);
        Assert.Equal(("traces", true), (result.Space, result.Complete));
        Replayed replayed = Explorer.Replay(model, found.Decisions);
        Assert.Equal(ViolationKind.CounterMismatch, replayed.Violation);

        using TwoWords unchecked_ = new(checks: false);
        Assert.Equal(1, Explorer.Explore(unchecked_, new ExplorationOptions { Strategy = Strategy.Traces }).Counts.Executions);
    }

    [Fact]
    public void ASearchThatIsStoppedSaysHowFarItCame()
    {
        using Fixed model = new(4, (words, _) =>
        {
            for (int i = 0; i < 6; i++) { Atomic.Add(ref words[0], 1); }
        });
        SearchCounts traces = new();
        int asked = 0;
        Assert.False(new TraceSearch(new Runner(model)).Search(traces, () => ++asked > 20));
        Assert.InRange(traces.Fraction, double.Epsilon, 0.5);
        SearchCounts schedules = new();
        asked = 0;
        Assert.False(new DepthFirstSearch(new Runner(model), prune: false).Search(-1, schedules, () => ++asked > 20));
        Assert.InRange(schedules.Fraction, double.Epsilon, 0.5);
    }

    private static SearchCounts Traces(int actors, Action<Column<int>, int> run)
    {
        using Fixed model = new(actors, run);
        SearchCounts counts = new();
        Assert.True(new TraceSearch(new Runner(model)).Search(counts, () => false));
        Assert.Equal(1, counts.Fraction);
        return counts;
    }

    private sealed class Fixed : ExplorationModel
    {
        public Fixed(int actors, Action<Column<int>, int> run)
            : base(new Arena(1 << 14))
        {
            Column<int> words = Arena.Add<int>("w", 8, ColumnKind.State);
            Actors = [.. Enumerable.Range(0, actors).Select(a => new Actor($"T{a}", [new Operation("op", () => run(words, a))]))];
        }

        public override IReadOnlyList<Actor> Actors { get; }
    }

    /// <summary>Two actors that count independently; a third word says what the check has seen nobody write.</summary>
    private sealed class TwoWords : ExplorationModel
    {
        private readonly Column<int> _words;
        private readonly bool _checks;

        public TwoWords(bool checks)
            : base(new Arena(1 << 14))
        {
            _words = Arena.Add<int>("w", 3, ColumnKind.State);
            _checks = checks;
            Actors =
            [
                new Actor("A", [new Operation("up", () =>
                {
                    Atomic.Store(ref _words[0], 1);
                    Atomic.Store(ref _words[0], 2);
                })]),
                new Actor("B", [new Operation("up", () =>
                {
                    Atomic.Store(ref _words[1], 1);
                    Atomic.Store(ref _words[1], 2);
                })]),
            ];
        }

        public override IReadOnlyList<Actor> Actors { get; }

        public override IReadOnlyList<string>? StepCheckColumns => [];

        // Broken only while both are half way. The second word is looked at only when the first says so.
        public override void CheckStep() =>
            Bug.If(_checks && Atomic.Load(ref _words[0]) == 1 && Atomic.Load(ref _words[1]) == 1, ViolationKind.CounterMismatch, "both are half way");
    }
}
