using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

/// <summary>The printed run: its short form leaves out what cannot matter to the order of steps, and nothing else.</summary>
public sealed class InterleavingTests
{
    [Fact]
    public void WordsOfOneActorAreLeftOutAndTheMarksOfPreemptionsStay()
    {
        using LostUpdate model = new();
        ExplorationResult result = Explorer.Explore(model, new ExplorationOptions { Strategy = Strategy.Dfs, PreemptionsMax = 1, Seed = 1 });
        Found found = Assert.Single(result.Found);
        Replayed run = Explorer.Replay(model, found.Decisions);

        Assert.Equal(ViolationKind.DataMismatch, run.Violation);
        Assert.Contains("w[0] 0 -> 1", run.Interleaving, StringComparison.Ordinal);
        foreach (string own in (string[])["w[1]", "w[2]", "w[3]"])
        {
            Assert.DoesNotContain(own, run.Interleaving, StringComparison.Ordinal);
            Assert.Contains(own, run.AllSteps, StringComparison.Ordinal);
        }
        Assert.Equal(1, found.Preemptions);
        Assert.Equal(1, run.Interleaving.Count(c => c == '*'));
        Assert.Equal(1, run.AllSteps.Count(c => c == '*'));
        Assert.Contains("36 steps on words that one actor alone touches", run.Interleaving, StringComparison.Ordinal);
    }

    [Fact]
    public void ARunOfOneActorIsShownInFull()
    {
        using LostUpdate model = new();
        Omission[] others = [new(1, 0), new(1, 1), new(1, 2), new(2, 0), new(2, 1)];
        Replayed run = Explorer.Replay(model, Enumerable.Repeat((short)0, 14).ToArray(), without: others);

        Assert.Contains("w[1] 11 -> 12", run.Interleaving, StringComparison.Ordinal);
        Assert.Equal(run.AllSteps, run.Interleaving);
    }
}
