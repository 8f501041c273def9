namespace MemCore.Lab.Exploration;

/// <summary>One step from a state to another.</summary>
/// <param name="To">The state after it.</param>
/// <param name="Actor">Whose step it is; from <see cref="Runner.FirstBuffer"/> on a flush of a store buffer.</param>
/// <param name="Goal">Something that was to be reached was reached in it.</param>
/// <param name="Choices">Values of the free choices in it, as decisions.</param>
internal readonly record struct GraphEdge(int To, byte Actor, bool Goal, short[] Choices);

/// <summary>States with who can run in them, and the steps between them. State 0 is the initial one.</summary>
internal sealed class StateGraph
{
    private readonly List<uint> _enabled = [];
    private readonly List<bool> _live = [];
    private readonly List<List<GraphEdge>> _edges = [];

    public int Count => _enabled.Count;

    public long EdgeCount { get; private set; }

    /// <summary>One bit per actor that can take a step here.</summary>
    public uint Enabled(int state) => _enabled[state];

    /// <summary>True: somebody still has something to reach. Cycles among other states are nobody's loss.</summary>
    public bool IsLive(int state) => _live[state];

    public IReadOnlyList<GraphEdge> EdgesOf(int state) => _edges[state];

    public int AddState(uint enabled, bool live)
    {
        _enabled.Add(enabled);
        _live.Add(live);
        _edges.Add([]);
        return _enabled.Count - 1;
    }

    public void AddEdge(int from, GraphEdge edge)
    {
        _edges[from].Add(edge);
        EdgeCount++;
    }

    /// <summary>The shortest way by edges that <paramref name="take"/> allows to a state that <paramref name="arrive"/> takes; null: there is none.</summary>
    /// <returns>States with the edge taken in each; empty when <paramref name="from"/> is such a state.</returns>
    public List<(int From, GraphEdge Edge)>? Path(int from, Func<int, bool> arrive, Func<int, GraphEdge, bool> take)
    {
        Dictionary<int, (int From, GraphEdge Edge)> reached = [];
        Queue<int> queue = new([from]);
        while (queue.TryDequeue(out int at))
        {
            if (arrive(at)) { return Back(from, at, reached); }
            foreach (GraphEdge edge in _edges[at])
            {
                if (edge.To == from || !take(at, edge) || !reached.TryAdd(edge.To, (at, edge))) { continue; }
                queue.Enqueue(edge.To);
            }
        }
        return null;
    }

    /// <summary>Numbers of steps from the initial state.</summary>
    public int[] Depths()
    {
        int[] depths = new int[Count];
        Array.Fill(depths, int.MaxValue);
        if (Count == 0) { return depths; }
        depths[0] = 0;
        Queue<int> queue = new([0]);
        while (queue.TryDequeue(out int at))
        {
            foreach (GraphEdge edge in _edges[at])
            {
                if (depths[edge.To] != int.MaxValue) { continue; }
                depths[edge.To] = depths[at] + 1;
                queue.Enqueue(edge.To);
            }
        }
        return depths;
    }

    private static List<(int From, GraphEdge Edge)> Back(int from, int at, Dictionary<int, (int From, GraphEdge Edge)> reached)
    {
        List<(int, GraphEdge)> path = [];
        while (at != from)
        {
            (int previous, GraphEdge edge) = reached[at];
            path.Add((previous, edge));
            at = previous;
        }
        path.Reverse();
        return path;
    }
}
