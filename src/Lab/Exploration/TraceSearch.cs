using System.Diagnostics;
using System.Numerics;

namespace MemCore.Lab.Exploration;

/// <summary>Source-DPOR with sleep sets: one run of each Mazurkiewicz trace, without bound.</summary>
/// <remarks>
/// After Abdulla, Aronis, Jonsson and Sagonas, "Optimal dynamic partial order reduction", POPL 2014. Two runs are the same trace when one
/// becomes the other by swapping neighbours that are independent (<see cref="Footprints"/>). Each step of a run is compared with the
/// earlier ones that it is ordered after directly; where another order is possible, the node before the earlier one gets an actor that
/// begins it. What differs from the paper, because actors wait and runs break:
/// <list type="bullet">
/// <item>the test of a wait is a read: who ends the wait is ordered before what follows, and only orders in which the wait is over are tried;</item>
/// <item>where a step turns a word back on which an enabled actor waits, all enabled actors are tried;</item>
/// <item>a choice branches inside its step, and its alternatives sleep and wake one by one;</item>
/// <item>a run goes on after a violation, without the actor that raised it, so that the orders which it hides are seen; of several
/// violations in a run those count that do not come after another one.</item>
/// </list>
/// </remarks>
internal sealed partial class TraceSearch : IDecider
{
    private readonly Runner _runner;
    private readonly Footprints _footprints;
    private readonly List<Step> _pool = [];
    private readonly List<Choice> _choices = [];
    private readonly int[] _lastOf; // by actor: its last step in the run at hand, or -1
    private readonly List<short> _path = [];
    private int _depth;
    private bool _open; // the top step is being taken
    private bool _blocked; // the run at hand repeats another one
    private int _preset = -1;
    private long _executions;
    private long _blockedRuns;
    private long _cutOff;
    private int _longest;

    /// <param name="runner">At its initial state, of sequentially consistent memory.</param>
    public TraceSearch(Runner runner)
    {
        _runner = runner;
        _footprints = new Footprints(runner);
        _lastOf = new int[runner.ActorCount];
    }

    /// <summary>True: the search ends with the first run that shows a violation.</summary>
    public bool FirstOnly { get; init; }

    /// <summary>Searches all traces. True: to the end, with no run cut off.</summary>
    public bool Search(SearchCounts counts, Func<bool> expired)
    {
        long stepsBefore = _runner.Steps;
        ITraceSink? sink = _runner.Trace;
        _runner.Trace = _footprints;
        bool ended;
        int watched;
        do
        {
            // A word that a step invariant was seen to read only later may have been reduced away before: once more, with all that are known.
            watched = _runner.WatchedWords;
            ended = SearchOnce(expired);
        }
        while (ended && _runner.WatchedWords != watched);
        counts.Executions += _executions;
        counts.Blocked += _blockedRuns;
        counts.CutOff += _cutOff;
        counts.LongestRun = Math.Max(counts.LongestRun, _longest);
        counts.Steps += _runner.Steps - stepsBefore;
        counts.Fraction = ended ? 1 : Fraction();
        _runner.Trace = sink;
        Report(counts);
        return ended && _cutOff == 0;
    }

