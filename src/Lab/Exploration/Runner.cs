using System.Diagnostics.CodeAnalysis;
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
internal partial class Runner : SeamHost
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
    private readonly uint _allActors;
    private readonly int _actors;

    private IDecider _decider = null!;
    private int _current = NoActor;
    private int _target = NoActor;
    private uint _done;
    private uint _blocked;
    private bool _unwinding;
    private bool _dirty;
    private bool _learnsChecks;
    private bool _checksAreTracked;

    /// <param name="model">What runs.</param>
    /// <param name="without">Operations that no run performs.</param>
    public Runner(ExplorationModel model, IReadOnlyCollection<Omission>? without = null)
    {
        _model = model;
        _actors = model.Actors.Count;
        if (_actors is 0 or > FirstBuffer) { throw new ArgumentException("a model has 1 to 16 actors", nameof(model)); }
        _allActors = (uint)((1L << _actors) - 1);
        _programs = [.. model.Actors.Select((actor, i) => Omission.Rest(actor, i, without ?? []))];
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

    /// <summary>All actors' states: what a search saves, with the length of the trail.</summary>
    public ReadOnlySpan<ActorState> States => _states;

    /// <summary>Performs one run from the state at hand: <paramref name="first"/> is picked already. Returns how it ended.</summary>
    /// <param name="decider">Who picks the rest.</param>
    /// <param name="first">An actor or a buffer; negative: it is still to be picked.</param>
    /// <param name="last">Of a buffer: the actor that performed the last access.</param>
    public virtual RunEnd Run(IDecider decider, int first, int last = NoActor)
    {
        BeginRun(decider);
        SeamHost? before = Seam.Host;
        Seam.Host = this;
        try
        {
            if (first >= FirstBuffer) { FlushOne(first - FirstBuffer); }
            int next = first is >= 0 and < FirstBuffer ? first : Decide(last);
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
        _done = _blocked = 0;
        for (int i = 0; i < _actors; i++)
        {
            _states[i].PartIsStale = true;
            if (_programs[i].Count == 0) { Finish(i); }
            if (_tree is not null && !_states[i].Done) { _states[i].Node = _roots[i][0]; }
        }
        if (_perturbation != 0) { PerturbBookkeeping(); }
    }

    /// <summary>Marks the actor's next access as paid for by the decision that picked it.</summary>
    public void Pay(int actor) => _states[actor].Resumed = true;

    /// <summary>One bit per actor that can take a step now, and per buffer that can be flushed.</summary>
    public uint Enabled()
    {
        uint enabled = _allActors & ~(_done | _blocked);
        if ((_blocked & ~_done) != 0) { enabled |= Unblocked(); }
        return _pending is null ? enabled : enabled | FlushableBuffers();
    }

    /// <summary>Puts all actors where a search saved them. The trail is taken back first.</summary>
    public void Restore(ReadOnlySpan<ActorState> saved)
    {
        saved.CopyTo(_states);
        _done = _blocked = 0;
        for (int i = 0; i < _actors; i++)
        {
            if (saved[i].Done) { _done |= 1u << i; }
            if (saved[i].Wait != WaitKind.None) { _blocked |= 1u << i; }
        }
    }

    private void Enter(int actor)
    {
        if (_tree is not null && Trace is null or { AccessesOnly: true } && !IsNativeTurn())
        {
            actor = TakeKnownSteps(actor);
            if (actor < 0) { return; }
        }
        _onStack[actor] = true;
        _target = RunProgram(actor);
        _onStack[actor] = false;
    }

    private protected void BeginRun(IDecider decider)
    {
        _decider = decider;
        Crashed = NoActor;
        _unwinding = false;
        Crashed = NoActor;
        End = RunEnd.Completed;
    }

    // The actor's operations from where it stands to its end or until it leaves the stack. Returns who is next.
    private protected int RunProgram(int actor)
    {
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
            Finish(actor);
            _onStack[actor] = false;
            return Decide(actor);
        }
        catch (UnwindException)
        {
            _unwinding = false;
            return _target;
        }
        catch (BugException bug)
        {
            Raised(actor, bug.Kind, bug.Message, bug.Where);
        }
        catch (Exception e) when (e is not LabException)
        {
            Raised(actor, ViolationKind.Unexpected, $"{e.GetType().Name}: {e.Message}", _programs[actor][_states[actor].Operation].Name);
        }
        return NoActor;
    }

    private void EndOperation(int actor)
    {
        if (_unwinding) { throw new LabException("an operation swallowed the unwind of its actor"); }
        ref ActorState s = ref _states[actor];
        if (_position[actor] != s.LogCount)
        {
            DivergedAt(actor, _position[actor], "the operation's end");
        }
        Learn(actor, StepCode.End, 0, -1, 0, 0);
        NextOperation(actor);
        Trace?.OperationEnded(actor);
    }

    private void NextOperation(int actor)
    {
        ref ActorState s = ref _states[actor];
        Operations?.Ended(actor, s.Operation, s.LogCount - s.LogStart);
        s.Operation++;
        BeginAgain(actor);
        s.Folded = 0;
        s.LogStart = s.LogCount;
        s.AttemptStart = s.LogCount;
        s.HeldStart = s.HeldCount;
        s.Observed = default;
        s.PartIsStale = true;
        if (_tree is not null && s.Operation < _programs[actor].Count) { s.Node = _roots[actor][s.Operation]; }
    }

    private void Raised(int actor, ViolationKind kind, string text, string where)
    {
        if (_unwinding) { throw new LabException($"{NameOf(actor)} swallowed the unwind of its actor"); }
        if (_position[actor] != _states[actor].LogCount) { DivergedAt(actor, _position[actor], $"raised: {text}"); }
        LearnError(actor, kind, text, where);
        Crashed = actor;
        Fail(kind, text, where);
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

    private protected virtual void Switch(int me, int next)
    {
        while (next != me)
        {
            if (next < 0 || _onStack[next]) { Unwind(next); }
            Enter(next);
            next = _target;
        }
        Resume(me);
    }

    // Takes the current actor off the native stack, and lets whoever is below go on with this one.
    [DoesNotReturn]
    private protected void Unwind(int target = NoActor)
    {
        _target = target;
        _unwinding = true;
        throw UnwindException.Instance;
    }

    private protected void Resume(int me) => _current = me;

    // Everything that can end a run is looked at here, once per point.
    private protected int Decide(int me)
    {
        int restore = _current;
        _current = NoActor;
        int next = DecideAtRest(me);
        while (next >= FirstBuffer)
        {
            FlushOne(next - FirstBuffer);
            next = DecideAtRest(me);
        }
        _current = restore;
        if (next >= 0) { Pay(next); }
        return next;
    }

    private int DecideAtRest(int me)
    {
        if (_dirty && StepChecks && !PassesStepCheck()) { return NoActor; }
        uint enabled = Enabled();
        if (enabled == 0)
        {
            if (EndChecks) { EndRun(); }
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

    private bool PassesStepCheck()
    {
        _dirty = false;
        _learnsChecks = _checksAreTracked;
        try
        {
            _model.CheckStep();
            return true;
        }
        catch (BugException bug)
        {
            Fail(bug.Kind, bug.Message, bug.Where);
            return false;
        }
        finally
        {
            _learnsChecks = false;
        }
    }

    private void EndRun()
    {
        try
        {
            if (_done == _allActors) { _model.CheckQuiescence(); }
            else { Fail(_model.ClassifyStuck(), $"nobody can run: {DescribeWaits()}", Scheduler); }
        }
        catch (BugException bug)
        {
            Fail(bug.Kind, bug.Message, bug.Where);
        }
    }

    private void Fail(ViolationKind kind, string text, string where)
    {
        End = RunEnd.Violated;
        Violation = kind;
        ViolationText = text;
        ViolationWhere = where;
        _target = NoActor;
    }

    /// <summary>The lowest actor of a mask.</summary>
    public static int Lowest(uint mask) => BitOperations.TrailingZeroCount(mask);
}
