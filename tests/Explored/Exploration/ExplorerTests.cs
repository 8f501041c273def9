using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

public class ExplorerTests
{
    [Theory]
    [InlineData(2, 3, 20)]
    [InlineData(3, 2, 90)]
    [InlineData(2, 5, 252)]
    public void UnprunedSearchWithoutBoundRunsEveryInterleavingOnce(int actors, int steps, int expected)
    {
        using Counting model = new(actors, steps);
        SearchCounts counts = new();
        bool complete = new DepthFirstSearch(new Runner(model), prune: false).Search(-1, counts, () => false);
        Assert.True(complete);
        Assert.Equal(expected, counts.Executions);
        Assert.Equal(actors * steps, counts.LongestRun);
    }

    [Theory]
    [InlineData(0, 2)] // One actor after the other, in both orders.
    [InlineData(1, 10)] // 2 orders, 4 places in the first actor's run to leave it; the rest is forced.
    public void BoundCountsPreemptionsAndNothingElse(int bound, int expected)
    {
        using Counting model = new(2, 5);
        SearchCounts counts = new();
        new DepthFirstSearch(new Runner(model), prune: false).Search(bound, counts, () => false);
        Assert.Equal(expected, counts.Executions);
    }

    [Fact]
    public void PrunedSearchSeesTheSameFinalValuesAsTheFullOne()
    {
        HashSet<int> full = FinalValues(prune: false, -1);
        HashSet<int> pruned = FinalValues(prune: true, -1);
        Assert.Equal(full.Order(), pruned.Order());
        Assert.Contains(2, full); // Two increments from load and store: one can be lost twice over.
        Assert.Contains(6, full);
    }

    [Fact]
    public void IncrementalHashEqualsTheFullHashAfterEveryStep()
    {
        using Increments model = new(3, 3);
        Runner runner = new(model);
        model.OnStep = () => Assert.Equal(model.Arena.Hash(), runner.ArenaHash);
        SearchCounts counts = new();
        new RandomWalk(runner, counts, 12345).Search(200, () => false);
        Assert.Equal(200, counts.Executions);
        Assert.Equal(model.Arena.Hash(), runner.ArenaHash);
    }

