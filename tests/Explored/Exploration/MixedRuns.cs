using System.Text;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

/// <summary>
/// All runs of a mixed program by plain recursion over copied states, with the trace of each: nothing of the explorer is used, nothing is
/// pruned. The steps are cut as the explorer cuts them, so that runs and traces can be counted against it.
/// </summary>
internal sealed class MixedRuns
{
    private const int Wide = MixedProgram.Words; // two locations, the low half first
    private const int Queues = Wide + 2;

    private readonly Mixed[][] _code;
    private readonly bool[][] _begins;
    private readonly List<Taken> _run = [];

    public MixedRuns(MixedProgram program)
    {
        _code = [.. program.Actors.Select(actor => actor.SelectMany(operation => operation).ToArray())];
        _begins = [.. program.Actors.Select(actor => actor.SelectMany(operation => operation.Select((_, i) => i == 0)).ToArray())];
        Go(new State(_code.Length));
    }

    public HashSet<string> Outcomes { get; } = [];

    public HashSet<ViolationKind> Violations { get; } = [];

    public HashSet<string> Traces { get; } = [];

    public long Runs { get; private set; }

    private void Go(State state)
    {
        bool any = false;
        for (int actor = 0; actor < _code.Length; actor++)
        {
            if (!IsEnabled(state, actor)) { continue; }
            any = true;
            // Each choice of the step in turn: a step that asks for one more than is given is repeated with both answers.
            Stack<int[]> answers = new([[]]);
            while (answers.TryPop(out int[]? given))
            {
                State after = state.Copy();
                Taken step = new(actor, given);
                bool? ended = Take(after, actor, given, step);
                if (ended is null)
                {
                    answers.Push([.. given, 0]);
                    answers.Push([.. given, 1]);
                    continue;
                }
                _run.Add(step);
                if (ended.Value) { Runs++; }
                else { Go(after); }
                _run.RemoveAt(_run.Count - 1);
            }
        }
        if (any) { return; }
        Runs++;
        Traces.Add(Canonical());
        int[] stuck = [.. Enumerable.Range(0, _code.Length).Where(a => state.At[a].Next < _code[a].Length)];
        if (stuck.Length > 0) { Violations.Add(ViolationKind.Deadlock); }
        Outcomes.Add(MixedModel.Describe(state.Words[..Wide], ((long)state.Words[Wide + 1] << 32) | (uint)state.Words[Wide], stuck));
    }

    private bool IsEnabled(State state, int actor)
    {
        Place at = state.At[actor];
        return at.Waits switch
        {
            Waiting.No => at.Next < _code[actor].Length,
            Waiting.Spins => state.Words[at.On] != at.Seen,
            Waiting.Retries => state.Words[at.On] != at.Seen || state.Words[at.OnToo] != at.SeenToo,
            Waiting.Sleeps => false,
            _ => true,
        };
    }

    // True: the step raised a violation. Null: it wants one more choice.
    private bool? Take(State state, int actor, int[] given, Taken step)
    {
        ref Place at = ref state.At[actor];
        int asked = 0;
        bool paid = true;
        Resume(state, ref at, step);
        while (at.Next < _code[actor].Length)
        {
            Mixed code = _code[actor][at.Next];
            if (_begins[actor][at.Next] && at.Part == 0) { at.Last = 0; }
            int operand = code.Value + (code.AddsLast ? at.Last : 0);
            if (!code.IsLocal)
            {
                if (!paid) { return false; }
                paid = false;
            }
            int word = state.Words[code.Word];
            switch (code.Kind)
            {
                case MixedKind.Load or MixedKind.PlainLoad:
                    step.Read(code.Word);
                    at.Last = word;
                    break;
                case MixedKind.Store or MixedKind.PlainStore:
                    state.Set(code.Word, operand, step);
                    at.Last = operand;
                    break;
                case MixedKind.Add:
                    state.Set(code.Word, word + operand, step);
                    at.Last = word + operand;
                    break;
                case MixedKind.CompareExchange:
                    state.Set(code.Word, word == code.Comparand ? operand : word, step);
                    at.Last = word;
                    break;
                case MixedKind.WideLoad:
                    step.Read(Wide);
                    step.Read(Wide + 1);
                    at.Last = state.Words[Wide] + state.Words[Wide + 1];
                    break;
                case MixedKind.WideAdd:
                    step.Read(Wide + 1);
                    at.Last = state.Set(Wide, state.Words[Wide] + code.Value, step);
                    break;
                case MixedKind.WideAddHigh:
                    step.Read(Wide);
                    at.Last = state.Set(Wide + 1, state.Words[Wide + 1] + code.Value, step);
                    break;
                case MixedKind.Choose:
                    if (asked == given.Length) { return null; }
                    at.Last = given[asked++];
                    break;
                case MixedKind.WaitUntil:
                    step.Read(code.Word);
                    at.Last = word;
                    if (word == operand) { break; }
                    (at.Waits, at.On, at.Seen) = (Waiting.Spins, code.Word, word);
                    at.Operand = operand;
                    return false;
                case MixedKind.SpinLate or MixedKind.RetryUntil:
                    if (at.Part == 0)
                    {
                        step.Read(code.Word);
                        at.Seen = word;
                        at.Part = 1;
                        continue;
                    }
                    step.Read(code.Other);
                    int other = state.Words[code.Other];
                    bool enough = code.Kind == MixedKind.RetryUntil && at.Seen + other == code.Value;
                    at.Part = 0;
                    if (enough)
                    {
                        at.Last = code.Value;
                        break;
                    }
                    step.Read(code.Word);
                    bool retries = code.Kind == MixedKind.RetryUntil;
                    if (!retries) { at.Last = other; }
                    (at.On, at.OnToo, at.SeenToo) = (code.Word, code.Other, other);
                    bool waits = retries ? word == at.Seen : word == at.Seen;
                    if (!waits && retries) { continue; }
                    if (!waits) { break; }
                    at.Waits = retries ? Waiting.Retries : Waiting.Spins;
                    return false;
                case MixedKind.Park or MixedKind.ParkFor:
                    step.Read(code.Word);
                    if (word != code.Comparand)
                    {
                        at.Last = code.Kind == MixedKind.ParkFor ? 1 : at.Last;
                        break;
                    }
                    step.Write(Queues + code.Word);
                    (at.Waits, at.On) = (code.Kind == MixedKind.Park ? Waiting.Sleeps : Waiting.SleepsForATime, code.Word);
                    return false;
                case MixedKind.Wake or MixedKind.WakeAll:
                    step.Read(Queues + code.Word);
                    for (int i = 0; i < state.At.Length; i++)
                    {
                        ref Place sleeper = ref state.At[i];
                        if (sleeper.Waits is not (Waiting.Sleeps or Waiting.SleepsForATime) || sleeper.On != code.Word) { continue; }
                        sleeper.WasTimed = sleeper.Waits == Waiting.SleepsForATime;
                        sleeper.Waits = Waiting.Woken;
                        step.Write(Queues + code.Word);
                        step.Woken |= 1u << i;
                        if (code.Kind == MixedKind.Wake) { break; }
                    }
                    break;
                default:
                    if (at.Last != code.Value) { break; }
                    Violations.Add(MixedModel.KindOf(code));
                    return true;
            }
            at.Next++;
        }
        return false;
    }

