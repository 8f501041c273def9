using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

/// <summary>Cycles of states in which nothing is reached: where there are some, where there are none, and what the report says.</summary>
public class LivelockTests
{
    [Fact]
    public void TwoPoliteThreadsGiveWayToEachOtherForEver()
    {
        using LoopModel model = Polite();
        ExplorationResult result = Explorer.Explore(model, new ExplorationOptions { Livelock = true });
        LivelockReport report = result.Livelock!;

        Assert.Equal(Convergence.CanBeStarved, report.Verdict);
        Assert.True(report.Lasso!.StronglyFair);
        Assert.Equal("A, B", report.Lasso.Steppers);
        Assert.True(result.Complete);
        Assert.Equal("states", result.Space);
        Assert.Contains(ViolationKind.Livelock, result.Counts.Found.Keys);
    }

    [Fact]
    public void TheLassoIsReplayedAndItsStatesRecur()
    {
        using LoopModel model = Polite();
        Found found = Explorer.Explore(model, new ExplorationOptions { Livelock = true }).Counts.Found[ViolationKind.Livelock];
        Replayed replayed = Explorer.Replay(model, found.Decisions);

        Assert.Equal(ViolationKind.Livelock, replayed.Violation);
        Assert.Equal(found.Decisions, replayed.Decisions);
        Assert.Equal(found.Preemptions, replayed.Preemptions);
    }

    [Fact]
    public void HalfOfALassoIsNoLivelock()
    {
        using LoopModel model = Polite();
        Lasso lasso = model.Report().Lasso!;
        Assert.NotEqual(ViolationKind.Livelock, Explorer.Replay(model, [.. lasso.Stem, .. lasso.Cycle]).Violation);
    }

