using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <content>Violations: which count, and the smallest schedule that shows each.</content>
internal sealed partial class TraceSearch
{
    private readonly List<int> _broken = []; // steps of the run at hand that a violation came with
    private readonly Dictionary<ViolationKind, Seen> _found = [];

    // Only what the last step depends on is kept: it is a run of its own, and it shows the violation.
    private void NoteViolation(bool atTheEnd)
    {
        int top = _depth - 1;
        bool counts = !_broken.Exists(at => at < 0 || atTheEnd || IsBefore(_pool[at], _pool[top]));
        _broken.Add(top);
        if (top >= 0) { _pool[top].Crashes = _runner.Crashed >= 0; }
        if (!counts) { return; }
        if (!_found.TryGetValue(_runner.Violation, out Seen? seen))
        {
            seen = new Seen();
            _found.Add(_runner.Violation, seen);
        }
        seen.Runs++;
        bool Keep(Step step) => top >= 0 && (atTheEnd || IsBefore(step, _pool[top]));
        int length = 0;
        for (int i = 0; i <= top; i++) { length += Keep(_pool[i]) ? _pool[i].PathEnd - _pool[i].PathLength : 0; }
        if (seen.Decisions is null || length < seen.Decisions.Count) { seen.Decisions = Linearize(Keep); }
    }

    // The same partial order with few switches: who ran last goes on as long as everything before its next step has been taken.
    private List<short> Linearize(Predicate<Step> keep)
    {
        List<Step> left = [];
        for (int i = 0; i < _depth; i++)
        {
            if (keep(_pool[i])) { left.Add(_pool[i]); }
        }
        List<short> decisions = [];
        int[] taken = new int[_runner.ActorCount];
        int last = -1;
        while (left.Count > 0)
        {
            int next = left.FindIndex(step => step.Actor == last);
            if (next < 0 || !IsReady(left[next], taken)) { next = left.FindIndex(step => IsReady(step, taken)); }
            Step step = left[next];
            left.RemoveAt(next);
            last = step.Actor;
            taken[last] = step.Number;
            decisions.AddRange(_path[step.PathLength..step.PathEnd]);
        }
        return decisions;
    }

    private static bool IsReady(Step step, int[] taken)
    {
        for (int actor = 0; actor < taken.Length; actor++)
        {
            if (step.Clock[actor] > taken[actor] + (actor == step.Actor ? 1 : 0)) { return false; }
        }
        return true;
    }

    private static bool IsBefore(Step step, Step later) => step.Number <= later.Clock[step.Actor];

    // Each schedule is repeated: this counts its preemptions, and shows that it shows what it is said to.
    private void Report(SearchCounts counts)
    {
        _runner.StepChecks = _runner.EndChecks = true;
        foreach ((ViolationKind kind, Seen seen) in _found)
        {
            _runner.Reset();
            Replayer replayer = new(seen.Decisions!);
            if (_runner.Run(replayer, -1) != RunEnd.Violated || _runner.Violation != kind)
            {
                throw new LabException($"a run that showed {kind} does not show it without the steps that it does not depend on");
            }
            if (!counts.Found.TryGetValue(kind, out Found? found))
            {
                found = new Found(kind);
                counts.Found.Add(kind, found);
            }
            found.Add(_runner, replayer.Taken.ToArray(), replayer.Preemptions);
            found.Repeat(seen.Runs - 1);
        }
        _runner.Reset();
    }

    private sealed class Seen
    {
        public long Runs { get; set; }

        public List<short>? Decisions { get; set; }
    }
}
