using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

/// <summary>Operations that break the rules of re-running are named as such, and never a verdict.</summary>
public class GuardTests
{
    [Fact]
    public void NondeterminismIsReportedWithBothTraces()
    {
        int runs = 0;
        string report = Failure(words =>
        {
            int first = runs++ == 0 ? 1 : 2;
            Atomic.Load(ref words[0]);
            Atomic.Store(ref words[first], 7);
            Atomic.Load(ref words[3]);
        });
        Assert.Contains("do of A is not deterministic: call 2 was Store w[1] (7, 0) first, and is Store w[2] (7, 0) on the re-run", report, StringComparison.Ordinal);
        Assert.Contains("first: Load w[0] = 0; Store w[1] (7, 0)", report, StringComparison.Ordinal);
        Assert.Contains("now:   Load w[0] = 0; Store w[2] (7, 0)", report, StringComparison.Ordinal);
    }

    [Fact]
    public void LongTracesAreCutToTheEntriesAroundTheDifference()
    {
        int runs = 0;
        string report = Failure(words =>
        {
            int odd = runs++ == 0 ? 1 : 2;
            for (int i = 0; i < 40; i++) { Atomic.Load(ref words[i == 30 ? odd : 0]); }
        });
        Assert.Contains("call 31 was Load w[1]", report, StringComparison.Ordinal);
        Assert.Contains("...", report, StringComparison.Ordinal);
        Assert.True(report.Split('\n').All(line => line.Split(';').Length <= 22), report);
    }

    [Fact]
    public void OperationThatEndsEarlyOnTheReRunIsNotDeterministic()
    {
        int runs = 0;
        string report = Failure(words =>
        {
            int loads = runs++ == 0 ? 4 : 1;
            for (int i = 0; i < loads; i++) { Atomic.Load(ref words[0]); }
        });
        Assert.Contains("the operation's end on the re-run", report, StringComparison.Ordinal);
    }

    [Fact]
    public void OperationThatEndsLateAfterTheSameResultsIsNotDeterministic()
    {
        int runs = 0;
        string report = Failure(words =>
        {
            Atomic.Add(ref words[1], 0);
            int loads = runs++ == 0 ? 1 : 3;
            for (int i = 0; i < loads; i++) { Atomic.Load(ref words[0]); }
        });
        Assert.Contains("was the operation's end first, and is Load w[0]", report, StringComparison.Ordinal);
    }

    [Fact]
    public void OperationThatRaisesOnTheReRunOnlyIsNotDeterministic()
    {
        int runs = 0;
        string report = Failure(words =>
        {
            Atomic.Load(ref words[0]);
            Bug.If(runs++ > 0, ViolationKind.Unexpected, "only sometimes");
            Atomic.Load(ref words[0]);
            Atomic.Load(ref words[0]);
        });
        Assert.Contains("raised: only sometimes", report, StringComparison.Ordinal);
    }

    [Fact]
    public void OperationThatCatchesEverythingIsNoticed()
    {
        string report = Failure(words =>
        {
            try
            {
                for (int i = 0; i < 3; i++) { Atomic.Load(ref words[0]); }
            }
            catch (Exception)
            {
                // Swallowed on purpose: also the unwind.
            }
        });
        Assert.Contains("swallowed the unwind", report, StringComparison.Ordinal);
    }

    [Fact]
    public void OperationThatCatchesEverythingAndGoesOnIsNoticed()
    {
        string report = Failure(words =>
        {
            try
            {
                for (int i = 0; i < 3; i++) { Atomic.Load(ref words[0]); }
            }
            catch (Exception)
            {
                Atomic.Store(ref words[1], 1);
            }
        });
        Assert.Contains("a seam call while an actor unwinds", report, StringComparison.Ordinal);
    }

    [Fact]
    public void FinallyThatCallsTheSeamIsNoticed()
    {
        string report = Failure(words =>
        {
            Atomic.Store(ref words[1], 1);
            try
            {
                for (int i = 0; i < 3; i++) { Atomic.Load(ref words[0]); }
            }
            finally
            {
                Atomic.Store(ref words[1], 0);
            }
        });
        Assert.Contains("a seam call while an actor unwinds", report, StringComparison.Ordinal);
    }

