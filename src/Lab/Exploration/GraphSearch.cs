using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>Stores every state with the steps between them, no bound and no reduction, and looks for cycles in which nothing is reached.</summary>
/// <remarks>
/// A cycle is a livelock when it is weakly fair: whoever can run in all its states steps in it. It is reported as strongly fair as well when
/// whoever can run in one of its states does. An operation that waits, and then does the same with the same results, is taken to be where it
/// was: an operation that counts its own attempts must say so by ending. The cycle that is reported was gone round for real.
/// </remarks>
internal sealed class GraphSearch : IDecider, IOperationSink
{
    private const int Turns = 16;
    private const int FirstJudged = 1 << 15;
    private const int StatesBetweenLooks = 1 << 10;
    private const int StatesBetweenWeighings = 1 << 14;

    private readonly ExplorationModel _model;
    private readonly Runner _runner;
    private readonly int _actors;
    private readonly uint _goalActors;
    private readonly StateGraph _graph = new();
    private readonly Dictionary<(ulong, ulong), int> _index = [];
    private readonly List<Node> _nodes = [];
    private readonly List<short> _path = [];
    private readonly List<short> _choices = [];
    private SearchCounts _counts = new();
    private Func<bool> _expired = () => false;
    private string _stopped = string.Empty; // why there is more of the graph than was seen
    private int _judgedNext = FirstJudged;
    private int _end = -1; // the state of all that have reached their goal, where nobody looks further
    private int _from = -1;
    private byte _by;
    private uint _ended;
    private long _goals;
    private int _preemptions;
    private int _preset = -1;
    private bool _blocks;

    public GraphSearch(ExplorationModel model, Runner runner)
    {
        _model = model;
        _runner = runner;
        _actors = runner.ActorCount;
        _goalActors = GoalActorsOf(model);
    }

    /// <summary>States after which the graph is left undecided.</summary>
    public int StatesMax { get; init; } = 4_000_000;

    /// <summary>Bytes on the managed heap after which the graph is left undecided.</summary>
    public long BytesMax { get; init; } = 3L << 29;

    /// <summary>True: a livelock ends the search, since a cycle of part of the graph is a cycle of the whole. Looked for each time the part has grown fourfold.</summary>
    public bool StopsAtLivelock { get; init; }

    /// <summary>Walks the whole graph and judges its cycles. A lasso is noted in the counts as a livelock.</summary>
    /// <param name="counts">Where runs and violations are noted.</param>
    /// <param name="expired">Asked now and then.</param>
    /// <param name="complete">True: the graph is the whole graph. False: it ran out of time, states or memory, or stopped at a livelock.</param>
    public LivelockReport Search(SearchCounts counts, Func<bool> expired, out bool complete)
    {
        _counts = counts;
        _expired = expired;
        _runner.FoldsWaits = true;
        _runner.RunPointsMax = int.MaxValue;
        _runner.Operations = this;
        _runner.Reset();
        long stepsBefore = _runner.Steps;
        Note(_runner.Run(this, -1));
        while (_stopped.Length == 0 && Backtrack(out int first, out int last)) { Note(_runner.Run(this, first, last)); }
        complete = _stopped.Length == 0;
        _runner.Operations = null;
        _counts.Steps += _runner.Steps - stepsBefore;
        _counts.States = _graph.Count;
        LivelockReport report = Judge(complete);
        _runner.FoldsWaits = false;
        _runner.Reset();
        return report;
    }

