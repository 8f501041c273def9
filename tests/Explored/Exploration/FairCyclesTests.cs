using MemCore.Lab.Exploration;

namespace MemCore.Tests.Exploration;

/// <summary>Fair cycles of small random graphs against all subsets of their states.</summary>
public class FairCyclesTests
{
    private const int Graphs = 3000;
    private const int States = 6;

    [Fact]
    public void ComponentsAgreeWithAllSubsetsOfStates()
    {
        int weak = 0;
        int strong = 0;
        int none = 0;
        for (int seed = 1; seed <= Graphs; seed++)
        {
            StateGraph graph = Draw(new Random(seed));
            List<FairComponent> found = new FairCycles(graph).Find();
            (bool isWeak, bool isStrong) = BySubsets(graph);
            Assert.True(isWeak == (found.Count > 0), $"seed {seed}: a weakly fair cycle is there: {isWeak}");
            Assert.True(isStrong == found.Any(c => c.IsStrong), $"seed {seed}: a strongly fair cycle is there: {isStrong}");
            if (isStrong) { strong++; }
            else if (isWeak) { weak++; }
            else { none++; }
        }
        Assert.True(weak > 100 && strong > 100 && none > 100, $"{weak} weak, {strong} strong, {none} none");
    }

    [Fact]
    public void EveryLassoIsAFairCycleWithoutAGoal()
    {
        for (int seed = 1; seed <= Graphs; seed++)
        {
            StateGraph graph = Draw(new Random(seed));
            int[] depths = graph.Depths();
            foreach (FairComponent component in new FairCycles(graph).Find().Where(c => c.States.All(s => depths[s] != int.MaxValue)))
            {
                Lasso lasso = new LassoBuilder(graph, depths, _ => string.Empty).Build(component);
                Assert.True(IsFairCycle(graph, lasso), $"seed {seed}: stem {string.Join(' ', lasso.Stem)} cycle {string.Join(' ', lasso.Cycle)}");
            }
        }
    }

    // One edge per state and actor that can run: a decision names an edge.
    private static StateGraph Draw(Random random)
    {
        StateGraph graph = new();
        int actors = random.Next(1, 4);
        uint[] enabled = [.. Enumerable.Range(0, States).Select(_ => (uint)random.Next(1 << actors))];
        foreach (uint mask in enabled) { graph.AddState(mask, random.Next(8) != 0); }
        for (int s = 0; s < States; s++)
        {
            for (byte a = 0; a < actors; a++)
            {
                if ((enabled[s] & (1u << a)) != 0) { graph.AddEdge(s, new GraphEdge(random.Next(States), a, random.Next(4) == 0, [])); }
            }
        }
        return graph;
    }

    private static (bool Weak, bool Strong) BySubsets(StateGraph graph)
    {
        bool weak = false;
        bool strong = false;
        for (uint set = 1; set < 1u << States; set++)
        {
            List<int> states = [.. Enumerable.Range(0, States).Where(s => (set & (1u << s)) != 0)];
            if (!states.TrueForAll(graph.IsLive) || !IsConnected(graph, set, states, out uint steppers)) { continue; }
            uint everywhere = states.Aggregate(uint.MaxValue, (mask, s) => mask & graph.Enabled(s));
            uint somewhere = states.Aggregate(0u, (mask, s) => mask | graph.Enabled(s));
            weak |= (everywhere & ~steppers) == 0;
            strong |= (somewhere & ~steppers) == 0;
        }
        return (weak, strong);
    }

    private static bool IsConnected(StateGraph graph, uint set, List<int> states, out uint steppers)
    {
        steppers = 0;
        uint[] reach = new uint[States];
        foreach (int s in states)
        {
            foreach (GraphEdge edge in graph.EdgesOf(s))
            {
                if (edge.Goal || (set & (1u << edge.To)) == 0) { continue; }
                reach[s] |= 1u << edge.To;
                steppers |= 1u << edge.Actor;
            }
        }
        for (int round = 0; round < States; round++)
        {
            foreach (int s in states)
            {
                foreach (int t in states) { reach[s] |= (reach[s] & (1u << t)) != 0 ? reach[t] : 0; }
            }
        }
        return states.TrueForAll(s => reach[s] == set);
    }

    private static bool IsFairCycle(StateGraph graph, Lasso lasso)
    {
        int at = Walk(graph, 0, lasso.Stem, out _, out _, out _);
        int end = Walk(graph, at, lasso.Cycle, out uint everywhere, out uint somewhere, out bool goal);
        uint steppers = lasso.Cycle.Aggregate(0u, (mask, actor) => mask | (1u << actor));
        return end == at && lasso.Cycle.Length > 0 && !goal && ((lasso.StronglyFair ? somewhere : everywhere) & ~steppers) == 0;
    }

    private static int Walk(StateGraph graph, int from, short[] decisions, out uint everywhere, out uint somewhere, out bool goal)
    {
        everywhere = uint.MaxValue;
        somewhere = 0;
        goal = false;
        int at = from;
        foreach (short actor in decisions)
        {
            everywhere &= graph.Enabled(at);
            somewhere |= graph.Enabled(at);
            GraphEdge edge = graph.EdgesOf(at).Single(e => e.Actor == actor);
            goal |= edge.Goal;
            at = edge.To;
        }
        return at;
    }
}
