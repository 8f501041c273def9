namespace MemCore.Lab.Histories;

/// <summary>One operation of a history: who called what, what it answered, and between which moments it ran.</summary>
/// <param name="Actor">Who called: the operations of one actor follow each other.</param>
/// <param name="Call">The operation with its arguments.</param>
/// <param name="Result">What it answered. Means nothing while it is pending.</param>
/// <param name="Began">A moment not later than its first effect.</param>
/// <param name="Ended">A moment not earlier than its last effect, or <see cref="HistoryEntry.Pending"/>.</param>
/// <remarks>An operation is before another one if it ended at a smaller moment than the other began. Equal moments are concurrent.</remarks>
public readonly record struct HistoryEntry<TCall>(int Actor, TCall Call, long Result, int Began, int Ended)
{
    /// <summary>True when the operation had not returned: it may have taken effect, or not.</summary>
    public bool IsPending => Ended == HistoryEntry.Pending;

    /// <summary>True when this operation returned before the other was called.</summary>
    public bool Precedes(HistoryEntry<TCall> other) => Ended < other.Began;
}

/// <summary>What histories of any kind have in common.</summary>
public static class HistoryEntry
{
    /// <summary>The end of an operation that has not returned.</summary>
    public const int Pending = int.MaxValue;
}