    public int Pick(int current, uint enabled)
    {
        long goals = _model.GoalsReached();
        bool goal = _from >= 0 && (_model.CountsGoals ? goals != _goals : (_ended & _goalActors) != 0);
        if (goal && _model.EndsAtGoal)
        {
            if (_end < 0) { _end = _graph.AddState(0, live: false); }
            _graph.AddEdge(_from, new GraphEdge(_end, _by, true, [.. _choices]));
            return -1;
        }
        StateHash key = _runner.Key(-1);
        bool known = _index.TryGetValue((key.Low, key.High), out int state);
        if (!known)
        {
            // Looked at here: where no state ever comes back the first run has no end.
            if (MustStop()) { return -1; }
            state = _graph.AddState(enabled, IsLive());
            _index.Add((key.Low, key.High), state);
        }
        if (_from >= 0) { _graph.AddEdge(_from, new GraphEdge(state, _by, goal, [.. _choices])); }
        if (known) { return -1; }
        bool currentRuns = current is >= 0 and < Runner.FirstBuffer && (enabled & (1u << current)) != 0;
        int first = currentRuns ? current : Runner.Lowest(enabled);
        Begin(state, first, goals);
        uint others = enabled & ~(1u << first);
        if (others != 0) { Push(current, currentRuns, others, isChoice: false); }
        _path.Add((short)first);
        return first;
    }

    public int Choose(int current, int count)
    {
        int value = _preset;
        _preset = -1;
        if (value < 0)
        {
            value = 0;
            Debug.Assert(count <= 32, "a choice has at most 32 values");
            Push(current, currentRuns: true, (uint)((1L << count) - 1) & ~1u, isChoice: true);
        }
        _path.Add(Schedule.Choice(value));
        _choices.Add(Schedule.Choice(value));
        return value;
    }

    public void Ended(int actor, int operation, int steps) => _ended |= 1u << actor;

    private static uint GoalActorsOf(ExplorationModel model)
    {
        uint named = 0;
        if (model.GoalActors is { } goals)
        {
            foreach (int actor in goals) { named |= 1u << actor; }
            return named;
        }
        for (int i = 0; i < model.Actors.Count; i++)
        {
            if (!model.Actors[i].Repeats) { named |= 1u << i; }
        }
        return named != 0 ? named : (1u << model.Actors.Count) - 1;
    }

    private bool MustStop()
    {
        if (_stopped.Length != 0) { return true; }
        int states = _graph.Count;
        if (states >= StatesMax) { _stopped = string.Create(CultureInfo.InvariantCulture, $"{StatesMax:n0} states"); }
        else if (StopsAtLivelock && states == _judgedNext)
        {
            _judgedNext *= 4;
            if (Fair(out _).Count > 0) { _stopped = "the first livelock"; }
        }
        else if (states % StatesBetweenLooks == 0 && _expired()) { _stopped = "the time"; }
        else if (states % StatesBetweenWeighings == 0 && IsTooHeavy()) { _stopped = string.Create(CultureInfo.InvariantCulture, $"{BytesMax >> 20:n0} MiB of memory"); }
        return _stopped.Length != 0;
    }

    private bool IsTooHeavy() => GC.GetTotalMemory(false) > BytesMax && GC.GetTotalMemory(true) > BytesMax;

    // Somebody has not reached what is to be reached.
    private bool IsLive()
    {
        for (int i = 0; i < _actors; i++)
        {
            if (!_runner.State(i).Done && (_model.CountsGoals || (_goalActors & (1u << i)) != 0)) { return true; }
        }
        return false;
    }

    private void Begin(int from, int by, long goals)
    {
        _from = from;
        _by = (byte)by;
        _ended = 0;
        _goals = goals;
        _choices.Clear();
    }

    private void Push(int current, bool currentRuns, uint remaining, bool isChoice) => _nodes.Add(new Node
    {
        Saved = _runner.States.ToArray(),
        Current = current,
        CurrentRuns = currentRuns,
        IsChoice = isChoice,
        Remaining = remaining,
        PathLength = _path.Count,
        TrailCount = _runner.TrailCount,
        Preemptions = _preemptions,
        From = _from,
        By = _by,
        Ended = _ended,
        Goals = _goals,
        Choices = [.. _choices],
    });

