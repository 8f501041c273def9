using System.Numerics;

namespace MemCore.Lab.Exploration;

/// <content>What a finished step is ordered after, and which other orders must be tried.</content>
internal sealed partial class TraceSearch
{
    private readonly List<int> _conflicts = [];
    private readonly List<int> _races = [];
    private readonly int[] _firstNumbers = new int[32];

    /// <summary>The top step is over. False: it has been explored before, from here or from a node above.</summary>
    private bool Close()
    {
        _open = false;
        int top = _depth - 1;
        Step step = _pool[top];
        step.PathEnd = _path.Count;
        step.EndTouch = _footprints.Count;
        step.Wakes = _footprints.Wakes;
        step.Ended = _footprints.Ended;
        step.Sleeps = false;
        step.Crashes = false;
        Span<short> choices = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_path)[(step.PathLength + 1)..];
        if (step.Sleep.Holds(step.Actor, choices)) { return false; }

        step.Previous = _lastOf[step.Actor];
        if (step.Previous >= 0)
        {
            _pool[step.Previous].Clock.CopyTo(step.Clock, 0);
            step.Number = _pool[step.Previous].Number + 1;
        }
        else
        {
            Array.Clear(step.Clock);
            step.Number = 1;
        }
        Order(step);
        step.Clock[step.Actor] = step.Number;
        _footprints.Link(top);
        step.IsLinked = true;
        _lastOf[step.Actor] = top;
        foreach (int race in _races) { Reverse(_pool[race], race, step); }
        TryAllWhereAWaitIsTurnedBack(step);
        return true;
    }

    // Fills the clock, and the races: earlier steps that nothing but their conflict orders before this one.
    private void Order(Step step)
    {
        _conflicts.Clear();
        _races.Clear();
        if (step.Previous >= 0 && _pool[step.Previous].Ended is WaitKind.Sleep or WaitKind.TimedSleep)
        {
            int waker = _depth - 2;
            while (waker > step.Previous && (_pool[waker].Wakes & (1u << step.Actor)) == 0) { waker--; }
            if (waker > step.Previous)
            {
                // Without a time-out the sleeper could not have gone first.
                if (_pool[step.Previous].Ended == WaitKind.Sleep) { Join(step, _pool[waker]); }
                else { _conflicts.Add(waker); }
            }
        }
        for (int i = step.FirstTouch; i < step.EndTouch; i++)
        {
            Touch touch = _footprints[i];
            for (int at = _footprints.Latest(touch.Location); at >= 0; at = _footprints[at].Before)
            {
                Touch other = _footprints[at];
                bool conflict = touch.Writes || other.Writes;
                if (conflict && _pool[other.Step].Actor != step.Actor && !_conflicts.Contains(other.Step)) { _conflicts.Add(other.Step); }
                if (other.Writes) { break; }
            }
        }
        _conflicts.Sort();
        for (int i = _conflicts.Count - 1; i >= 0; i--)
        {
            Step other = _pool[_conflicts[i]];
            if (step.Clock[other.Actor] >= other.Number) { continue; }
            _races.Add(_conflicts[i]);
            Join(step, other);
        }
    }

    // What follows the earlier step without depending on it, and then the later one: some actor that begins this is tried before the earlier one.
    private void Reverse(Step earlier, int at, Step later)
    {
        uint seen = 0;
        uint initials = 0;
        for (int i = at + 1; i < _depth; i++)
        {
            Step step = _pool[i];
            if (i < _depth - 1 && step.Clock[earlier.Actor] >= earlier.Number) { continue; }
            uint bit = 1u << step.Actor;
            if ((seen & bit) != 0) { continue; }
            bool first = true;
            for (uint others = seen; others != 0 && first; others &= others - 1)
            {
                int other = BitOperations.TrailingZeroCount(others);
                first = step.Clock[other] < _firstNumbers[other];
            }
            seen |= bit;
            _firstNumbers[step.Actor] = step.Number;
            if (first) { initials |= bit; }
        }
        uint mine = 1u << later.Actor;
        uint asleep = earlier.Sleep.Asleep();
        uint covered = initials & (earlier.Backtrack | asleep);
        if (covered != 0)
        {
            // What sleeps is the later actor's step as it was before the earlier one. Where that is another step than the one taken now,
            // it may depend on steps which this one does not: whoever takes these first has to be tried too.
            if (covered == mine && (asleep & mine) != 0 && !SleepsAsIs(later, earlier.Sleep))
            {
                earlier.Backtrack |= earlier.Enabled;
            }
            return;
        }
        uint possible = initials & earlier.Enabled;
        if ((possible & mine) != 0) { earlier.Backtrack |= mine; }
        else if (possible != 0) { earlier.Backtrack |= possible & (0u - possible); }
    }

    private bool SleepsAsIs(Step step, SleepSet sleep) => sleep.HoldsLike(
        step.Actor, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_path)[(step.PathLength + 1)..step.PathEnd], _footprints.Of(step.FirstTouch, step.EndTouch));

    // An actor that waits was enabled before the step and need not be after it: its step may never come to race with this one.
    private void TryAllWhereAWaitIsTurnedBack(Step step)
    {
        if ((step.Enabled & (step.Enabled - 1)) == 0) { return; }
        for (int actor = 0; actor < _runner.ActorCount; actor++)
        {
            if (actor == step.Actor || _runner.State(actor).Wait is not (WaitKind.Spin or WaitKind.Retry)) { continue; }
            for (int i = step.FirstTouch; i < step.EndTouch; i++)
            {
                Touch touch = _footprints[i];
                if (touch.Writes && _footprints.IsWord(touch.Location) && _runner.WaitsInVainFor(actor, touch.Location)) { step.Backtrack |= step.Enabled; }
            }
        }
    }

    private static void Join(Step step, Step other)
    {
        for (int i = 0; i < step.Clock.Length; i++) { step.Clock[i] = Math.Max(step.Clock[i], other.Clock[i]); }
    }
}
