using MemCore.Primitives;

namespace MemCore.Waiting;

/// <summary>The policies of the folio lock and its wait table. Each is read in one place, so a protocol variant is a value of this record.</summary>
internal sealed record WaitOptions
{
    /// <summary>Queues; a power of two. Folios that hash alike share one, and their waiters are told apart by frame number.</summary>
    public int Buckets { get; init; } = 256;

    /// <summary>How often a woken locker may find the lock stolen before it demands that the lock be handed to it. 0: at once.</summary>
    public int Unfairness { get; init; } = 5;

    /// <summary>How often a checked machine lets a waiter be robbed before it calls that a mistake; null: <see cref="Unfairness"/> times.</summary>
    public int? RobbedMost { get; init; }

    /// <summary>Looks at the lock bit before a locker queues; it joins a queue that is there already without looking.</summary>
    public int SpinAttempts { get; init; } = Seam.Exploring ? 0 : 32;

    /// <summary>Pauses between two looks, at most: they double from a few.</summary>
    public int SpinPausesMost { get; init; } = 32;

    /// <summary>A locker that gives up after it was chosen wakes the next one. Off: the wake is swallowed.</summary>
    public bool PassWakeOn { get; init; } = true;

    /// <summary>Waiters is set before the lock bit is tested. Off: an unlock between the two is not seen by the waiter.</summary>
    public bool WaitersFirst { get; init; } = true;

    /// <summary>A hand-off moves a lock bit that stays set. Off: the bit is dropped and taken again for the waiter, if nobody was faster.</summary>
    public bool HandOffKeepsBit { get; init; } = true;

    /// <summary>For a waiter that only wants the folio unlocked, being woken is enough. Off: it tests the bit again and may queue again.</summary>
    public bool OneShot { get; init; } = true;

    /// <summary>A waiter without a reference queues before it gives the page-table lock back. Off: after.</summary>
    public bool QueueUnderPageTableLock { get; init; } = true;
}