    private bool Backtrack(out int first, out int last)
    {
        first = last = -1;
        while (_nodes.Count > 0 && _nodes[^1].Remaining == 0) { _nodes.RemoveAt(_nodes.Count - 1); }
        if (_nodes.Count == 0) { return false; }
        Node node = _nodes[^1];
        int option = BitOperations.TrailingZeroCount(node.Remaining);
        node.Remaining &= node.Remaining - 1;
        _runner.UndoTo(node.TrailCount);
        _runner.Restore(node.Saved);
        _path.RemoveRange(node.PathLength, _path.Count - node.PathLength);
        _preemptions = node.Preemptions;
        Begin(node.From, node.By, node.Goals);
        if (node.IsChoice)
        {
            _ended = node.Ended;
            _choices.AddRange(node.Choices);
            _preset = option;
            first = node.Current;
            return true;
        }
        _by = (byte)option;
        _path.Add((short)option);
        first = option;
        last = node.Current;
        if (option >= Runner.FirstBuffer) { return true; }
        if (node.CurrentRuns) { _preemptions++; }
        _runner.Pay(option);
        return true;
    }

    private void Note(RunEnd end)
    {
        _counts.Note(_runner, end, [.. _path], _preemptions);
        _blocks |= end == RunEnd.Violated && _runner.ViolationWhere == Runner.Scheduler;
    }

    private LivelockReport Judge(bool complete)
    {
        List<FairComponent> fair = Fair(out int cyclic);
        Lasso? lasso = null;
        if (fair.Count > 0)
        {
            int[] depths = _graph.Depths();
            FairComponent chosen = fair.OrderByDescending(c => c.IsStrong).ThenBy(c => c.States.Min(s => depths[s])).First();
            lasso = new LassoBuilder(_graph, depths, Names).Build(chosen);
            Confirm(lasso);
        }
        Convergence verdict = _blocks ? Convergence.BlocksItself
            : lasso is not null ? Convergence.CanBeStarved
            : complete ? Convergence.NoFairCycle : Convergence.Unknown;
        LivelockReport report = new(verdict, lasso, _graph.Count, _graph.EdgeCount, cyclic) { StoppedBy = _stopped };
        if (lasso is not null) { _counts.Add(ViolationKind.Livelock, lasso.Decisions, PreemptionsOf(lasso), report.ToString(), nameof(GraphSearch)); }
        return report;
    }

    private List<FairComponent> Fair(out int cyclic)
    {
        FairCycles cycles = new(_graph);
        List<FairComponent> fair = [.. cycles.Find().Where(component => component.IsStrong || !_model.TakesTurns)];
        cyclic = cycles.Cyclic;
        return fair;
    }

    // Goes round for real: the state after each turn is the state before it, or the cycle is none.
    private void Confirm(Lasso lasso)
    {
        _runner.Reset();
        short[] decisions = [.. lasso.Stem, .. Enumerable.Repeat(lasso.Cycle, Turns).SelectMany(turn => turn)];
        _runner.RunPointsMax = decisions.Length + 1;
        Replayer replayer = new(decisions) { Watched = _runner };
        string words = $"a cycle of states does not close when it is gone round {Turns} times: an operation counts its attempts, so this model has no finite graph";
        try
        {
            _runner.Run(replayer, -1);
        }
        catch (LabException e)
        {
            throw new LabException(words, e);
        }
        if (!replayer.Recurs) { throw new LabException(words); }
    }

    private int PreemptionsOf(Lasso lasso)
    {
        _runner.Reset();
        Replayer replayer = new(lasso.Decisions) { Watched = _runner };
        _runner.Run(replayer, -1);
        return replayer.Preemptions;
    }

    private string Names(uint mask) => string.Join(", ", Enumerable.Range(0, 32).Where(i => (mask & (1u << i)) != 0)
        .Select(i => i < Runner.FirstBuffer ? _model.Actors[i].Name : $"buffer of {_model.Actors[i - Runner.FirstBuffer].Name}"));

    private sealed class Node
    {
        public required ActorState[] Saved { get; init; }

        public required int Current { get; init; }

        public required bool CurrentRuns { get; init; }

        public required bool IsChoice { get; init; }

        public required uint Remaining { get; set; }

        public required int PathLength { get; init; }

        public required int TrailCount { get; init; }

        public required int Preemptions { get; init; }

        public required int From { get; init; }

        public required byte By { get; init; }

        public required uint Ended { get; init; }

        public required long Goals { get; init; }

        public required short[] Choices { get; init; }
    }
}
