using System.Numerics;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>Depth-first search over decisions: to a bound of preemptions, or without bound over stored states.</summary>
/// <remarks>
/// Backtracking does not re-run prefixes: a node keeps the actors' counters and the length of the undo trail, and the picked actor re-enters
/// its operation from its log. Stored states end a run early: without bound the key is the state alone; with a bound it also names who runs,
/// and a state counts as seen when it was reached with as few preemptions before. With store buffers a flush is a step beside those of the
/// actors and never a preemption: a bound limits switches between actors and leaves the memory free.
/// </remarks>
internal sealed class DepthFirstSearch : IDecider
{
    private readonly Runner _runner;
    private readonly VisitedSet _visited = new();
    private readonly ExactStates? _exact;
    private readonly int _actors;
    private readonly bool _prune;
    private Node[] _nodes = new Node[64];
    private ActorState[] _saved; // of each node, all actors
    private short[] _path = new short[256];
    private int _depth;
    private int _pathLength;
    private SearchCounts _counts = new();
    private int _bound;
    private int _preemptions;
    private int _preset = -1;
    private int _turns; // decisions of the path that are not the first option of their node

    /// <param name="runner">At its initial state.</param>
    /// <param name="prune">False searches every schedule: the yardstick that pruning is checked against.</param>
    /// <param name="exact">Given: states are compared in full.</param>
    public DepthFirstSearch(Runner runner, bool prune = true, ExactStates? exact = null)
    {
        _exact = exact;
        _runner = runner;
        _actors = runner.ActorCount;
        _saved = new ActorState[_nodes.Length * _actors];
        _prune = prune;
    }

    /// <summary>Only this part of the schedules; null: all.</summary>
    public Shard? Shard { get; init; }

    /// <summary>States to store before the search ends, not at its end: by default what takes between one and two GiB by hash.</summary>
    public int StatesMax { get; init; } = 46 << 20;

    /// <summary>Of the last search: the bound kept it from a schedule. False: higher bounds are the same search.</summary>
    public bool Bounded { get; private set; }

    /// <summary>Searches all schedules of at most <paramref name="bound"/> preemptions; negative: no bound. True: to the end.</summary>
    /// <param name="bound">Preemptions: switches away from an actor that could have gone on.</param>
    /// <param name="counts">Where runs are noted.</param>
    /// <param name="expired">Asked now and then.</param>
    public bool Search(int bound, SearchCounts counts, Func<bool> expired)
    {
        _counts = counts;
        _bound = bound;
        _visited.Clear();
        _exact?.Clear();
        _depth = 0;
        _pathLength = 0;
        _preemptions = 0;
        _preset = -1;
        _turns = 0;
        Bounded = false;
        _runner.NeedsKeys = _prune;
        long stepsBefore = _runner.Steps;
        long cutBefore = _counts.CutOff;
        Pace pace = new(expired);
        NoteRun(_runner.Run(this, -1));
        bool ended = true;
        while (Backtrack(out int first, out int last))
        {
            if (IsFull || pace.IsOver(_runner.Steps))
            {
                ended = false;
                break;
            }
            NoteRun(_runner.Run(this, first, last));
        }
        _counts.Steps += _runner.Steps - stepsBefore;
        _counts.States = Math.Max(_counts.States, _exact?.Count ?? _visited.Count);
        _counts.Fraction = ended ? 1 : Fraction();
        _runner.NeedsKeys = true;
        return ended && _counts.CutOff == cutBefore;
    }

    public int Pick(int current, uint enabled)
    {
        bool currentRuns = current >= 0 && (enabled & (1u << current)) != 0;
        if (_prune && (Shard is null || _turns >= Shards.SharedTurns))
        {
            int who = _bound >= 0 && currentRuns ? current : -1;
            int paid = _bound >= 0 ? _preemptions : 0;
            if (!(_exact is null ? _visited.Add(_runner.Key(who), paid) : _exact.Add(_runner, who, paid))) { return -1; }
        }
        int first = currentRuns ? current : Runner.Lowest(enabled);
        uint others = enabled & ~(1u << first);
        if (currentRuns && _bound >= 0 && _preemptions >= _bound)
        {
            Bounded |= (others & ~Runner.Buffers) != 0;
            others &= Runner.Buffers;
        }
        if (others != 0)
        {
            Push(current, currentRuns, others, isChoice: false);
        }
        AddToPath((short)first);
        return first;
    }

