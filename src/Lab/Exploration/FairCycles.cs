namespace MemCore.Lab.Exploration;

/// <summary>A strongly connected set of states in which one can go round for ever, reach nothing, and be fair.</summary>
/// <param name="States">All of them are on the way.</param>
/// <param name="IsStrong">True: everybody who can run somewhere in it steps in it. False: everybody who can run everywhere in it does.</param>
internal sealed record FairComponent(IReadOnlyList<int> States, bool IsStrong);

/// <summary>Looks for fair cycles in which no goal is reached.</summary>
/// <remarks>
/// Weak fairness: whoever can run in all states of the cycle steps in it. A strongly connected component decides that as a whole, since a
/// cycle in a part of it has more states without others and no steps that the whole lacks: if the walk through all of it is not fair,
/// none of its cycles is. Strong fairness: whoever can run in some state of the cycle steps in it. There states in which somebody can run
/// who never steps inside are taken out, and what is left is looked at again.
/// </remarks>
internal sealed class FairCycles
{
    private readonly StateGraph _graph;
    private readonly int[] _set; // which set a state belongs to while sets are split; 0: none
    private int _sets;

    public FairCycles(StateGraph graph)
    {
        _graph = graph;
        _set = new int[graph.Count];
    }

    /// <summary>Components with a cycle in which no goal is reached, fair or not.</summary>
    public int Cyclic { get; private set; }

    /// <summary>All fair components, the strongly fair parts of them before the rest.</summary>
    public List<FairComponent> Find()
    {
        List<FairComponent> strong = [];
        List<FairComponent> weak = [];
        List<int> live = [.. Enumerable.Range(0, _graph.Count).Where(_graph.IsLive)];
        Stack<(List<int> States, bool Whole)> work = new();
        foreach (List<int> component in Split(live)) { work.Push((component, true)); }
        while (work.TryPop(out (List<int> States, bool Whole) item))
        {
            uint steppers = Mark(item.States, out uint everywhere, out uint somewhere);
            if (steppers == 0) { continue; }
            if (item.Whole)
            {
                Cyclic++;
                if ((everywhere & ~steppers) == 0) { weak.Add(new FairComponent(item.States, false)); }
            }
            uint left = somewhere & ~steppers;
            if (left == 0)
            {
                strong.Add(new FairComponent(item.States, true));
                continue;
            }
            foreach (List<int> part in Split([.. item.States.Where(s => (_graph.Enabled(s) & left) == 0)])) { work.Push((part, false)); }
        }
        return [.. strong, .. weak];
    }

    // Puts the states into a set of their own. Returns who steps inside it without reaching a goal.
    private uint Mark(List<int> states, out uint everywhere, out uint somewhere)
    {
        int set = ++_sets;
        everywhere = uint.MaxValue;
        somewhere = 0;
        foreach (int state in states)
        {
            _set[state] = set;
            everywhere &= _graph.Enabled(state);
            somewhere |= _graph.Enabled(state);
        }
        uint steppers = 0;
        foreach (int state in states)
        {
            foreach (GraphEdge edge in _graph.EdgesOf(state))
            {
                if (!edge.Goal && _set[edge.To] == set) { steppers |= 1u << edge.Actor; }
            }
        }
        return steppers;
    }

    // Strongly connected components among the states by edges without a goal: Tarjan's algorithm with a stack of its own.
    private List<List<int>> Split(List<int> states)
    {
        int set = ++_sets;
        foreach (int state in states) { _set[state] = set; }
        Dictionary<int, (int Index, int Low, bool Open)> seen = [];
        List<List<int>> found = [];
        Stack<int> open = new();
        Stack<(int State, int Edge)> calls = new();
        foreach (int root in states)
        {
            if (seen.ContainsKey(root)) { continue; }
            calls.Push((root, 0));
            while (calls.TryPop(out (int State, int Edge) call))
            {
                int at = call.State;
                if (call.Edge == 0)
                {
                    seen[at] = (seen.Count, seen.Count, true);
                    open.Push(at);
                }
                else
                {
                    Lower(seen, at, seen[_graph.EdgesOf(at)[call.Edge - 1].To].Low);
                }
                int next = Advance(seen, at, call.Edge, set);
                if (next >= 0)
                {
                    calls.Push((at, next + 1));
                    calls.Push((_graph.EdgesOf(at)[next].To, 0));
                    continue;
                }
                if (seen[at].Low == seen[at].Index) { found.Add(Close(seen, open, at)); }
            }
        }
        return found;
    }

    // The next edge to a state that was not seen; negative: all edges are done.
    private int Advance(Dictionary<int, (int Index, int Low, bool Open)> seen, int at, int from, int set)
    {
        IReadOnlyList<GraphEdge> edges = _graph.EdgesOf(at);
        for (int e = from; e < edges.Count; e++)
        {
            if (edges[e].Goal || _set[edges[e].To] != set) { continue; }
            if (!seen.TryGetValue(edges[e].To, out (int Index, int Low, bool Open) to)) { return e; }
            if (to.Open) { Lower(seen, at, to.Index); }
        }
        return -1;
    }

    private static void Lower(Dictionary<int, (int Index, int Low, bool Open)> seen, int at, int low)
    {
        (int index, int now, bool open) = seen[at];
        if (low < now) { seen[at] = (index, low, open); }
    }

    private static List<int> Close(Dictionary<int, (int Index, int Low, bool Open)> seen, Stack<int> open, int root)
    {
        List<int> component = [];
        int state;
        do
        {
            state = open.Pop();
            seen[state] = seen[state] with { Open = false };
            component.Add(state);
        }
        while (state != root);
        return component;
    }
}