    [Fact]
    public void FinallyThatWakesIsNoticed()
    {
        string report = Failure(words =>
        {
            try
            {
                for (int i = 0; i < 3; i++) { Atomic.Load(ref words[0]); }
            }
            finally
            {
                Atomic.WakeAll(ref words[1]);
            }
        });
        Assert.Contains("a seam call while an actor unwinds", report, StringComparison.Ordinal);
    }

    [Fact]
    public void ChoiceOfMoreValuesThanASearchKeepsIsRefused() =>
        Assert.Contains("32 are possible", Failure(_ => Atomic.Choose(33)), StringComparison.Ordinal);

    [Fact]
    public void LoopOfPlainAccessesIsRefused()
    {
        string report = Failure(words =>
        {
            while (Atomic.PlainLoad(ref words[0]) == 0) { }
        });
        Assert.Contains("do of A makes access after access", report, StringComparison.Ordinal);
    }

    [Fact]
    public void RetryAfterAWakeWaitsForWhatWasRead()
    {
        // The wake is on a word that holds 5: it is no read of 0, by which the actor would never rest.
        using Single model = new(ColumnKind.State, words =>
        {
            int spins = 0;
            Atomic.Store(ref words[0], 5);
            while (Atomic.Load(ref words[0]) != 6)
            {
                Atomic.Wake(ref words[0]);
                Atomic.Retry(ref spins);
            }
        });
        ExplorationResult result = Explorer.Explore(model, new ExplorationOptions { Strategy = Strategy.Dfs });
        Assert.True(result.Complete);
        Assert.Equal(ViolationKind.Deadlock, Assert.Single(result.Found).Kind);
    }

    [Theory]
    [InlineData("word-types", "freeze")]
    [InlineData("folio-lock", "shared")]
    [InlineData("migrate", "fault")]
    public void BookkeepingDecidesNothing(string scenario, string slug)
    {
        Variant variant = ScenarioCatalogue.Find(scenario)!.Variants.First(v => v.Slug == slug);
        Verdict.WithModel(variant, new ModelSettings(), model =>
        {
            Runner runner = new(model);
            List<(ulong, RunEnd)> plain = Traces(runner, model);
            foreach (ulong perturbation in new ulong[] { 1, 0xDEADBEEF, ulong.MaxValue })
            {
                runner.Perturbation = perturbation;
                Assert.Equal(plain, Traces(runner, model));
            }
            return 0;
        });
    }

    [Fact]
    public void WhatReadsBookkeepingIsSeenWhenItIsPerturbed()
    {
        using Single model = new(ColumnKind.Bookkeeping, words =>
        {
            if (Atomic.Load(ref words[0]) == 0) { Atomic.Store(ref words[1], 1); }
        });
        Runner runner = new(model);
        List<(ulong, RunEnd)> plain = Traces(runner, model);
        runner.Perturbation = 1;
        Assert.NotEqual(plain, Traces(runner, model));
        runner.Perturbation = 0;
        Assert.Equal(plain, Traces(runner, model));
    }

    private static List<(ulong, RunEnd)> Traces(Runner runner, ExplorationModel model)
    {
        List<(ulong, RunEnd)> traces = [];
        for (int i = 0; i < 40; i++)
        {
            TraceSum trace = new(model.Arena);
            runner.Trace = trace;
            runner.Reset();
            RunEnd end = runner.Run(new Dice(i), -1);
            traces.Add((trace.Hash, end));
        }
        runner.Trace = null;
        runner.Reset();
        return traces;
    }

    private static string Failure(Action<Column<int>> operation)
    {
        using Single model = new(ColumnKind.State, operation);
        return Assert.Throws<LabException>(() => Explorer.Explore(model, new ExplorationOptions { UnboundedTime = TimeSpan.FromSeconds(2) })).Message;
    }

    /// <summary>The operation, and beside it an actor whose accesses are its own: both orders lead to one state, so searches leave runs.</summary>
    private sealed class Single : ExplorationModel
    {
        public Single(ColumnKind kind, Action<Column<int>> operation)
            : base(new Arena(1 << 16))
        {
            Column<int> words = Arena.Add<int>("w", 8, kind);
            Column<int> others = Arena.Add<int>("others", 1, ColumnKind.State);
            Actors =
            [
                new Actor("A", [new Operation("do", () => operation(words))]),
                new Actor("B", [new Operation("add twice", () =>
                {
                    Atomic.Add(ref others[0], 1);
                    Atomic.Add(ref others[0], 1);
                })]),
            ];
        }

        public override IReadOnlyList<Actor> Actors { get; }
    }
}
