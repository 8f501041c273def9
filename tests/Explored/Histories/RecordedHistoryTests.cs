using MemCore.Lab.Exploration;
using MemCore.Lab.Histories;
using MemCore.Primitives;

namespace MemCore.Tests.Histories;

public class RecordedHistoryTests
{
    [Fact]
    public void LostUpdateIsNoHistoryOfACounter()
    {
        using Counter model = new(atomic: false);
        ExplorationResult result = Explorer.Explore(model, new ExplorationOptions { Strategy = Strategy.Dfs });
        Found found = Assert.Single(result.Found);
        Assert.Equal(ViolationKind.NonLinearizable, found.Kind);
        Assert.Equal(1, found.Preemptions);
        Assert.Contains("a:add = 1", found.Text, StringComparison.Ordinal);
        Assert.Contains("b:add = 2", found.Text, StringComparison.Ordinal);
        Assert.Contains("none of these can be next", found.Text, StringComparison.Ordinal);
        Assert.Equal(found.Kind, Explorer.Replay(model, found.Decisions).Violation);
    }

    [Fact]
    public void AtomicCounterIsLinearizableInEveryState()
    {
        using Counter model = new(atomic: true);
        ExplorationResult result = Explorer.Explore(model, new ExplorationOptions { Strategy = Strategy.States });
        Assert.Empty(result.Found);
        Assert.True(result.Complete);
    }

    [Fact]
    public void PrunedSearchMeetsEveryHistoryThatTheFullOneMeets()
    {
        foreach (bool atomic in (bool[])[true, false])
        {
            HashSet<string> full = Histories(atomic, prune: false);
            HashSet<string> pruned = Histories(atomic, prune: true);
            Assert.Equal(full.Order(), pruned.Order());
            Assert.True(full.Count > 5, $"{full.Count} histories");
        }
    }

    [Fact]
    public void OrderOutsideTheStateWouldHideAReadThatGoesBackInTime()
    {
        // Two reads with equal answers in both orders leave one state but for who came first: only one order is wrong.
        foreach (ColumnKind kind in (ColumnKind[])[ColumnKind.State, ColumnKind.Bookkeeping])
        {
            using TornRegister model = new(kind);
            ExplorationResult result = Explorer.Explore(model, new ExplorationOptions { Strategy = Strategy.States });
            Assert.Equal(kind == ColumnKind.State ? [ViolationKind.NonLinearizable] : [], result.Found.Select(f => f.Kind));
        }
    }

    [Fact]
    public void SearchOfTracesIsRefusedSinceItDropsOrders()
    {
        using Counter model = new(atomic: true);
        Assert.Contains("history", Assert.Throws<LabException>(() => Explorer.Explore(model, new ExplorationOptions { Strategy = Strategy.Traces })).Message, StringComparison.Ordinal);
    }

    private static HashSet<string> Histories(bool atomic, bool prune)
    {
        using Counter model = new(atomic) { Judges = false };
        new DepthFirstSearch(new Runner(model), prune).Search(-1, new SearchCounts(), () => false);
        return model.Seen;
    }

    /// <summary>Two actors that add one twice, and one that reads.</summary>
    private sealed class Counter : ExplorationModel
    {
        private readonly History<string> _history;
        private readonly Column<int> _word;

        public Counter(bool atomic)
            : base(new Arena(1 << 16))
        {
            _history = new History<string>(Arena, 4);
            _word = Arena.Add<int>("count", 1, ColumnKind.State);
            Func<long> add = atomic ? AddAtOnce : AddInTwoSteps;
            Actors =
            [
                new Actor("a", [_history.Record(0, "add", add), _history.Record(0, "add", add)]),
                new Actor("b", [_history.Record(1, "add", add)]),
                new Actor("c", [_history.Record(2, "read", () => Atomic.Load(ref _word[0]))]),
            ];
        }

        public bool Judges { get; init; } = true;

        public HashSet<string> Seen { get; } = [];

        public override IReadOnlyList<Actor> Actors { get; }

        public override HistoryRecorder History => _history;

        public override void CheckQuiescence()
        {
            Seen.Add(HistoryText.Of(_history.EntriesAtRest()));
            if (Judges) { _history.Judge(SequentialModel.Of<long, string>(0, (count, call) => call == "add" ? (count + 1, count + 1) : (count, count))); }
        }

        private long AddAtOnce() => Atomic.Add(ref _word[0], 1);

        private long AddInTwoSteps()
        {
            int seen = Atomic.Load(ref _word[0]);
            Atomic.Store(ref _word[0], seen + 1);
            return seen + 1;
        }
    }

    /// <summary>A register that has a copy for each reader: the writer changes one after the other.</summary>
    private sealed class TornRegister : ExplorationModel
    {
        private readonly History<string> _history;

        public TornRegister(ColumnKind kind)
            : base(new Arena(1 << 16))
        {
            _history = new History<string>(Arena, 3, kind);
            Column<int> copies = Arena.Add<int>("copy", 2, ColumnKind.State);
            Actors =
            [
                new Actor("writer", [_history.Record(0, "write", () =>
                {
                    Atomic.Store(ref copies[1], 1);
                    Atomic.Store(ref copies[0], 1);
                    return 0;
                })]),
                new Actor("reader 0", [_history.Record(1, "read", () => Atomic.Load(ref copies[0]))]),
                new Actor("reader 1", [_history.Record(2, "read", () => Atomic.Load(ref copies[1]))]),
            ];
        }

        public override IReadOnlyList<Actor> Actors { get; }

        public override HistoryRecorder History => _history;

        public override void CheckQuiescence() =>
            _history.Judge(SequentialModel.Of<int, string>(0, (value, call) => call == "write" ? (1, 0) : (value, value)));
    }
}
