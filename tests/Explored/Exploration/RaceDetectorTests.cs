using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

public class RaceDetectorTests
{
    private const int Data = 0;
    private const int Flag = 1;
    private const int Other = 2;

    [Fact]
    public void ReportNamesTheWordAndBothAccesses()
    {
        Found race = Assert.Single(Explore(w => Atomic.PlainStore(ref w[Data], 1), w => Atomic.PlainLoad(ref w[Data])).Found);
        Assert.Equal(ViolationKind.DataRace, race.Kind);
        Assert.Equal(0, race.Preemptions);
        Assert.Contains("w[0]: the plain store of task 0 (step 1, in run) and the plain load of task 1 (step 2, in run)", race.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void ReleaseThatIsAcquiredOrders() => AssertClean(
        w => Publish(w, flag => Atomic.Store(ref w[flag], 1)),
        w => Consume(w, flag => Atomic.Load(ref w[flag]) == 1));

    [Fact]
    public void ReadModifyWriteReleasesAndAcquires() => AssertClean(
        w => Publish(w, flag => Atomic.Add(ref w[flag], 1)),
        w => Consume(w, flag => Atomic.CompareExchange(ref w[flag], 2, 1) == 1));

    [Fact]
    public void OrderPassesThroughAThirdTask() => AssertClean(
        w => Publish(w, flag => Atomic.Store(ref w[flag], 1)),
        w =>
        {
            if (Atomic.Load(ref w[Flag]) == 1) { Atomic.Store(ref w[Other], 1); }
        },
        w =>
        {
            if (Atomic.Load(ref w[Other]) == 1) { Atomic.PlainLoad(ref w[Data]); }
        });

    [Fact]
    public void ReadModifyWriteOfAnotherTaskCarriesTheReleaseOn() => AssertClean(
        w => Publish(w, flag => Atomic.Store(ref w[flag], 1)),
        w => Atomic.Add(ref w[Flag], 2),
        w => Consume(w, flag => Atomic.Load(ref w[flag]) == 3 || Atomic.Load(ref w[flag]) == 1));

    [Fact]
    public void StoreOfAnotherTaskDoesNotCarryTheReleaseOn() => AssertRace(
        w => Publish(w, flag => Atomic.Store(ref w[flag], 1)),
        w => Atomic.Store(ref w[Flag], 3),
        w => Consume(w, flag => Atomic.Load(ref w[flag]) == 3));

    [Fact]
    public void WaitThatEndsAcquires() => AssertClean(
        w => Publish(w, flag => Atomic.Store(ref w[flag], 1)),
        w =>
        {
            int spins = 0;
            Atomic.SpinWhile(ref w[Flag], 0, ref spins);
            Atomic.PlainLoad(ref w[Data]);
        });

    [Fact]
    public void WakeAloneOrdersNothing() => AssertRace(
        w =>
        {
            Atomic.PlainStore(ref w[Data], 1);
            Atomic.Wake(ref w[Flag]);
        },
        w =>
        {
            Atomic.ParkFor(ref w[Flag], 0, 1);
            Atomic.PlainLoad(ref w[Data]);
        });

    [Fact]
    public void FlagThatIsStoredPlainlyPublishesNothing() => AssertRace(
        w => Publish(w, flag => Atomic.PlainStore(ref w[flag], 1)),
        w => Consume(w, flag => Atomic.Load(ref w[flag]) == 1));

    [Fact]
    public void TwoPlainLoadsAndTwoAtomicAccessesAreNoRace() => AssertClean(
        w =>
        {
            Atomic.PlainLoad(ref w[Data]);
            Atomic.Store(ref w[Flag], 1);
        },
        w =>
        {
            Atomic.PlainLoad(ref w[Data]);
            Atomic.Exchange(ref w[Flag], 2);
        });

    [Fact]
    public void PruningHidesNoRace()
    {
        // Once the flag is 1 the words are the same whoever has seen it: only what is ordered tells a racy state from a sound one.
        Act[] tasks =
        [
            w =>
            {
                Atomic.PlainStore(ref w[Data], 1);
                Atomic.Store(ref w[Flag], 1);
            },
            w =>
            {
                Atomic.Load(ref w[Flag]);
                Atomic.PlainLoad(ref w[Data]);
            },
            w => Atomic.Store(ref w[Other], 1),
        ];
        foreach (bool prune in (bool[])[true, false])
        {
            ExplorationResult result = Explore(new ExplorationOptions { Strategy = Strategy.States, Races = true, Prune = prune }, tasks);
            Assert.True(result.Complete);
            Assert.Equal([ViolationKind.DataRace], result.Found.Select(f => f.Kind));
        }
    }

    [Fact]
    public void RandomWalksDetectTooAndReplayAgrees()
    {
        using Model model = new([w => Atomic.PlainStore(ref w[Data], 1), w => Atomic.Load(ref w[Data])]);
        ExplorationOptions options = new() { Strategy = Strategy.Random, Races = true, FirstOnly = true, Time = TimeSpan.FromSeconds(1) };
        Found race = Assert.Single(Explorer.Explore(model, options).Found);
        Assert.Equal(ViolationKind.DataRace, Explorer.Replay(model, race.Decisions, options).Violation);
    }

    [Fact]
    public void CombinationsThatWouldClaimTooMuchAreRefused()
    {
        AssertRefused(new ExplorationOptions { Strategy = Strategy.Traces, Memory = MemoryModel.Tso });
        AssertRefused(new ExplorationOptions { Strategy = Strategy.Traces, Races = true });
        AssertRefused(new ExplorationOptions { Strategy = Strategy.Dfs, Memory = MemoryModel.Tso, Races = true });
    }

    private delegate void Act(Column<int> words);

    private static void Publish(Column<int> w, Action<int> release)
    {
        Atomic.PlainStore(ref w[Data], 1);
        release(Flag);
    }

    private static void Consume(Column<int> w, Func<int, bool> acquired)
    {
        if (acquired(Flag)) { Atomic.PlainLoad(ref w[Data]); }
    }

    private static void AssertClean(params Act[] tasks)
    {
        ExplorationResult result = Explore(tasks);
        Assert.True(result.Complete);
        Assert.Empty(result.Found);
    }

    private static void AssertRace(params Act[] tasks) => Assert.Contains(Explore(tasks).Found, f => f.Kind == ViolationKind.DataRace);

    private static void AssertRefused(ExplorationOptions options) => Assert.Throws<LabException>(() => Explore(options, [w => Atomic.Load(ref w[Data])]));

    private static ExplorationResult Explore(params Act[] tasks) => Explore(new ExplorationOptions { Strategy = Strategy.Dfs, PreemptionsMax = 3, Races = true }, tasks);

    private static ExplorationResult Explore(ExplorationOptions options, Act[] tasks)
    {
        using Model model = new(tasks);
        return Explorer.Explore(model, options);
    }

    private sealed class Model : ExplorationModel
    {
        public Model(Act[] tasks)
            : base(new Arena(1 << 16))
        {
            Column<int> words = Arena.Add<int>("w", 3, ColumnKind.State);
            Actors = [.. tasks.Select((act, i) => new Actor($"task {i}", [new Operation("run", () => act(words))]))];
        }

        public override IReadOnlyList<Actor> Actors { get; }
    }
}
