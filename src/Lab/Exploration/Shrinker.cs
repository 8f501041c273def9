using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>A smaller run that shows the same kind of violation.</summary>
/// <param name="Decisions">An exact record: it replays.</param>
/// <param name="Preemptions">Of that run.</param>
/// <param name="Without">Operations that it leaves out.</param>
/// <param name="Text">What is broken in it.</param>
/// <param name="Runs">Runs that were tried.</param>
/// <param name="Minimality">What is known about smaller ones, in words.</param>
internal sealed record Shrunk(short[] Decisions, int Preemptions, IReadOnlyList<Omission> Without, string Text, int Runs, string Minimality);

/// <summary>Makes a found run small: fewer operations, then fewer preemptions, fewer switches, fewer steps.</summary>
/// <remarks>
/// Candidates leave something out and are run leniently; what shows the kind and is smaller is taken as it ran. It ends where no single
/// removal helps, or at its limit of runs or of time. A bounded search for fewer preemptions comes first. An operation counts as superfluous only when a control run without it is clean: with the planted
/// mistake off, or, without one, with no preemption. Otherwise leaving it out would be the mistake.
/// </remarks>
internal sealed partial class Shrinker
{
    private readonly ExplorationModel _model;
    private readonly ExplorationOptions _options;
    private readonly ViolationKind _kind;
    private readonly int _runsMax;
    private readonly Func<bool> _expired;
    private readonly List<Omission> _without = [];
    private Runner _runner;
    private LenientRun _lenient;
    private Record _best = null!;
    private int _runs;
    private int _fewest;
    private bool _late;

    /// <param name="model">At its initial state, with its mistake planted.</param>
    /// <param name="options">Memory model and race mode of the runs.</param>
    /// <param name="kind">What must show.</param>
    /// <param name="runsMax">Where it gives up.</param>
    /// <param name="expired">True: the time is over, and it gives up. Null: it never is.</param>
    public Shrinker(ExplorationModel model, ExplorationOptions options, ViolationKind kind, int runsMax = 8_000, Func<bool>? expired = null)
    {
        _model = model;
        _options = options;
        _kind = kind;
        _runsMax = runsMax;
        _expired = expired ?? (() => false);
        _runner = Session.RunnerFor(model, options);
        _lenient = new LenientRun(_runner);
    }

    private bool Exhausted => _runs >= _runsMax || IsLate();

    /// <summary>Shrinks a run that shows the kind. Null: it does not, so nothing is known about it.</summary>
    /// <param name="decisions">An exact record of the run.</param>
    /// <param name="leaveOut">False: all operations stay.</param>
    /// <param name="fewest">The run is known to be one of the fewest preemptions.</param>
    public Shrunk? Shrink(ReadOnlySpan<short> decisions, bool leaveOut = true, bool fewest = false)
    {
        (List<Stretch> stretches, IReadOnlyList<short>[] choices) = LenientRun.Split(decisions);
        if (Try(stretches, choices) is not { } first) { return null; }
        _best = first;
        DropStretches();
        _fewest = fewest ? _best.Preemptions : SearchFewer();
        if (leaveOut) { LeaveOut(); }
        int removals = Settle();
        return new Shrunk(_best.Decisions, _best.Preemptions, [.. _without], _best.Text, _runs, Describe(leaveOut, removals));
    }

    /// <summary>Every single removal of a switch or a choice from a run, each as the stretches and choices that are left.</summary>
    public static IEnumerable<(List<Stretch> Stretches, IReadOnlyList<short>[] Choices)> SingleRemovals(ReadOnlySpan<short> decisions)
    {
        (List<Stretch> stretches, IReadOnlyList<short>[] choices) = LenientRun.Split(decisions);
        return SingleRemovals(stretches, choices);
    }

    private static IEnumerable<(List<Stretch> Stretches, IReadOnlyList<short>[] Choices)> SingleRemovals(List<Stretch> stretches, IReadOnlyList<short>[] choices)
    {
        for (int i = 0; i < stretches.Count; i++)
        {
            // What the stretch did happens later, with the actor's next one; or that one happens now.
            yield return ([.. stretches[..i], .. stretches[(i + 1)..]], choices);
            int next = stretches.FindIndex(i + 1, s => s.Actor == stretches[i].Actor);
            if (next < 0) { continue; }
            List<Stretch> merged = [.. stretches];
            merged[i] = stretches[next];
            merged.RemoveAt(next);
            yield return (merged, choices);
        }
        for (int actor = 0; actor < choices.Length; actor++)
        {
            for (int i = 0; i < choices[actor].Count; i++)
            {
                if (choices[actor][i] == 0) { continue; }
                IReadOnlyList<short>[] changed = [.. choices];
                changed[actor] = [.. choices[actor].Select((value, at) => at == i ? (short)0 : value)];
                yield return (stretches, changed);
            }
        }
    }

