using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

/// <summary>Every search over random programs that wait, sleep, choose and break; what plain recursion finds all must find.</summary>
public sealed class MixedProgramTests(ITestOutputHelper output)
{
    private const int Programs = 200;
    private const int PointsMax = 8;

    [Fact]
    public void AllSearchesFindTheSameOutcomesAndViolationsAndTracesAreCountedOnce()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        Compare(seed, Programs, out int counted, out int broken, out long runs, out long traces);
        Assert.True(counted > Programs / 2 && broken > Programs / 20 && traces * 3 < runs, "the programs are too tame to tell anything");
    }

    // The first two: who raised a violation takes no further step while the others go on, or the run has no end. The others: a step that
    // sleeps as another one than it is where its race is; it would have gone to sleep, and been woken by a third actor.
    [Theory]
    [InlineData(1171863656 + 7)]
    [InlineData(1842702413 + 13)]
    [InlineData(781686397 + 71)]
    [InlineData(972156938 + 1891)]
    [InlineData(1000000000 + 3988)]
    [InlineData(1200000000 + 1805)]
    public void AProgramThatOnceFailedDoesNoMore(int seed) => Compare(seed, 1, out _, out _, out _, out _);

    private void Compare(int seed, int programs, out int counted, out int broken, out long runs, out long traces)
    {
        counted = broken = 0;
        runs = traces = 0;
        long executions = 0;
        long blocked = 0;
        for (int i = 0; i < programs; i++)
        {
            MixedProgram program = MixedProgram.Draw(new Random(seed + i), PointsMax);
            string where = $"seed {seed} + {i}:\n{program}\n";
            MixedRuns all = new(program);
            runs += all.Runs;

            SearchCounts full = AssertFindsAll(all, program, where + "without bound, unpruned", (runner, counts) => new DepthFirstSearch(runner, prune: false).Search(-1, counts, () => false));
            Assert.True(all.Runs == full.Executions, $"{where}{all.Runs} runs by recursion, {full.Executions} by the search");
            AssertFindsAll(all, program, where + "stored states", (runner, counts) => new DepthFirstSearch(runner).Search(-1, counts, () => false));
            AssertFindsAll(all, program, where + "bounds up to the longest run", (runner, counts) =>
            {
                bool ended = true;
                for (int bound = 0; bound <= full.LongestRun; bound++) { ended &= new DepthFirstSearch(runner).Search(bound, counts, () => false); }
                return ended;
            });
            SearchCounts reduced = AssertFindsAll(all, program, where + "traces", (runner, counts) => new TraceSearch(runner).Search(counts, () => false));
            AssertFindsAll(all, program, where + "traces, known programs", (runner, counts) =>
            {
                runner.NativeTurns = 4;
                runner.LearnPrograms();
                return new TraceSearch(runner).Search(counts, () => false);
            });
            blocked += reduced.Blocked;
            if (all.Violations.Any(kind => kind != ViolationKind.Deadlock))
            {
                broken++;
                continue;
            }
            counted++;
            traces += all.Traces.Count;
            executions += reduced.Executions;
            Assert.True(all.Traces.Count == reduced.Executions, $"{where}{all.Traces.Count} traces, {reduced.Executions} runs, {reduced.Blocked} blocked");
        }
        output.WriteLine($"{runs} runs; {counted} programs with {traces} traces, {executions} runs of the search for them, {blocked} blocked; {broken} programs break");
    }

    private static SearchCounts AssertFindsAll(MixedRuns all, MixedProgram program, string where, Func<Runner, SearchCounts, bool> search)
    {
        using MixedModel model = new(program);
        SearchCounts counts = new();
        Assert.True(search(model.Runner, counts), where + ": cut off");
        AssertSame(all.Outcomes, model.Outcomes, where);
        AssertSame(all.Violations, counts.Found.Keys, where);
        foreach (Found found in counts.Found.Values)
        {
            Assert.Equal(found.Kind, Explorer.Replay(model, found.Decisions).Violation);
        }
        return counts;
    }

    private static void AssertSame<T>(IEnumerable<T> expected, IEnumerable<T> found, string where)
    {
        if (expected.ToHashSet().SetEquals(found)) { return; }
        Assert.Fail($"{where}\nmissed: {string.Join("; ", expected.Except(found))}\ninvented: {string.Join("; ", found.Except(expected))}");
    }
}
