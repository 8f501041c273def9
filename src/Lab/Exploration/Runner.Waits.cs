using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <content>Actors that wait: for what, until when, and who of them would find it.</content>
internal partial class Runner
{
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

    // Of those that wait for something, who would find it.
    private uint Unblocked()
    {
        uint enabled = 0;
        for (uint left = _blocked & ~_done; left != 0; left &= left - 1)
        {
            int actor = Lowest(left);
            ref ActorState s = ref _states[actor];
            bool can = s.Wait switch
            {
                WaitKind.Woken or WaitKind.TimedSleep => true,
                WaitKind.Spin => (int)Seen(actor, s.WaitLocation) != s.WaitSeen,
                WaitKind.Retry => AttemptIsOutdated(actor, ref s),
                _ => false,
            };
            if (can) { enabled |= 1u << actor; }
        }
        return enabled;
    }

    private void WaitFor(int actor, WaitKind kind, int location, int seen)
    {
        ref ActorState s = ref _states[actor];
        s.Wait = kind;
        s.WaitLocation = location;
        s.WaitSeen = seen;
        s.PartIsStale = true;
        _blocked |= 1u << actor;
    }

    private void EndWait(int actor)
    {
        ref ActorState s = ref _states[actor];
        s.Wait = WaitKind.None;
        s.WaitLocation = s.WaitSeen = 0;
        s.PartIsStale = true;
        _blocked &= ~(1u << actor);
    }

    private void Finish(int actor)
    {
        _states[actor].Done = true;
        _states[actor].PartIsStale = true;
        _done |= 1u << actor;
    }

    private bool AttemptIsOutdated(int actor, ref ActorState s)
    {
        LogEntry[] log = _logs[actor];
        for (int i = s.LogCount - 1; i >= s.AttemptStart; i--)
        {
            ref LogEntry e = ref log[i];
            if (e.Location < 0 || e.Code == WakeCode || LaterEntryFor(log, e.Location, i + 1, s.LogCount)) { continue; }
            bool wide = (e.Code & WideBit) != 0;
            long now = Seen(actor, e.Location, wide);
            if (now != e.After) { return true; }
        }
        return false;
    }

    private static bool LaterEntryFor(LogEntry[] log, int location, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            if (log[i].Location == location && log[i].Code != WakeCode) { return true; }
        }
        return false;
    }
}
