using MemCore.Lab.Exploration;

namespace MemCore.Tests.Exploration;

/// <summary>Four searches over the same random programs; what one of them finds all must find.</summary>
public sealed class RandomProgramTests(ITestOutputHelper output)
{
    private const int Programs = 200;
    private const int StepsMax = 10;

    [Fact]
    public void AllSearchesComeToTheSameOutcomes()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        long interleavings = 0;
        int stuck = 0;
        int several = 0;
        for (int i = 0; i < Programs; i++)
        {
            RandomProgram program = RandomProgram.Draw(new Random(seed + i), StepsMax);
            string where = $"seed {seed} + {i}:\n{program}\n";
            BruteForce all = new(program);
            interleavings += all.Interleavings;
            several += all.Outcomes.Count > 1 ? 1 : 0;
            stuck += all.Outcomes.Any(outcome => !outcome.EndsWith("[]", StringComparison.Ordinal)) ? 1 : 0;

            (HashSet<string> full, SearchCounts counts) = Search(program, prune: false, -1, where);
            AssertSame(all.Outcomes, full, where + "without bound, unpruned");
            if (!program.Waits) { Assert.True(all.Interleavings == counts.Executions, $"{where}{all.Interleavings} interleavings, {counts.Executions} runs"); }
            AssertSame(all.Outcomes, Search(program, prune: true, -1, where).Outcomes, where + "without bound, stored states");

            HashSet<string> before = [];
            for (int bound = 0; bound <= counts.LongestRun; bound++)
            {
                HashSet<string> now = Search(program, prune: true, bound, where).Outcomes;
                Assert.True(before.IsSubsetOf(now), $"{where}bound {bound} lost an outcome of bound {bound - 1}");
                before = now;
            }
            AssertSame(all.Outcomes, before, where + "bounds up to the longest run");
        }
        output.WriteLine($"{interleavings} interleavings; {several} programs with several outcomes, {stuck} that may be stuck");
        Assert.True(several > Programs / 4 && stuck > Programs / 20, "the programs are too tame to tell anything");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void ABoundFindsWhatItAllowsAndNothingElse(int bound)
    {
        // A failed look at a word is a step of the explorer's and none of the recursion's: programs that wait have other bounds.
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        for (int i = 0; i < Programs; i++)
        {
            RandomProgram program = RandomProgram.Draw(random, StepsMax);
            while (program.Waits) { program = RandomProgram.Draw(random, StepsMax); }
            string where = $"seed {seed}, program {i}, bound {bound}:\n{program}\n";
            HashSet<string> allowed = new BruteForce(program, bound).Outcomes;
            AssertSame(allowed, Search(program, prune: false, bound, where).Outcomes, where + "unpruned");
            AssertSame(allowed, Search(program, prune: true, bound, where).Outcomes, where + "stored states");
        }
    }

    private static (HashSet<string> Outcomes, SearchCounts Counts) Search(RandomProgram program, bool prune, int bound, string where)
    {
        using ProgramModel model = new(program);
        SearchCounts counts = new();
        Assert.True(new DepthFirstSearch(model.Runner, prune).Search(bound, counts, () => false), where + "the search was cut off");
        return (model.Outcomes, counts);
    }

    private static void AssertSame(HashSet<string> expected, HashSet<string> found, string where)
    {
        if (expected.SetEquals(found)) { return; }
        Assert.Fail($"{where}\nmissed: {string.Join("; ", expected.Except(found))}\ninvented: {string.Join("; ", found.Except(expected))}");
    }
}
