using System.Numerics;
using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Lab.Progress;

/// <summary>Stops every task for ever at each of its steps, and looks who else can still get to an end.</summary>
/// <remarks>
/// From every reached state: each task that has begun is stopped and the others run on in turns, then one after another from below and from
/// above; who does not get to the end of all its operations is blocked by the stopped one. Then the stopped one is let go, and all must end
/// with the invariants of quiescence. Also from every state each task is left alone and must end the operation that it is in.
/// </remarks>
internal sealed class ProgressSweep : IOperationSink
{
    private const int Orders = 3;

    private readonly ExplorationModel _model;
    private readonly int _actors;
    private readonly int _bound;
    private readonly int _stepsMax;
    private readonly Func<bool> _expired;
    private readonly Stepper _stepper;
    private readonly VisitedSet _visited = new();
    private readonly SortedDictionary<string, OperationProgress> _operations = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _failures = new(StringComparer.Ordinal);
    private bool _measures;
    private bool _complete = true;
    private uint _ended;
    private long _stops;

    /// <param name="model">Whose operations.</param>
    /// <param name="preemptions">Stops are tried in all states that are reached with so few; negative: in all states.</param>
    /// <param name="expired">Ends the sweep early.</param>
    /// <param name="stepsMax">Own steps that an operation may take once somebody is stopped.</param>
    public ProgressSweep(ExplorationModel model, int preemptions, Func<bool> expired, int stepsMax = 300)
    {
        _model = model;
        _actors = model.Actors.Count;
        _bound = preemptions;
        _stepsMax = stepsMax;
        _expired = expired;
        Runner runner = new(model) { Operations = this };
        runner.LearnPrograms();
        _stepper = new Stepper(runner);
    }

    private Runner Runner => _stepper.Runner;

    public SweepResult Run(string machine)
    {
        _stepper.Begin();
        Visit(-1, 0);
        Runner.Reset();
        string space = _bound < 0 ? "states" : $"schedules<={_bound}";
        foreach (OperationProgress operation in _operations.Values) { operation.Machines.Add($"{machine}, {space}"); }
        return new SweepResult([.. _operations.Values], _visited.Count, _stops, Runner.Steps, _complete, [.. _failures]);
    }

    public void Ended(int actor, int operation, int steps)
    {
        _ended |= 1u << actor;
        if (!_measures) { return; }
        OperationProgress seen = Of(actor, operation);
        seen.StepsMax = Math.Max(seen.StepsMax, steps);
    }

    private void Visit(int current, int preemptions)
    {
        if (_stepper.IsOver) { return; }
        if (_expired()) { _complete = false; }
        if (!_complete) { return; }
        uint enabled = _stepper.Enabled;
        bool currentRuns = current >= 0 && (enabled & (1u << current)) != 0;
        if (!_visited.Add(Runner.Key(_bound >= 0 && currentRuns ? current : -1), _bound >= 0 ? preemptions : 0)) { return; }
        Stepper.Saved here = _stepper.Save();
        Examine(here);
        for (uint left = enabled; left != 0; left &= left - 1)
        {
            int actor = BitOperations.TrailingZeroCount(left);
            int after = preemptions + (currentRuns && actor != current ? 1 : 0);
            if (_bound >= 0 && after > _bound) { continue; }
            int[]? script = [];
            while (script is not null)
            {
                _stepper.Restore(here);
                _measures = true;
                _stepper.Step(actor, script);
                _measures = false;
                script = _stepper.NextScript();
                if (_stepper.End == RunEnd.Violated) { Fail($"{Runner.Violation}: {Runner.ViolationText}"); }
                Visit(actor, after);
            }
        }
    }

    private void Examine(Stepper.Saved here)
    {
        for (int actor = 0; actor < _actors; actor++)
        {
            if (here.States[actor].Done) { continue; }
            LeaveAlone(here, actor);
            if (here.States[actor].LogCount == 0) { continue; }
            _stepper.Restore(here);
            string where = WhereIs(actor, here);
            for (int order = 0; order < Orders; order++) { Stop(here, actor, order, where); }
        }
        _stepper.Restore(here);
    }

