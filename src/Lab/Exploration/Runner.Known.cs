using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <content>Steps that are taken without running the operation: it is known what it does.</content>
/// <remarks>
/// The first turns of a runner and one of a thousand later ones run the operation all the same, and what it does is compared with what is
/// known: an operation that is not deterministic does not hide behind its first run.
/// </remarks>
internal sealed partial class Runner
{
    private const uint NativeTurnMask = 1023;

    private ProgramTree? _tree;
    private int[][] _roots = [];
    private uint _turns;

    /// <summary>Turns that run the operation itself before what is known is trusted.</summary>
    public int NativeTurns { get; set; } = 256;

    /// <summary>What is known of the operations; null: nothing is remembered, and every step runs the operation.</summary>
    public ProgramTree? Known => _tree;

    /// <summary>From now on remembers what operations do. Between runs only.</summary>
    public void LearnPrograms()
    {
        ProgramTree tree = new();
        _roots = [.. _programs.Select(program => program.Select(_ => tree.NewNode()).ToArray())];
        _tree = tree;
        Reset();
    }

    private bool IsNativeTurn() => ++_turns <= (uint)NativeTurns || (_turns & NativeTurnMask) == 0;

    /// <summary>Steps of the actor, and of whoever is picked after it, as far as they are known and nobody on the native stack is picked.</summary>
    /// <returns>The actor whose operation must run, or negative: the target says who is next.</returns>
    private int TakeKnownSteps(int me)
    {
        ProgramTree tree = _tree!;
        _current = NoActor;
        while (true)
        {
            ref ActorState s = ref _states[me];
            ref ProgramStep step = ref tree[s.Node];
            switch (step.Code)
            {
                case StepCode.Unknown:
                    return me;

                case StepCode.Access:
                    if (step.Kind is not (AccessKind.PlainLoad or AccessKind.PlainStore))
                    {
                        if (!s.Resumed) { break; }
                        s.Resumed = false;
                    }
                    Perform(me, step.Kind, step.Location, (int)step.Operand, (int)step.Comparand);
                    continue;

                case StepCode.WideAccess:
                    if (step.Kind is not (AccessKind.PlainLoad or AccessKind.PlainStore))
                    {
                        if (!s.Resumed) { break; }
                        s.Resumed = false;
                    }
                    PerformWide(me, step.Kind, step.Location, step.Operand, step.Comparand);
                    continue;

                case StepCode.End:
                    NextOperation(me);
                    if (s.Operation < _programs[me].Count) { continue; }
                    Finish(me);
                    break;

                default:
                    if (!TakeRareStep(me, ref s, step)) { break; }
                    if (_target == NoActor) { return NoActor; }
                    continue;
            }
            int next = DecideAtRest(me);
            if (next < 0 || _onStack[next])
            {
                if (next >= 0) { Pay(next); }
                _target = next;
                return NoActor;
            }
            Pay(next);
            if (next == me) { continue; }
            me = next;
            if (IsNativeTurn()) { return me; }
        }
    }

    // False: a decision is due. Sets the target to nobody when the run is over.
    private bool TakeRareStep(int me, ref ActorState s, in ProgramStep step)
    {
        _target = me;
        int operand = (int)step.Operand;
        switch (step.Code)
        {
            case StepCode.Spin:
                if (MustSpin(me, step.Location, operand)) { return false; }
                EndSpin(me, step.Location, operand);
                return true;

            case StepCode.Retry:
                if (MustRetry(me)) { return false; }
                EndRetry(me);
                return true;

            case StepCode.Park:
                if (s.Wait != WaitKind.None)
                {
                    EndSleep(me, step.Location, operand);
                    return true;
                }
                if (!s.Resumed) { return false; }
                s.Resumed = false;
                return !FallsAsleep(me, step.Location, operand, (int)step.Comparand);

            case StepCode.Wake:
                if (!s.Resumed) { return false; }
                s.Resumed = false;
                WakeSleepers(me, step.Location, operand != 0);
                return true;

            case StepCode.Fence:
                Append(me, -1, (byte)operand, 0, 0);
                return true;

            case StepCode.Choose:
                int value = _decider.Choose(me, operand);
                if (value >= 0)
                {
                    EndChoice(me, value, operand);
                    return true;
                }
                End = RunEnd.Pruned;
                _target = NoActor;
                return true;

            default:
                (ViolationKind kind, string text, string where) = _tree!.ErrorAt(s.Node);
                Crashed = me;
                Fail(kind, text, where);
                return true;
        }
    }

    // Called by an operation that runs: notes what it does here, or compares.
    private void Learn(int me, StepCode code, AccessKind kind, int location, long operand, long comparand)
    {
        if (_tree is null || _states[me].Node == 0) { return; }
        ref ProgramStep step = ref _tree[_states[me].Node];
        if (step.Code == StepCode.Unknown)
        {
            step.Code = code;
            step.Kind = kind;
            step.Location = location;
            step.Operand = operand;
            step.Comparand = comparand;
            return;
        }
        if (step.Code != code || step.Kind != kind || step.Location != location || step.Operand != operand || step.Comparand != comparand)
        {
            Diverged($"{NameOf(me)} is not deterministic: after the same results it did {step.Code} {step.Kind} {DescribeLocation(step.Location)} "
                + $"({step.Operand}, {step.Comparand}) before, and {code} {kind} {DescribeLocation(location)} ({operand}, {comparand}) now");
        }
    }

    private void LearnError(int me, ViolationKind kind, string text, string where)
    {
        if (_tree is null || _states[me].Node == 0) { return; }
        ref ProgramStep step = ref _tree[_states[me].Node];
        if (step.Code is not (StepCode.Unknown or StepCode.Raises)) { Diverged($"{NameOf(me)} is not deterministic: it raised \"{text}\", and did not before"); }
        _tree.Raises(_states[me].Node, kind, text, where);
    }

    private string NameOf(int actor) => $"{_programs[actor][_states[actor].Operation].Name} of {_model.Actors[actor].Name}";
}