    // Delta debugging: large pieces first, down to single ones.
    private void DropStretches()
    {
        for (int size = Math.Max(_best.Stretches.Count / 2, 1); size >= 1 && !Exhausted; size /= 2)
        {
            for (int at = 0; at < _best.Stretches.Count && !Exhausted;)
            {
                List<Stretch> all = _best.Stretches;
                if (!Improve([.. all[..at], .. all[Math.Min(at + size, all.Count)..]], _best.Choices)) { at += size; }
            }
        }
    }

    // A run with one preemption may not be reached from one with six by leaving something out. Returns the bound below which there is none.
    private int SearchFewer()
    {
        DepthFirstSearch search = new(Session.RunnerFor(_model, _options));
        int limit = _runsMax / 2;
        for (int bound = 0; bound < _best.Preemptions; bound++)
        {
            SearchCounts counts = new();
            bool ended = search.Search(bound, counts, () => counts.Executions >= limit || counts.Found.ContainsKey(_kind) || IsLate());
            limit -= (int)counts.Executions;
            if (counts.Found.TryGetValue(_kind, out Found? found))
            {
                (List<Stretch> stretches, IReadOnlyList<short>[] choices) = LenientRun.Split(found.Decisions);
                Improve(stretches, choices);
                return bound;
            }
            if (!ended) { return bound; }
        }
        return _best.Preemptions;
    }

    // Single removals and moved switches until none of them helps. Returns how many removals were tried on the last round.
    private int Settle()
    {
        while (true)
        {
            int tried = 0;
            bool better = false;
            foreach ((List<Stretch> stretches, IReadOnlyList<short>[] choices) in SingleRemovals(_best.Stretches, _best.Choices))
            {
                tried++;
                better = Improve(stretches, choices);
                if (better || Exhausted) { break; }
            }
            if (!better && !Exhausted) { better = MoveSwitches(); }
            if (!better || Exhausted) { return tried; }
        }
    }

    // A switch may cost nothing elsewhere: where the actor waits, or between two of its operations.
    private bool MoveSwitches()
    {
        for (int i = 0; i < _best.Stretches.Count; i++)
        {
            Stretch at = _best.Stretches[i];
            int from = 1;
            for (int before = 0; before < i; before++)
            {
                if (_best.Stretches[before].Actor == at.Actor) { from = _best.Stretches[before].Until + 1; }
            }
            int next = _best.Stretches.FindIndex(i + 1, s => s.Actor == at.Actor);
            int to = next < 0 ? at.Until + 8 : _best.Stretches[next].Until - 1;
            for (int until = from; until <= to && !Exhausted; until++)
            {
                if (until == at.Until) { continue; }
                List<Stretch> moved = [.. _best.Stretches];
                moved[i] = at with { Until = until };
                if (Improve(moved, _best.Choices)) { return true; }
            }
        }
        return false;
    }

    private bool Improve(List<Stretch> stretches, IReadOnlyList<short>[] choices)
    {
        if (Try(stretches, choices) is not { } record || record.CompareTo(_best) >= 0) { return false; }
        _best = record;
        return true;
    }

    private Record? Try(IReadOnlyList<Stretch> stretches, IReadOnlyList<short>[] choices)
    {
        _runs++;
        if (_lenient.Run(stretches, choices) != RunEnd.Violated || _runner.Violation != _kind) { return null; }
        (List<Stretch> taken, IReadOnlyList<short>[] chosen) = LenientRun.Split(_lenient.Taken);
        return new Record(_lenient.Taken.ToArray(), _lenient.Preemptions, taken, chosen, _runner.ViolationText, [.. _lenient.Owners]);
    }

    private bool IsLate() => _late = _late || _expired();

    private string Describe(bool leaveOut, int removals)
    {
        if (_late) { return $"not known to be minimal: shrinking ended with the time, after {_runs} runs"; }
        if (Exhausted) { return $"not known to be minimal: shrinking ended at its limit of {_runsMax} runs"; }
        string fewest = _best.Preemptions == _fewest ? "no run with fewer preemptions shows it; " : string.Empty;
        string operations = leaveOut ? $" {_controls} operations or actors," : string.Empty;
        return $"{fewest}locally minimal: leaving out any one of{operations} {removals} switches or choices shows it with no fewer preemptions, switches or steps, or not at all ({_runs} runs)";
    }

    /// <summary>A run that shows the kind, exactly as it ran.</summary>
    private sealed record Record(
        short[] Decisions, int Preemptions, List<Stretch> Stretches, IReadOnlyList<short>[] Choices, string Text, IReadOnlyList<(int Actor, int Operation)> Owners)
    {
        public int CompareTo(Record other) =>
            (Preemptions, Stretches.Count, Decisions.Length, Chosen).CompareTo((other.Preemptions, other.Stretches.Count, other.Decisions.Length, other.Chosen));

        private int Chosen => Choices.Sum(values => values.Count(value => value != 0));
    }
}
