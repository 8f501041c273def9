namespace MemCore.Lab.Exploration;

/// <summary>Makes a schedule of a fair component: the shortest stem to one of its states, and a short walk round that is fair.</summary>
internal sealed class LassoBuilder(StateGraph graph, int[] depths, Func<uint, string> names)
{
    private const int StartsMax = 24;

    /// <summary>The lasso with the fewest stops, then the fewest steps, of those that begin at the states that are nearest.</summary>
    public Lasso Build(FairComponent component)
    {
        HashSet<int> inside = [.. component.States];
        Lasso? best = null;
        foreach (int start in component.States.OrderBy(s => depths[s]).Take(StartsMax))
        {
            Lasso lasso = From(start, inside, component.IsStrong);
            if (best is null || (lasso.Stops, lasso.Cycle.Length, lasso.Stem.Length).CompareTo((best.Stops, best.Cycle.Length, best.Stem.Length)) < 0) { best = lasso; }
        }
        return best!;
    }

    private Lasso From(int start, HashSet<int> inside, bool strong)
    {
        bool Stays(int _, GraphEdge edge) => !edge.Goal && inside.Contains(edge.To);
        List<(int From, GraphEdge Edge)> stem = graph.Path(0, s => s == start, (_, _) => true)!;
        List<(int From, GraphEdge Edge)> walk = [];
        int at = start;
        for (int actor = 0; actor < 32; actor++)
        {
            if (Satisfied(walk, start, actor, strong, inside)) { continue; }
            bool steps = inside.Any(s => graph.EdgesOf(s).Any(e => e.Actor == actor && Stays(s, e)));
            bool ByActor(int s) => graph.EdgesOf(s).Any(e => e.Actor == actor && Stays(s, e));
            bool CannotRun(int s) => (graph.Enabled(s) & (1u << actor)) == 0;
            List<(int From, GraphEdge Edge)> more = graph.Path(at, s => (steps && ByActor(s)) || (!strong && CannotRun(s)), Stays)!;
            walk.AddRange(more);
            if (more.Count > 0) { at = more[^1].Edge.To; }
            if (!steps || (!strong && CannotRun(at))) { continue; }
            GraphEdge step = graph.EdgesOf(at).First(e => e.Actor == actor && Stays(at, e));
            walk.Add((at, step));
            at = step.To;
        }
        if (walk.Count == 0)
        {
            GraphEdge any = graph.EdgesOf(at).First(e => Stays(at, e));
            walk.Add((at, any));
            at = any.To;
        }
        walk.AddRange(graph.Path(at, s => s == start, Stays)!);
        return new Lasso(Decisions(stem), Decisions(walk), StopsOf(walk), strong, names(walk.Aggregate(0u, (mask, step) => mask | (1u << step.Edge.Actor))));
    }

    // Whether the walk so far is fair to an actor: it steps, or it cannot run at some place of it (at no place, for strong fairness).
    private bool Satisfied(List<(int From, GraphEdge Edge)> walk, int start, int actor, bool strong, HashSet<int> inside)
    {
        uint bit = 1u << actor;
        if (walk.Any(step => step.Edge.Actor == actor)) { return true; }
        if (strong) { return inside.All(s => (graph.Enabled(s) & bit) == 0); }
        return (graph.Enabled(start) & bit) == 0 || walk.Any(step => (graph.Enabled(step.Edge.To) & bit) == 0);
    }

    // Places of the cycle where somebody else goes on although the one before could have, and spells in which somebody can run who never gets a turn.
    private int StopsOf(List<(int From, GraphEdge Edge)> cycle)
    {
        int stops = 0;
        for (int i = 0; i < cycle.Count; i++)
        {
            byte before = cycle[(i + cycle.Count - 1) % cycle.Count].Edge.Actor;
            if (before != cycle[i].Edge.Actor && (graph.Enabled(cycle[i].From) & (1u << before)) != 0) { stops++; }
        }
        for (int actor = 0; actor < 32; actor++)
        {
            if (cycle.All(step => step.Edge.Actor != actor)) { stops += SpellsOf(cycle, 1u << actor); }
        }
        return stops;
    }

    private int SpellsOf(List<(int From, GraphEdge Edge)> cycle, uint bit)
    {
        int spells = 0;
        for (int i = 0; i < cycle.Count; i++)
        {
            int before = cycle[(i + cycle.Count - 1) % cycle.Count].From;
            if ((graph.Enabled(cycle[i].From) & bit) != 0 && (graph.Enabled(before) & bit) == 0) { spells++; }
        }
        return spells;
    }

    private static short[] Decisions(List<(int From, GraphEdge Edge)> path)
    {
        List<short> decisions = [];
        foreach ((int _, GraphEdge edge) in path)
        {
            decisions.Add(edge.Actor);
            decisions.AddRange(edge.Choices);
        }
        return [.. decisions];
    }
}