    public int Choose(int current, int count)
    {
        int value = _preset;
        _preset = -1;
        if (value < 0)
        {
            value = 0;
            Push(current, currentRuns: true, (uint)((1L << count) - 1) & ~1u, isChoice: true);
        }
        AddToPath(Schedule.Choice(value));
        return value;
    }

    private void Push(int current, bool currentRuns, uint remaining, bool isChoice)
    {
        if (_depth == _nodes.Length)
        {
            Array.Resize(ref _nodes, _nodes.Length * 2);
            Array.Resize(ref _saved, _saved.Length * 2);
        }
        _runner.States.CopyTo(_saved.AsSpan(_depth * _actors));
        ref Node node = ref _nodes[_depth++];
        node.Current = current;
        node.CurrentRuns = currentRuns;
        node.IsChoice = isChoice;
        node.Remaining = remaining;
        node.Options = BitOperations.PopCount(remaining) + 1;
        node.PathLength = _pathLength;
        node.TrailCount = _runner.TrailCount;
        node.Preemptions = _preemptions;
        node.Turns = _turns;
        node.RunPoints = _runner.RunPoints;
    }

    private bool Backtrack(out int first, out int last)
    {
        last = -1;
        while (_depth > 0)
        {
            ref Node top = ref _nodes[_depth - 1];
            if (top.Remaining == 0) { _depth--; }
            else if (Shard is { } shard && top.Turns == Shards.SharedTurns - 1 && !Shards.Has(shard, _path.AsSpan(0, top.PathLength), Runner.Lowest(top.Remaining)))
            {
                top.Remaining &= top.Remaining - 1;
            }
            else { break; }
        }
        if (_depth == 0)
        {
            first = -1;
            return false;
        }
        ref Node node = ref _nodes[_depth - 1];
        int option = Runner.Lowest(node.Remaining);
        node.Remaining &= node.Remaining - 1;
        _runner.UndoTo(node.TrailCount);
        _runner.Restore(_saved.AsSpan((_depth - 1) * _actors, _actors));
        _runner.RunPoints = node.RunPoints;
        _pathLength = node.PathLength;
        _preemptions = node.Preemptions;
        _turns = node.Turns + 1;
        if (node.IsChoice)
        {
            _preset = option;
            first = node.Current;
            return true;
        }
        AddToPath((short)option);
        first = option;
        last = node.Current;
        if (option >= Runner.FirstBuffer) { return true; }
        if (node.CurrentRuns) { _preemptions++; }
        _runner.Pay(option);
        return true;
    }

    private bool IsFull => _exact is null ? _visited.Count >= StatesMax : _exact.Count >= StatesMax || _exact.IsLarge;

    // The share of the decisions on the way to here that lie behind, each option of a node weighted equally.
    private double Fraction()
    {
        double weight = 1;
        double fraction = 0;
        for (int i = 0; i < _depth; i++)
        {
            ref Node node = ref _nodes[i];
            weight /= node.Options;
            fraction += weight * (node.Options - 1 - BitOperations.PopCount(node.Remaining));
        }
        return fraction;
    }

    private void AddToPath(short decision)
    {
        if (_pathLength == _path.Length) { Array.Resize(ref _path, _path.Length * 2); }
        _path[_pathLength++] = decision;
    }

    // Runs that every part performs are the first part's.
    private void NoteRun(RunEnd end)
    {
        if (Shard is { Index: not 1 } && _turns < Shards.SharedTurns) { return; }
        _counts.Note(_runner, end, _path.AsSpan(0, _pathLength), _preemptions);
    }

    private struct Node
    {
        public int Current;
        public uint Remaining;
        public int Options;
        public int PathLength;
        public int TrailCount;
        public int Preemptions;
        public int Turns;
        public int RunPoints;
        public bool CurrentRuns;
        public bool IsChoice;
    }
}
