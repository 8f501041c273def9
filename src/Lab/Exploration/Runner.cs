using System.Numerics;
using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>How a run ended.</summary>
internal enum RunEnd
{
    /// <summary>All actors are done and quiescence was checked.</summary>
    Completed,

    /// <summary>An invariant broke, or nobody could run.</summary>
    Violated,

    /// <summary>The decider ended it: what follows has been seen.</summary>
    Pruned,

    /// <summary>More steps than the limit.</summary>
    CutOff,
}

/// <summary>Runs all actors on one OS thread, switching only at seam accesses.</summary>
/// <remarks>
/// A switch to an actor that is not on the native stack runs it nested on top; a switch to one that lies below leaves the frames above by
/// an exception, and an actor that left re-enters later by re-running its operation with the logged results. Written with few frames per
/// level: an exception pays for each frame it crosses. (Runner D of the design notes.)
/// </remarks>
internal sealed partial class Runner : SeamHost
{
    private const int NoActor = -1;

    private readonly ExplorationModel _model;
    private readonly IReadOnlyList<Operation>[] _programs;
    private readonly ActorState[] _states;
    private readonly LogEntry[][] _logs;
    private readonly (int Location, uint Seen)[][] _held;
    private readonly int[] _position;
    private readonly bool[] _onStack;
    private readonly uint _faults;
    private readonly int _actors;

    private IDecider _decider = null!;
    private int _current = NoActor;
    private int _target = NoActor;
    private bool _unwinding;
    private bool _dirty;

    public Runner(ExplorationModel model)
    {
        _model = model;
        _actors = model.Actors.Count;
        if (_actors is 0 or > 26) { throw new ArgumentException("a model has 1 to 26 actors", nameof(model)); }
        _programs = [.. model.Actors.Select(a => a.Operations)];
        _states = new ActorState[_actors];
        _logs = new LogEntry[_actors][];
        _held = new (int, uint)[_actors][];
        for (int i = 0; i < _actors; i++)
        {
            _logs[i] = new LogEntry[64];
            _held[i] = new (int, uint)[16];
        }
        _position = new int[_actors];
        _onStack = new bool[_actors];
        foreach (FaultPoint point in model.Faults) { _faults |= 1u << (int)point; }
        AttachMemory(model.Arena);
        Trace = null;
        Reset();
    }

    /// <summary>Accesses performed since <see cref="Reset"/> of the statistics; re-run ones are not counted twice.</summary>
    public long Steps { get; private set; }

    /// <summary>Points of the run at hand, and the number at which it is cut off.</summary>
    public int RunPoints { get; set; }

    public int RunPointsMax { get; set; } = 20_000;

    public RunEnd End { get; private set; }

    /// <summary>What broke, when <see cref="End"/> is Violated.</summary>
    public ViolationKind Violation { get; private set; }

    public string ViolationText { get; private set; } = string.Empty;

    public string ViolationWhere { get; private set; } = string.Empty;

    public int ActorCount => _actors;

    public ref ActorState State(int actor) => ref _states[actor];

    /// <summary>Performs one run from the state at hand: <paramref name="first"/> is picked already. Returns how it ended.</summary>
    public RunEnd Run(IDecider decider, int first)
    {
        _decider = decider;
        End = RunEnd.Completed;
        SeamHost? before = Seam.Host;
        Seam.Host = this;
        try
        {
            int next = first >= 0 ? first : Decide(NoActor);
            while (next >= 0)
            {
                Enter(next);
                next = _target;
            }
        }
        finally
        {
            _current = NoActor;
            Seam.Host = before;
        }
        return End;
    }

    /// <summary>Puts the initial state back.</summary>
    public void Reset()
    {
        UndoTo(0);
        Array.Clear(_states);
        RunPoints = 0;
        _dirty = true;
        for (int i = 0; i < _actors; i++) { _states[i].Done = _programs[i].Count == 0; }
    }

    /// <summary>Marks the actor's next access as paid for by the decision that picked it.</summary>
    public void Pay(int actor) => _states[actor].Resumed = true;

    /// <summary>One bit per actor that can take a step now.</summary>
    public uint Enabled()
    {
        uint enabled = 0;
        for (int i = 0; i < _actors; i++)
        {
            if (IsEnabled(i)) { enabled |= 1u << i; }
        }
        return enabled;
    }

    /// <summary>What each stuck actor waits for, in words.</summary>
    public string DescribeWaits()
    {
        List<string> waits = [];
        for (int i = 0; i < _actors; i++)
        {
            ref ActorState s = ref _states[i];
            if (s.Done || s.Wait == WaitKind.None) { continue; }
            string how = s.Wait switch
            {
                WaitKind.Spin => $"spins while {DescribeLocation(s.WaitLocation)} == {s.WaitSeen}",
                WaitKind.Sleep => $"sleeps on {DescribeLocation(s.WaitLocation)}",
                WaitKind.Retry => "waits for any change of what it read",
                _ => s.Wait.ToString(),
            };
            waits.Add($"{_model.Actors[i].Name} {how} (in {_programs[i][s.Operation].Name})");
        }
        return string.Join("; ", waits);
    }

