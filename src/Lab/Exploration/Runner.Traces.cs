using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <content>What a search that reduces by independence must know of words and waits, and runs that go on after a violation.</content>
internal partial class Runner
{
    /// <summary>The actor whose operation raised the violation; negative: a check at rest did.</summary>
    public int Crashed { get; private set; } = NoActor;

    /// <summary>False while a run goes on after a violation of a step invariant.</summary>
    public bool StepChecks { get; set; } = true;

    /// <summary>False while a run goes on after a violation: how it ends says nothing.</summary>
    public bool EndChecks { get; set; } = true;

    public int WordCount => _wordCount;

    /// <summary>Words that the step invariants look at, as far as is known. Grows while they are checked.</summary>
    public int WatchedWords
    {
        get
        {
            int watched = 0;
            foreach (bool word in _watched) { watched += word ? 1 : 0; }
            return watched;
        }
    }

    /// <summary>True for words that no decision reads.</summary>
    public bool IsBookkeeping(int location) => _policy[location] == NotHashed;

    public bool IsWatched(int location) => _hasStepCheck && _watched[location];

    /// <summary>The words of the attempt that ends in a retry; halves of wide words each.</summary>
    public void AddAttempt(int actor, Action<int> add)
    {
        ref ActorState s = ref _states[actor];
        for (int i = s.AttemptStart; i < s.LogCount; i++)
        {
            LogEntry entry = _logs[actor][i];
            if (entry.Location < 0 || entry.Code == WakeCode) { continue; }
            add(entry.Location);
            if ((entry.Code & WideBit) != 0) { add(entry.Location + 1); }
        }
    }

    /// <summary>True: the actor waits for the word to differ from a value, and now it equals it.</summary>
    public bool WaitsInVainFor(int actor, int location)
    {
        ref ActorState s = ref _states[actor];
        if (s.Wait == WaitKind.Spin) { return s.WaitLocation == location && (int)Word(location) == s.WaitSeen; }
        if (s.Wait != WaitKind.Retry) { return false; }
        LogEntry[] log = _logs[actor];
        for (int i = s.LogCount - 1; i >= s.AttemptStart; i--)
        {
            ref LogEntry e = ref log[i];
            bool wide = (e.Code & WideBit) != 0;
            if (e.Location < 0 || e.Code == WakeCode || (e.Location != location && !(wide && e.Location + 1 == location))) { continue; }
            if (LaterEntryFor(log, e.Location, i + 1, s.LogCount)) { continue; }
            if ((wide ? WideWord(e.Location) : (int)Word(e.Location)) == e.After) { return true; }
        }
        return false;
    }

    /// <summary>The actor takes no further step: what it did stays, and the others go on.</summary>
    public void Stop(int actor) => Finish(actor);
}
