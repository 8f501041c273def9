namespace MemCore.Waiting;

/// <summary>How a wait ended.</summary>
internal enum WaitResult
{
    /// <summary>What was waited for happened. A locker owns the lock.</summary>
    Done,

    /// <summary>The time passed first. A locker does not own the lock and has used up nobody's wake.</summary>
    TimedOut,

    /// <summary>A cancellation was pending. As for <see cref="TimedOut"/>.</summary>
    Cancelled,
}