    public int Pick(int current, uint enabled)
    {
        if (_open && !Close())
        {
            _blocked = true;
            return -1;
        }
        Step node = At(_depth);
        if (_depth == 0) { node.Sleep.Clear(); }
        else
        {
            Step before = _pool[_depth - 1];
            node.Sleep.Follow(before.Sleep, before.Actor, before.Done & ~(1u << before.Actor), _footprints);
        }
        uint awake = enabled & ~node.Sleep.Asleep();
        if (awake == 0)
        {
            _blocked = true;
            return -1;
        }
        _depth++;
        int first = current >= 0 && (awake & (1u << current)) != 0 ? current : Runner.Lowest(awake);
        node.Enabled = enabled;
        node.Backtrack = node.Done = 1u << first;
        node.PathLength = _path.Count;
        node.TrailCount = _runner.TrailCount;
        node.RunPoints = _runner.RunPoints;
        if ((enabled & (enabled - 1)) != 0) { _runner.States.CopyTo(node.Saved); }
        node.FirstTouch = _footprints.Count;
        _footprints.Begin();
        Begin(node, first);
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
            _choices.Add(new Choice
            {
                Step = _depth - 1,
                Of = count,
                PathLength = _path.Count,
                TrailCount = _runner.TrailCount,
                Saved = _runner.States.ToArray(),
                Touches = _footprints.Copy(_pool[_depth - 1].FirstTouch, _footprints.Count),
                Wakes = _footprints.Wakes,
            });
        }
        _path.Add(Schedule.Choice(value));
        return value;
    }

    private bool SearchOnce(Func<bool> expired)
    {
        _executions = _blockedRuns = _cutOff = 0;
        _longest = 0;
        _depth = 0;
        _path.Clear();
        _choices.Clear();
        _broken.Clear();
        _found.Clear();
        _open = false;
        _preset = -1;
        Array.Fill(_lastOf, -1);
        _footprints.Restart(0, [], 0);
        _runner.Reset();
        _runner.StepChecks = _runner.EndChecks = true;
        Pace pace = new(expired);
        RunToItsEnd(-1);
        while (Backtrack(out int first))
        {
            if (pace.IsOver(_runner.Steps)) { return false; }
            if (FirstOnly && _found.Count > 0) { return false; }
            RunToItsEnd(first);
        }
        return true;
    }

    private void RunToItsEnd(int first)
    {
        _blocked = false;
        RunEnd end = _runner.Run(this, first);
        while (true)
        {
            if (_open && !Close()) { _blocked = true; }
            if (_blocked)
            {
                _blockedRuns++;
                return;
            }
            if (end != RunEnd.Violated) { break; }
            bool stuckOrDone = _runner.Crashed < 0 && _runner.Enabled() == 0;
            NoteViolation(stuckOrDone);
            if (stuckOrDone) { break; }
            if (_runner.Crashed >= 0) { _runner.Stop(_runner.Crashed); }
            else { _runner.StepChecks = false; }
            _runner.EndChecks = false;
            end = _runner.Run(this, -1);
        }
        _executions++;
        _longest = Math.Max(_longest, _path.Count);
        if (end == RunEnd.CutOff) { _cutOff++; }
    }

    private void Begin(Step step, int actor)
    {
        step.Actor = actor;
        _path.Add((short)actor);
        _open = true;
    }

    private bool Backtrack(out int first)
    {
        while (_depth > 0)
        {
            Step step = _pool[_depth - 1];
            while (_choices.Count > 0 && _choices[^1].Step == _depth - 1)
            {
                Choice choice = _choices[^1];
                if (++choice.Value < choice.Of)
                {
                    PutToSleep(step);
                    Restore(step, choice.Saved, choice.TrailCount, choice.PathLength);
                    _footprints.Restart(step.FirstTouch, choice.Touches, choice.Wakes);
                    _preset = choice.Value;
                    _open = true;
                    first = step.Actor;
                    return true;
                }
                _choices.RemoveAt(_choices.Count - 1);
            }
            uint left = step.Backtrack & ~step.Done;
            if (left != 0)
            {
                PutToSleep(step);
                left &= ~step.Sleep.Asleep();
            }
            if (left != 0)
            {
                first = Runner.Lowest(left);
                Restore(step, step.Saved, step.TrailCount, step.PathLength);
                _footprints.Restart(step.FirstTouch, [], 0);
                step.Done |= 1u << first;
                Begin(step, first);
                _runner.Pay(first);
                return true;
            }
            Unlink(step);
            _depth--;
        }
        first = -1;
        return false;
    }

    // Everything after the step has been explored: it sleeps for what follows from its node.
    private void PutToSleep(Step step)
    {
        if (!step.IsLinked || step.Sleeps) { return; }
        step.Sleeps = true;
        step.Sleep.Add(new Alternative(step.Actor, [.. _path[(step.PathLength + 1)..step.PathEnd]], _footprints.Copy(step.FirstTouch, step.EndTouch)));
    }

    private void Restore(Step step, ActorState[] saved, int trailCount, int pathLength)
    {
        Unlink(step);
        _runner.UndoTo(trailCount);
        _runner.Restore(saved);
        _runner.RunPoints = step.RunPoints;
        _path.RemoveRange(pathLength, _path.Count - pathLength);
    }

    private void Unlink(Step step)
    {
        if (step.IsLinked)
        {
            _lastOf[step.Actor] = step.Previous;
            step.IsLinked = false;
        }
        while (_broken.Count > 0 && _broken[^1] >= _depth - 1) { _broken.RemoveAt(_broken.Count - 1); }
        _runner.EndChecks = _broken.Count == 0;
        _runner.StepChecks = !_broken.Exists(at => at < 0 || !_pool[at].Crashes);
    }

    // The share of the choices on the way to here that lie behind.
    private double Fraction()
    {
        double weight = 1;
        double fraction = 0;
        int choice = 0;
        for (int i = 0; i < _depth; i++)
        {
            Step step = _pool[i];
            int of = Math.Max(1, BitOperations.PopCount(step.Done | (step.Backtrack & ~step.Sleep.Asleep())));
            fraction += weight * (BitOperations.PopCount(step.Done) - 1) / of;
            weight /= of;
            for (; choice < _choices.Count && _choices[choice].Step == i; choice++)
            {
                fraction += weight * _choices[choice].Value / _choices[choice].Of;
                weight /= _choices[choice].Of;
            }
        }
        return fraction;
    }

    private Step At(int depth)
    {
        if (_pool.Count == depth) { _pool.Add(new Step(_runner.ActorCount)); }
        return _pool[depth];
    }

    /// <summary>A node, and the step that is taken from it.</summary>
    private sealed class Step(int actors)
    {
        public uint Enabled;
        public uint Backtrack;
        public uint Done;
        public int PathLength;
        public int PathEnd;
        public int TrailCount;
        public int RunPoints;
        public int FirstTouch;
        public int EndTouch;
        public int Actor;
        public int Number; // among the actor's steps, from 1
        public int Previous; // the actor's step before this one, or -1
        public uint Wakes;
        public WaitKind Ended;
        public bool IsLinked;
        public bool Sleeps; // the step is in the sleep set of its node
        public bool Crashes;

        public ActorState[] Saved { get; } = new ActorState[actors];

        public SleepSet Sleep { get; } = new();

        /// <summary>By actor: how many of its steps happen before this one or are it.</summary>
        public int[] Clock { get; } = new int[actors];
    }

    /// <summary>A free choice inside a step, with what must be put back to choose again.</summary>
    private sealed class Choice
    {
        public required int Step { get; init; }

        public required int Of { get; init; }

        public int Value { get; set; }

        public required int PathLength { get; init; }

        public required int TrailCount { get; init; }

        public required ActorState[] Saved { get; init; }

        public required Touch[] Touches { get; init; }

        public required uint Wakes { get; init; }
    }
}
