using MemCore.Lab.Exploration;

namespace MemCore.Tests.Exploration;

/// <summary>Parts of a search together are the search.</summary>
public sealed class ShardTests(ITestOutputHelper output)
{
    private const int PreemptionsMax = 4;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void PartsRunEveryScheduleOnceAndFindTheSame(int parts)
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        int dealt = 0;
        for (int i = 0; i < 40; i++)
        {
            MixedProgram program = MixedProgram.Draw(new Random(seed + i), 8);
            string where = $"seed {seed} + {i}, {parts} parts:\n{program}\n";
            foreach (bool prune in new[] { false, true })
            {
                (ExplorationResult whole, HashSet<string> outcomes) = Explore(program, prune, null);
                HashSet<string> together = [];
                ExplorationResult[] results = new ExplorationResult[parts];
                for (int p = 0; p < parts; p++)
                {
                    (results[p], HashSet<string> found) = Explore(program, prune, new Shard(p + 1, parts));
                    together.UnionWith(found);
                }
                ExplorationResult merged = Shards.Merge(results);
                dealt += results.Count(result => result.Counts.Executions > 0) > 1 ? 1 : 0;
                Assert.True(prune || whole.Counts.Executions == merged.Counts.Executions, $"{where}{whole.Counts.Executions} runs, {merged.Counts.Executions} in parts");
                Assert.Equal((whole.Complete, whole.Space, whole.Bound), (merged.Complete, merged.Space, merged.Bound));
                Assert.True(outcomes.SetEquals(together), where + "other outcomes");
                Assert.Equal(whole.Found.Select(f => (f.Kind, f.Preemptions)).Order(), merged.Found.Select(f => (f.Kind, f.Preemptions)).Order());
                if (!prune) { Assert.Equal(whole.Found.Sum(f => f.Count), merged.Found.Sum(f => f.Count)); }
            }
        }
        Assert.True(dealt > 20, "most programs were left to one part");
    }

    private static (ExplorationResult Result, HashSet<string> Outcomes) Explore(MixedProgram program, bool prune, Shard? shard)
    {
        using MixedModel model = new(program);
        DepthFirstSearch search = new(model.Runner, prune) { Shard = shard };
        SearchCounts counts = new();
        bool ended = true;
        for (int bound = 0; bound <= PreemptionsMax; bound++) { ended &= search.Search(bound, counts, () => false); }
        return (new ExplorationResult(ended, $"schedules<={PreemptionsMax}", PreemptionsMax, counts, 0), model.Outcomes);
    }
}