    [Fact]
    public void ASpinLockStarvesATaskThatIsAlwaysTooLate()
    {
        using LoopModel model = new LoopModel { Named = [1] }.ForEver("A", Spin).ForEver("B", Spin);
        LivelockReport report = model.Report();

        Assert.Equal(Convergence.CanBeStarved, report.Verdict);
        Assert.False(report.Lasso!.StronglyFair); // at each unlock B could go on, and is stopped
        Assert.True(report.Lasso.Stops > 0);
        Assert.Contains("can be starved by a scheduler that stops a runnable task", report.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void ASpinLockNeverKeepsEverybodyFromProgress()
    {
        using LoopModel model = new LoopModel().ForEver("A", Spin).ForEver("B", Spin);
        Assert.Equal(Convergence.NoFairCycle, model.Report().Verdict);
    }

    [Fact]
    public void ALockWithTurnsStarvesNobody()
    {
        using LoopModel model = new LoopModel { Named = [1] }
            .ForEver("A", w => Peterson(ref w[0], ref w[1], ref w[2], 1))
            .ForEver("B", w => Peterson(ref w[1], ref w[0], ref w[2], 0));
        LivelockReport report = model.Report();

        Assert.Equal(Convergence.NoFairCycle, report.Verdict);
        Assert.Equal("no fair cycle in the complete graph", report.Words);
        Assert.True(report.States > 20);
    }

    [Fact]
    public void WaitingForAHolderThatCanRunIsNoLivelock()
    {
        using LoopModel model = new LoopModel()
            .Once("holder", Spin)
            .Once("waiter", Spin);
        Assert.Equal(Convergence.NoFairCycle, model.Report().Verdict);
    }

    // A reader that takes a reference again and again, and a freezer that retries while it sees one.
    [Fact]
    public void ABusyRetryStarvesTheFreezerOnlyThroughAScheduler()
    {
        using LoopModel model = new LoopModel().Once("freezer", Freeze).ForEver("reader", BusyReader);
        LivelockReport report = model.Report();

        Assert.Equal(Convergence.CanBeStarved, report.Verdict);
        Assert.Contains("reader", report.Lasso!.Steppers, StringComparison.Ordinal);
        Assert.True(report.Lasso.Stops > 0);
    }

    [Fact]
    public void AReferenceWhoseHolderWaitsForTheFreezerBlocksItself()
    {
        using LoopModel model = new LoopModel().Once("freezer", w =>
        {
            Lock(ref w[1]);
            Freeze(w);
            Atomic.Store(ref w[1], 0);
        }).ForEver("reader", w =>
        {
            Atomic.Add(ref w[0], 1);
            Lock(ref w[1]);
            Atomic.Store(ref w[1], 0);
            Atomic.Add(ref w[0], -1);
        });
        LivelockReport report = model.Report();

        Assert.Equal(Convergence.BlocksItself, report.Verdict);
        Assert.Equal("blocks itself", report.Words);
    }

    [Fact]
    public void ReachingACountedGoalBreaksTheCycle()
    {
        foreach (bool counts in new[] { false, true })
        {
            using LoopModel model = new LoopModel { Counts = true };
            model.ForEver("A", w =>
            {
                Atomic.Add(ref w[0], 1);
                Atomic.Add(ref w[0], -1);
                if (counts) { Atomic.PlainStore(ref model.Goals[0], Atomic.PlainLoad(ref model.Goals[0]) + 1); }
            });
            Assert.Equal(counts ? Convergence.NoFairCycle : Convergence.CanBeStarved, model.Report().Verdict);
        }
    }

    [Fact]
    public void AnOperationThatCountsItsAttemptsIsNotTakenForACycle()
    {
        using LoopModel model = new LoopModel().Once("counter", w =>
        {
            int spins = 0;
            for (int attempt = 0; attempt < 12; attempt++)
            {
                int seen = Atomic.Load(ref w[0]);
                if (seen != 0) { Atomic.SpinWhile(ref w[0], seen, ref spins); }
            }
        }).ForEver("toggler", w =>
        {
            Atomic.Store(ref w[0], 1);
            Atomic.Store(ref w[0], 0);
        });
        LabException failure = Assert.Throws<LabException>(model.Report);
        Assert.Contains("counts its attempts", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, long.MaxValue, "500 states")]
    [InlineData(int.MaxValue, 1L << 20, "1 MiB of memory")]
    public void AGraphWithoutEndIsLeftUndecidedAtItsLimits(int states, long bytes, string limit)
    {
        using LoopModel model = Growing();
        LivelockReport report = new GraphSearch(model, new Runner(model)) { StatesMax = states, BytesMax = bytes }.Search(new SearchCounts(), () => false, out bool complete);

        Assert.False(complete);
        Assert.Equal(Convergence.Unknown, report.Verdict);
        Assert.Equal($"undecided: no fair cycle so far, and the graph was left at {limit}", report.Words);
    }

    [Fact]
    public void AFirstRunWithoutEndIsLeftWhenTheTimeIsOver()
    {
        using LoopModel model = Growing();
        ExplorationResult result = Explorer.Explore(model, new ExplorationOptions { Livelock = true, Time = TimeSpan.FromMilliseconds(50) });

        Assert.False(result.Complete);
        Assert.Equal("the time", result.Livelock!.StoppedBy);
    }

    [Fact]
    public void AnActorThatNeverLetsGoIsTheLabsFailure()
    {
        using LoopModel model = new LoopModel().ForEver("A", w => Atomic.PlainStore(ref w[0], Atomic.PlainLoad(ref w[0]) ^ 1));
        LabException failure = Assert.Throws<LabException>(model.Report);
        Assert.Contains("never let go", failure.Message, StringComparison.Ordinal);
    }

    // Each turn leaves another count, so no state comes back.
    private static LoopModel Growing() => new LoopModel().ForEver("A", w => Atomic.Add(ref w[0], 1));

    private static LoopModel Polite() => new LoopModel()
        .Once("A", w => GiveWay(ref w[0], ref w[1]))
        .Once("B", w => GiveWay(ref w[1], ref w[0]));

    private static void GiveWay(ref int mine, ref int other)
    {
        int spins = 0;
        while (true)
        {
            Atomic.Store(ref mine, 1);
            if (Atomic.Load(ref other) == 0) { break; }
            Atomic.Store(ref mine, 0);
            Atomic.Retry(ref spins);
        }
        Atomic.Store(ref mine, 0);
    }

    private static void Spin(Column<int> w)
    {
        Lock(ref w[0]);
        Atomic.Store(ref w[0], 0);
    }

    private static void Lock(ref int word) => LoopModel.Lock(ref word);

    private static void Peterson(ref int mine, ref int other, ref int turn, int others)
    {
        int spins = 0;
        Atomic.Store(ref mine, 1);
        Atomic.Store(ref turn, others);
        while (Atomic.Load(ref other) != 0 && Atomic.Load(ref turn) == others) { Atomic.Retry(ref spins); }
        Atomic.Store(ref mine, 0);
    }

    private static void Freeze(Column<int> w)
    {
        int spins = 0;
        int seen;
        while ((seen = Atomic.CompareExchange(ref w[0], -1, 0)) != 0) { Atomic.SpinWhile(ref w[0], seen, ref spins); }
        Atomic.Store(ref w[0], 0);
    }

    private static void BusyReader(Column<int> w)
    {
        if (Atomic.Add(ref w[0], 1) > 0) { Atomic.Load(ref w[1]); }
        Atomic.Add(ref w[0], -1);
    }
}