    [Fact]
    public void CrossedLocksAreADeadlockAtOnePreemption()
    {
        using Locks model = new(crossed: true);
        ExplorationResult result = Explorer.Explore(model, new ExplorationOptions());
        Found found = Assert.Single(result.Found);
        Assert.Equal(ViolationKind.Deadlock, found.Kind);
        Assert.Equal(1, found.Preemptions);
        Assert.Contains("spins while", found.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void OrderedLocksNeverDeadlock()
    {
        using Locks model = new(crossed: false);
        ExplorationResult result = Explorer.Explore(model, new ExplorationOptions());
        Assert.Empty(result.Found);
        Assert.True(result.Complete);
        Assert.Equal("states", result.Space);
    }

    [Fact]
    public void ForgottenWakeIsSeenAlthoughTheWordChanged()
    {
        using Sleeper model = new(forgets: true);
        ExplorationResult result = Explorer.Explore(model, new ExplorationOptions());
        Assert.Contains(result.Found, f => f.Kind == ViolationKind.LostWake);
        using Sleeper right = new(forgets: false);
        Assert.Empty(Explorer.Explore(right, new ExplorationOptions()).Found);
    }

    [Fact]
    public void TimedSleepMayEndAtAnyMoment()
    {
        using TimedSleeper model = new();
        ExplorationResult result = Explorer.Explore(model, new ExplorationOptions());
        Assert.Empty(result.Found);
        Assert.Equal(2, model.Outcomes.Count); // Woken in some runs, timed out in others.
    }

    [Fact]
    public void RetryWaitsForAChangeAndNothingElse()
    {
        using Retrier model = new(helped: true);
        Assert.Empty(Explorer.Explore(model, new ExplorationOptions()).Found);
        using Retrier alone = new(helped: false);
        Found found = Assert.Single(Explorer.Explore(alone, new ExplorationOptions()).Found);
        Assert.Equal(ViolationKind.Deadlock, found.Kind);
    }

    [Fact]
    public void ChoicesAreTriedInFull()
    {
        using Choosing model = new();
        ExplorationResult result = Explorer.Explore(model, new ExplorationOptions { Strategy = Strategy.States });
        Assert.Equal(6, model.Seen.Count);
        Assert.True(result.Complete);
    }

    [Fact]
    public void OperationThatIsNotDeterministicIsTheLabsFailure()
    {
        using Fickle model = new();
        LabException e = Assert.Throws<LabException>(() => Explorer.Explore(model, new ExplorationOptions()));
        Assert.Contains("not deterministic", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SwallowedUnwindIsTheLabsFailure()
    {
        using Swallower model = new();
        LabException e = Assert.Throws<LabException>(() => Explorer.Explore(model, new ExplorationOptions()));
        Assert.Contains("unwind", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AccessOutsideTheArenaIsTheLabsFailure()
    {
        using Outsider model = new();
        Assert.Throws<LabException>(() => Explorer.Explore(model, new ExplorationOptions()));
    }

    [Fact]
    public void MonotoneCanonicalWordsDoNotKeepStatesApart()
    {
        // Twelve round trips of a generation: as State each is a new state, as Canonical they fold together.
        using Generations state = new(ColumnKind.State);
        using Generations canonical = new(ColumnKind.Canonical);
        long asState = Explorer.Explore(state, new ExplorationOptions { Strategy = Strategy.States }).Counts.States;
        long asCanonical = Explorer.Explore(canonical, new ExplorationOptions { Strategy = Strategy.States }).Counts.States;
        Assert.True(asCanonical < asState, $"{asCanonical} states as Canonical, {asState} as State");
    }

    [Fact]
    public void BookkeepingDoesNotChangeTheSearch()
    {
        using Bookkeeper plain = new(0);
        using Bookkeeper perturbed = new(77);
        SearchCounts a = Explorer.Explore(plain, new ExplorationOptions()).Counts;
        SearchCounts b = Explorer.Explore(perturbed, new ExplorationOptions()).Counts;
        Assert.Equal((a.Executions, a.States, a.Steps), (b.Executions, b.States, b.Steps));
    }

    private static HashSet<int> FinalValues(bool prune, int bound)
    {
        using Increments model = new(3, 2);
        new DepthFirstSearch(new Runner(model), prune).Search(bound, new SearchCounts(), () => false);
        return model.Finals;
    }

    private abstract class Small : ExplorationModel
    {
        protected Small()
            : base(new Arena(1 << 16)) => Words = Arena.Add<int>("w", 8, ColumnKind.State);

        public override IReadOnlyList<Actor> Actors => Programs;

        protected Column<int> Words { get; }

        protected List<Actor> Programs { get; } = [];

        protected void Add(string name, params Action[] operations) =>
            Programs.Add(new Actor(name, [.. operations.Select((o, i) => new Operation($"op{i}", o))]));
    }

    private sealed class Counting : Small
    {
        public Counting(int actors, int steps)
        {
            for (int a = 0; a < actors; a++)
            {
                Add($"T{a}", () =>
                {
                    for (int i = 0; i < steps; i++) { Atomic.Add(ref Words[0], 1); }
                });
            }
        }
    }

    private sealed class Increments : Small
    {
        public Increments(int actors, int each)
        {
            for (int a = 0; a < actors; a++)
            {
                Add($"T{a}", [.. Enumerable.Range(0, each).Select(_ => (Action)Increment)]);
            }
        }

        public HashSet<int> Finals { get; } = [];

        public Action? OnStep { get; set; }

        public override void CheckStep() => OnStep?.Invoke();

        public override void CheckQuiescence() => Finals.Add(Words[0]);

        private void Increment() => Atomic.Store(ref Words[0], Atomic.Load(ref Words[0]) + 1);
    }

    private sealed class Locks : Small
    {
        private readonly LockRanks _ranks;

        public Locks(bool crossed)
        {
            _ranks = new LockRanks(Arena, 2);
            Add("A", () => Both(0, 0, 1));
            Add("B", () => Both(1, crossed ? 1 : 0, crossed ? 0 : 1));
        }

        private void Both(int task, int first, int second)
        {
            new WordLock(ref Words[first], _ranks, LockRank.PageTable).Lock(new TaskId(task));
            int spins = 0;
            while (true)
            {
                int seen = Atomic.CompareExchange(ref Words[second], task + 1, 0);
                if (seen == 0) { break; }
                Atomic.SpinWhile(ref Words[second], seen, ref spins);
            }
            Atomic.Store(ref Words[second], 0);
            new WordLock(ref Words[first], _ranks, LockRank.PageTable).Unlock(new TaskId(task));
        }
    }

    private sealed class Sleeper : Small
    {
        public Sleeper(bool forgets)
        {
            Add("sleeper", () =>
            {
                while (Atomic.Load(ref Words[0]) == 0) { Atomic.Park(ref Words[0], 0); }
            });
            Add("waker", () =>
            {
                Atomic.Store(ref Words[0], 1);
                if (!forgets) { Atomic.Wake(ref Words[0]); }
            });
        }

        public override ViolationKind ClassifyStuck() => Words[0] != 0 ? ViolationKind.LostWake : ViolationKind.Deadlock;
    }

    private sealed class TimedSleeper : Small
    {
        public TimedSleeper()
        {
            Add("sleeper", () => Atomic.Store(ref Words[1], Atomic.ParkFor(ref Words[0], 0, 10) ? 1 : 2));
            Add("waker", () =>
            {
                Atomic.Store(ref Words[0], 1);
                Atomic.Wake(ref Words[0]);
            });
        }

        public HashSet<int> Outcomes { get; } = [];

        public override void CheckQuiescence() => Outcomes.Add(Words[1]);
    }

    private sealed class Retrier : Small
    {
        public Retrier(bool helped)
        {
            Add("retrier", () =>
            {
                int spins = 0;
                while (Atomic.Load(ref Words[0]) + Atomic.Load(ref Words[1]) < 2) { Atomic.Retry(ref spins); }
            });
            Add("helper", () =>
            {
                Atomic.Store(ref Words[0], 1);
                if (helped) { Atomic.Store(ref Words[1], 1); }
            });
        }
    }

    private sealed class Choosing : Small
    {
        public Choosing() => Add("A", () => Atomic.Store(ref Words[0], (10 * Atomic.Choose(2)) + Atomic.Choose(3)));

        public HashSet<int> Seen { get; } = [];

        public override void CheckQuiescence() => Seen.Add(Words[0]);
    }

    private sealed class Fickle : Small
    {
        private int _runs;

        public Fickle()
        {
            Add("A", () =>
            {
                Atomic.Load(ref Words[_runs++ % 2]);
                Atomic.Load(ref Words[2]);
                Atomic.Load(ref Words[3]);
            });
            Add("B", () => Atomic.Add(ref Words[2], 1));
        }
    }

    private sealed class Swallower : Small
    {
        public Swallower()
        {
            Add("A", () =>
            {
                try
                {
                    Atomic.Load(ref Words[0]);
                    Atomic.Load(ref Words[1]);
                }
                catch (UnwindException)
                {
                    Atomic.Load(ref Words[2]);
                }
            });
            Add("B", () =>
            {
                // Independent of A: both orders lead to one state, so A is taken off the stack when the second order is pruned.
                Atomic.Add(ref Words[4], 1);
                Atomic.Add(ref Words[5], 1);
            });
        }
    }

    private sealed class Outsider : Small
    {
        private readonly int[] _elsewhere = GC.AllocateArray<int>(4, pinned: true);

        public Outsider() => Add("A", () => Atomic.Load(ref _elsewhere[0]));
    }

    private sealed class Generations : Small
    {
        public Generations(ColumnKind kind)
        {
            Column<int> generation = Arena.Add<int>("g", 1, kind, canonicalMask: 1);
            for (int a = 0; a < 2; a++)
            {
                Add($"T{a}", [.. Enumerable.Range(0, 6).Select(_ => (Action)(() =>
                {
                    int seen = Atomic.Load(ref generation[0]);
                    Atomic.CompareExchange(ref generation[0], seen + 2, seen);
                }))]);
            }
        }
    }

    private sealed class Bookkeeper : Small
    {
        public Bookkeeper(int start)
        {
            Column<int> notes = Arena.Add<int>("notes", 1, ColumnKind.Bookkeeping);
            notes[0] = start;
            for (int a = 0; a < 2; a++)
            {
                Add($"T{a}", () =>
                {
                    Atomic.Add(ref notes[0], 3);
                    Atomic.Add(ref Words[0], 1);
                    Atomic.Add(ref notes[0], 5);
                    Atomic.Add(ref Words[0], 1);
                });
            }
        }
    }
}
