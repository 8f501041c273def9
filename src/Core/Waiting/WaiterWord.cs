using MemCore.Primitives;

namespace MemCore.Waiting;

/// <summary>What a waiter wants and how far it got.</summary>
[Flags]
internal enum WaiterFlags
{
    /// <summary>Wants to be woken by an unlock; others may be woken by the same one.</summary>
    Shared = 0,

    /// <summary>Wants to own the lock.</summary>
    Exclusive = 1 << 0,

    /// <summary>Was robbed too often: wants the lock handed over.</summary>
    HandOff = 1 << 1,

    /// <summary>Chosen and unlinked by a waker.</summary>
    Woken = 1 << 2,

    /// <summary>Owns the lock: the waker took it for the waiter.</summary>
    Done = 1 << 3,

    /// <summary>A cancellation is pending for the task. Outlives the wait.</summary>
    Killed = 1 << 4,
}

/// <summary>The word that a waiting task sleeps on; one per task, 0 (or Killed) while it does not wait.</summary>
/// <remarks><code>
/// flag        set by                        cleared by
/// Exclusive   the waiter, before it queues  the waiter, at the end
/// HandOff     the waiter, before it queues  the waiter, at the end
/// Woken       the waker, bucket held        the waiter, at the end
/// Done        the waker, bucket held        the waiter, at the end
/// Killed      anybody, at any time          the task itself
/// </code>
/// All changes are atomic, since a cancellation may come at any time. A wake that arrives late finds another wait of the same task
/// and ends one sleep of it early, which its loop tolerates: the word is type-stable.
/// </remarks>
internal readonly ref struct WaiterWord(ref int word)
{
    private readonly ref int _word = ref word;

    public WaiterFlags Read() => (WaiterFlags)Atomic.Load(ref _word);

    /// <summary>Starts a wait of the calling task. Wait-free.</summary>
    public void Begin(WaiterFlags kind)
    {
        if (kind != WaiterFlags.Shared) { Atomic.Or(ref _word, (int)kind); }
    }

    /// <summary>Ends the wait; a pending cancellation stays. Wait-free.</summary>
    public void End() => Atomic.And(ref _word, (int)WaiterFlags.Killed);

    /// <summary>Tells the waiter that it was chosen. Releases. The waiter is unlinked: from here on the slot is its own again.</summary>
    /// <remarks>Pairs with WaiterWord.Sleep: to see Woken is to see what the unlocker wrote.</remarks>
    public void MarkWoken(bool owns) => Atomic.Or(ref _word, (int)(owns ? WaiterFlags.Woken | WaiterFlags.Done : WaiterFlags.Woken));

    /// <summary>Makes a cancellation pending. The caller wakes the word.</summary>
    public void Kill() => Atomic.Or(ref _word, (int)WaiterFlags.Killed);

    public void ClearKill() => Atomic.And(ref _word, ~(int)WaiterFlags.Killed);

    /// <summary>Ends one sleep on the word, if there is one. The word was changed before.</summary>
    public void Wake() => Atomic.Wake(ref _word);

    /// <summary>Sleeps until the word says Woken, or until a cancellation or the time-out (negative: none). Blocking on the lock's holder.</summary>
    /// <remarks>Done: Woken was seen. Otherwise the waiter may have been chosen meanwhile: only the bucket lock tells.</remarks>
    public WaitResult Sleep(bool killable, int timeoutMs, out WaiterFlags seen)
    {
        while (true)
        {
            // Pairs with WaiterWord.MarkWoken.
            seen = Read();
            if ((seen & WaiterFlags.Woken) != 0) { return WaitResult.Done; }
            if (killable && (seen & WaiterFlags.Killed) != 0) { return WaitResult.Cancelled; }
            if (timeoutMs < 0) { Atomic.Park(ref _word, (int)seen); }
            else if (!Atomic.ParkFor(ref _word, (int)seen, timeoutMs)) { return WaitResult.TimedOut; }
        }
    }
}