    private bool IsEnabled(int actor)
    {
        ref ActorState s = ref _states[actor];
        if (s.Done) { return false; }
        return s.Wait switch
        {
            WaitKind.None or WaitKind.Woken or WaitKind.TimedSleep => true,
            WaitKind.Spin => (int)Word(s.WaitLocation) != s.WaitSeen,
            WaitKind.Retry => AttemptIsOutdated(actor, ref s),
            _ => false,
        };
    }

    private void Enter(int actor)
    {
        _onStack[actor] = true;
        _position[actor] = _states[actor].LogStart;
        _current = actor;
        try
        {
            IReadOnlyList<Operation> program = _programs[actor];
            while (_states[actor].Operation < program.Count)
            {
                program[_states[actor].Operation].Run();
                EndOperation(actor);
            }
            _states[actor].Done = true;
            _onStack[actor] = false;
            _target = Decide(actor);
        }
        catch (UnwindException)
        {
            _unwinding = false;
        }
        catch (BugException bug)
        {
            Fail(bug.Kind, bug.Message, bug.Where);
        }
        catch (Exception e) when (e is not LabException)
        {
            Fail(ViolationKind.Unexpected, $"{e.GetType().Name}: {e.Message}", _programs[actor][_states[actor].Operation].Name);
        }
        _onStack[actor] = false;
    }

    private void EndOperation(int actor)
    {
        if (_unwinding) { throw new LabException("an operation swallowed the unwind of its actor"); }
        ref ActorState s = ref _states[actor];
        if (_position[actor] != s.LogCount)
        {
            throw new LabException($"{_programs[actor][s.Operation].Name} ended before its log did: it is not deterministic");
        }
        s.Operation++;
        s.LogStart = s.LogCount;
        s.AttemptStart = s.LogCount;
        s.HeldStart = s.HeldCount;
        s.Observed = default;
        Trace?.OperationEnded(actor);
    }

    // A scheduling point lies before the access. Returns when the actor's access is paid for.
    private void Point(int me)
    {
        if (_states[me].Resumed)
        {
            _states[me].Resumed = false;
            return;
        }
        int next = Decide(me);
        if (next != me) { Switch(me, next); }
        _states[me].Resumed = false;
    }

    private void Switch(int me, int next)
    {
        while (next != me)
        {
            if (next < 0 || _onStack[next])
            {
                _target = next;
                _unwinding = true;
                throw UnwindException.Instance;
            }
            Enter(next);
            next = _target;
        }
        _current = me;
    }

    // Everything that can end a run is looked at here, once per point.
    private int Decide(int me)
    {
        int restore = _current;
        _current = NoActor;
        int next = DecideAtRest(me);
        _current = restore;
        if (next >= 0) { Pay(next); }
        return next;
    }

    private int DecideAtRest(int me)
    {
        try
        {
            if (_dirty)
            {
                _dirty = false;
                _model.CheckStep();
            }
            uint enabled = Enabled();
            if (enabled == 0)
            {
                if (AllDone()) { _model.CheckQuiescence(); }
                else { Fail(_model.ClassifyStuck(), $"nobody can run: {DescribeWaits()}", "scheduler"); }
                return NoActor;
            }
            if (++RunPoints > RunPointsMax)
            {
                End = RunEnd.CutOff;
                return NoActor;
            }
            int next = _decider.Pick(me, enabled);
            if (next < 0) { End = RunEnd.Pruned; }
            return next;
        }
        catch (BugException bug)
        {
            Fail(bug.Kind, bug.Message, bug.Where);
            return NoActor;
        }
    }

    private bool AllDone()
    {
        foreach (ref ActorState s in _states.AsSpan())
        {
            if (!s.Done) { return false; }
        }
        return true;
    }

    private void Fail(ViolationKind kind, string text, string where)
    {
        End = RunEnd.Violated;
        Violation = kind;
        ViolationText = text;
        ViolationWhere = where;
        _target = NoActor;
    }

    private bool AttemptIsOutdated(int actor, ref ActorState s)
    {
        LogEntry[] log = _logs[actor];
        for (int i = s.LogCount - 1; i >= s.AttemptStart; i--)
        {
            ref LogEntry e = ref log[i];
            if (e.Location < 0 || LaterEntryFor(log, e.Location, i + 1, s.LogCount)) { continue; }
            bool wide = (e.Code & WideBit) != 0;
            long now = wide ? WideWord(e.Location) : (int)Word(e.Location);
            if (now != e.After) { return true; }
        }
        return false;
    }

    private static bool LaterEntryFor(LogEntry[] log, int location, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            if (log[i].Location == location) { return true; }
        }
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Diverged(string text) => throw new LabException(text);

    /// <summary>The lowest actor of a mask.</summary>
    public static int Lowest(uint mask) => BitOperations.TrailingZeroCount(mask);
}
