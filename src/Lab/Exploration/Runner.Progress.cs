using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>Told when an operation has ended.</summary>
internal interface IOperationSink
{
    /// <param name="actor">Whose.</param>
    /// <param name="operation">Its number in the actor's program.</param>
    /// <param name="steps">Accesses, waits and choices that it took.</param>
    void Ended(int actor, int operation, int steps);
}

/// <content>What searches of cycles and of progress need to know: ends of operations, and waits that come back to where they were.</content>
internal partial class Runner
{
    /// <summary>Where a run is ended that nobody can go on with.</summary>
    public const string Scheduler = "scheduler";

    private (StateHash Observed, int Folded, int HeldCount)[][]? _waited;

    /// <summary>Told of each end of an operation; null: nobody is.</summary>
    public IOperationSink? Operations { get; set; }

    /// <summary>
    /// True: an operation that waited, and has done twice the same with the same results since, counts as being where it was before the
    /// second time. Without it a wait that is disturbed for ever has infinitely many states. Between runs only.
    /// </summary>
    public bool FoldsWaits
    {
        get => _waited is not null;
        set => _waited = value ? [.. Enumerable.Range(0, _actors).Select(_ => new (StateHash, int, int)[64])] : null;
    }

    /// <summary>The last thing that the actor did in its operation, in words.</summary>
    public string DescribeLastStep(int actor)
    {
        ref ActorState s = ref _states[actor];
        if (s.LogCount == s.LogStart) { return "has not begun"; }
        ref LogEntry last = ref _logs[actor][s.LogCount - 1];
        return $"step {s.LogCount - s.LogStart}: {DescribeCode(last.Code)} {DescribeLocation(last.Location)}";
    }

    // The entry that was just appended ends a wait.
    private void Fold(int me)
    {
        ref (StateHash Observed, int Folded, int HeldCount)[] waited = ref _waited![me];
        ref ActorState s = ref _states[me];
        int count = s.LogCount;
        if (count >= waited.Length) { Array.Resize(ref waited, Math.Max(waited.Length * 2, count + 1)); }
        LogEntry[] log = _logs[me];
        for (int period = 1; count - (2 * period) >= s.LogStart; period++)
        {
            ref LogEntry before = ref log[count - 1 - period];
            if (before.Code != log[count - 1].Code || before.Location != log[count - 1].Location || !Repeats(log, count, period)) { continue; }
            (StateHash observed, int folded, int held) = waited[count - period];
            if (held != s.HeldCount) { continue; }
            s.Observed = observed;
            s.Folded = folded + period;
            s.PartIsStale = true;
            break;
        }
        waited[count] = (s.Observed, s.Folded, s.HeldCount);
    }

    private bool Repeats(LogEntry[] log, int count, int period)
    {
        for (int i = count - period; i < count; i++)
        {
            ref LogEntry now = ref log[i];
            ref LogEntry then = ref log[i - period];
            if (now.Code != then.Code || now.Location != then.Location) { return false; }
            if (now.Location >= 0 && _policy[now.Location] == NotHashed) { continue; }
            long mask = now.Location >= 0 && _policy[now.Location] == HashedByMask ? _masks[now.Location] : -1L;
            if (((now.Result ^ then.Result) & mask) != 0 || ((now.After ^ then.After) & mask) != 0) { return false; }
        }
        return true;
    }

    // The program begins again when its actor repeats.
    private void BeginAgain(int actor)
    {
        ref ActorState s = ref _states[actor];
        if (s.Operation < _programs[actor].Count || !_model.Actors[actor].Repeats) { return; }
        if (s.LogCount == s.LogStart || s.BeganAt == RunPoints)
        {
            throw new LabException($"{_model.Actors[actor].Name} repeats, but takes no step that others can come before: it would never let go");
        }
        s.BeganAt = RunPoints;
        s.Operation = 0;
    }
}