    // What a step of an actor that waited begins with.
    private void Resume(State state, ref Place at, Taken step)
    {
        switch (at.Waits)
        {
            case Waiting.Spins:
                step.Read(at.On);
                // WaitUntil looks again; SpinLate is over.
                if (_code[step.Actor][at.Next].Kind == MixedKind.SpinLate) { at.Next++; }
                else { at.Last = at.Operand - _code[step.Actor][at.Next].Value; }
                break;
            case Waiting.Retries:
                step.Read(at.On);
                step.Read(at.OnToo);
                break;
            case Waiting.SleepsForATime:
                step.Write(Queues + at.On);
                at.Last = 0;
                at.Next++;
                break;
            case Waiting.Woken:
                step.FollowsWaker = true;
                if (_code[step.Actor][at.Next].Kind == MixedKind.ParkFor) { at.Last = 1; }
                at.Next++;
                break;
        }
        at.Waits = Waiting.No;
    }

    // Of each step, by actor: how many steps of every actor happen before it. Two runs with the same are the same trace.
    private string Canonical()
    {
        int actors = _code.Length;
        int[][] clocks = new int[_run.Count][];
        int[] taken = new int[actors];
        StringBuilder[] lines = [.. Enumerable.Range(0, actors).Select(_ => new StringBuilder())];
        for (int j = 0; j < _run.Count; j++)
        {
            Taken step = _run[j];
            int[] clock = clocks[j] = new int[actors];
            for (int i = 0; i < j; i++)
            {
                bool woke = step.FollowsWaker && (_run[i].Woken & (1u << step.Actor)) != 0;
                if (_run[i].Actor != step.Actor && !woke && !step.Conflicts(_run[i])) { continue; }
                for (int a = 0; a < actors; a++) { clock[a] = Math.Max(clock[a], clocks[i][a]); }
            }
            clock[step.Actor] = ++taken[step.Actor];
            lines[step.Actor].Append('(').AppendJoin(',', clock).Append(';').AppendJoin(',', step.Choices).Append(')');
        }
        return string.Join('|', lines.Select(line => line.ToString()));
    }

    private enum Waiting
    {
        No,
        Spins,
        Retries,
        Sleeps,
        SleepsForATime,
        Woken,
    }

    private struct Place
    {
        public int Next;
        public int Part;
        public int Last;
        public int Operand;
        public Waiting Waits;
        public bool WasTimed;
        public int On;
        public int OnToo;
        public int Seen;
        public int SeenToo;
    }

    private sealed class State(int actors)
    {
        public int[] Words { get; private init; } = new int[Wide + 2];

        public Place[] At { get; private init; } = new Place[actors];

        public State Copy() => new(0) { Words = [.. Words], At = [.. At] };

        public int Set(int location, int value, Taken step)
        {
            if (Words[location] == value) { step.Read(location); }
            else { step.Write(location); }
            Words[location] = value;
            return value;
        }
    }

    private sealed class Taken(int actor, int[] choices)
    {
        private readonly HashSet<int> _touched = [];
        private readonly HashSet<int> _written = [];

        public int Actor { get; } = actor;

        public int[] Choices { get; } = choices;

        public uint Woken { get; set; }

        public bool FollowsWaker { get; set; }

        public void Read(int location) => _touched.Add(location);

        public void Write(int location)
        {
            _touched.Add(location);
            _written.Add(location);
        }

        public bool Conflicts(Taken other) => _written.Overlaps(other._touched) || _touched.Overlaps(other._written);
    }
}
