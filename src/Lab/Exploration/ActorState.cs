using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>What an actor waits for.</summary>
internal enum WaitKind : byte
{
    /// <summary>Nothing: it can run.</summary>
    None,

    /// <summary>Until a word differs from a value.</summary>
    Spin,

    /// <summary>Until any word that the attempt read or wrote differs from what it left there.</summary>
    Retry,

    /// <summary>Asleep on a word: only a wake ends it.</summary>
    Sleep,

    /// <summary>Asleep with a time-out: to pick it is to let the time pass.</summary>
    TimedSleep,

    /// <summary>Woken, and not yet picked since.</summary>
    Woken,
}

/// <summary>One logged seam result: what the re-run of an operation is answered with.</summary>
internal struct LogEntry
{
    public long Result;
    public long After;
    public int Location;
    public byte Code;
}

/// <summary>Everything the search must restore of an actor. Logs are append-only within a run, so a count restores them.</summary>
internal struct ActorState
{
    /// <summary>Hash of what the actor observed since its operation began.</summary>
    public StateHash Observed;

    /// <summary>Index of the operation that it is in, or the number of operations when done.</summary>
    public int Operation;

    /// <summary>Log entries in all, and where those of the current operation and attempt begin.</summary>
    public int LogCount;
    public int LogStart;
    public int AttemptStart;

    /// <summary>Of the current operation: entries that do not count, since they repeat what came before a wait.</summary>
    public int Folded;

    /// <summary>Values of canonical words that the operation holds.</summary>
    public int HeldCount;
    public int HeldStart;

    /// <summary>The store buffer: the oldest entry and the one after the youngest.</summary>
    public int PendingHead;
    public int PendingTail;

    public int WaitLocation;
    public int WaitSeen;

    /// <summary>Points of the run when the program of an actor that repeats began again.</summary>
    public int BeganAt;

    /// <summary>Place in what is known of the operations; 0: none is.</summary>
    public int Node;

    /// <summary>The actor's part of the state's key, while <see cref="PartIsStale"/> is false.</summary>
    public StateHash Part;

    public WaitKind Wait;

    /// <summary>True when a decision has paid for the actor's next access already.</summary>
    public bool Resumed;
    public bool Done;
    public bool PartIsStale;
}