    private void LeaveAlone(Stepper.Saved here, int actor)
    {
        _stepper.Restore(here);
        int operation = here.States[actor].Operation;
        _ended = 0;
        for (int steps = 0; steps < _stepsMax && (_stepper.Enabled & (1u << actor)) != 0; steps++)
        {
            _stepper.Step(actor);
            if (_stepper.End == RunEnd.Violated && Runner.ViolationWhere != Runner.Scheduler) { Fail($"alone, {Runner.Violation}: {Runner.ViolationText}"); }
            if ((_ended & (1u << actor)) != 0) { return; }
        }
        OperationProgress seen = Of(actor, operation);
        if (seen.Alone.Length == 0) { seen.Alone = $"left alone by {OthersAt(actor, here)} it does not end: {Waits(actor)}"; }
    }

    private void Stop(Stepper.Saved here, int victim, int order, string where)
    {
        _stops++;
        _stepper.Restore(here);
        int last = victim;
        while (!_stepper.IsOver)
        {
            int next = Next(order, last, _stepper.Enabled & ~(1u << victim));
            if (next < 0) { break; }
            _stepper.Step(next);
            last = next;
            if (Runner.State(next).LogCount - Runner.State(next).LogStart > _stepsMax) { break; }
        }
        if (_stepper.End == RunEnd.Violated && Runner.ViolationWhere != Runner.Scheduler) { Fail($"{where} is stopped, {Runner.Violation}: {Runner.ViolationText}"); }
        for (int actor = 0; actor < _actors; actor++)
        {
            if (actor == victim || Runner.State(actor).Done) { continue; }
            OperationProgress seen = Of(actor, Runner.State(actor).Operation);
            seen.Blockers.Add(OperationAt(victim, here));
            if (Runner.State(actor).Wait != WaitKind.None) { seen.Words.Add(WordOf(actor)); }
            if (seen.Example.Length == 0) { seen.Example = $"{where} is stopped, and {_model.Actors[actor].Name} does not end: {Waits(actor)}"; }
        }
        Recover(where);
    }

    // The stopped task is let go again, and everybody comes to an end.
    private void Recover(string where)
    {
        int last = -1;
        for (int steps = 0; !_stepper.IsOver && steps < _stepsMax * _actors; steps++)
        {
            last = Stepper.After(last, _stepper.Enabled);
            _stepper.Step(last);
        }
        if (_stepper.End == RunEnd.Violated) { Fail($"{where} was stopped and let go, {Runner.Violation}: {Runner.ViolationText}"); }
        else if (!_stepper.IsOver) { Fail($"{where} was stopped and let go, and the run does not end"); }
    }

    private static int Next(int order, int last, uint mask) => order switch
    {
        0 => Stepper.After(last, mask),
        1 => mask == 0 ? -1 : BitOperations.TrailingZeroCount(mask),
        _ => mask == 0 ? -1 : BitOperations.Log2(mask),
    };

    private OperationProgress Of(int actor, int index)
    {
        Operation operation = _model.Actors[actor].Operations[index];
        if (!_operations.TryGetValue(operation.Name, out OperationProgress? seen))
        {
            seen = new OperationProgress(operation.Name, operation.Progress);
            _operations.Add(operation.Name, seen);
        }
        return seen;
    }

    // Between operations a task holds what its last one left it.
    private string OperationAt(int actor, Stepper.Saved here)
    {
        ref ActorState s = ref here.States[actor];
        IReadOnlyList<Operation> program = _model.Actors[actor].Operations;
        return s.LogCount > s.LogStart || s.Operation == 0 ? program[s.Operation].Name : $"after {program[s.Operation - 1].Name}";
    }

    private string WhereIs(int actor, Stepper.Saved here) => $"{_model.Actors[actor].Name} in {OperationAt(actor, here)}, {Runner.DescribeLastStep(actor)},";

    private string OthersAt(int actor, Stepper.Saved here) => string.Join(" and ", Enumerable.Range(0, _actors)
        .Where(a => a != actor && !here.States[a].Done).Select(a => $"{_model.Actors[a].Name} in {OperationAt(a, here)}"));

    private string Waits(int actor)
    {
        ref ActorState s = ref Runner.State(actor);
        return s.Wait switch
        {
            WaitKind.None => $"not within {_stepsMax} steps",
            WaitKind.Retry => $"{_model.Actors[actor].Operations[s.Operation].Name} waits for any change of what it read",
            _ => $"{_model.Actors[actor].Operations[s.Operation].Name} waits for {Runner.DescribeLocation(s.WaitLocation)}",
        };
    }

    private string WordOf(int actor)
    {
        ref ActorState s = ref Runner.State(actor);
        return s.Wait == WaitKind.Retry ? "what it read" : Runner.DescribeLocation(s.WaitLocation).Split('[')[0];
    }

    private void Fail(string text) => _failures.Add(text);
}
