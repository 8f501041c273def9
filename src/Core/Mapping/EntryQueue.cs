using MemCore.Frames;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Mapping;

/// <summary>Where faults wait for a migration entry itself to go away: 001-V4. Nothing of the folio is touched.</summary>
/// <remarks>
/// Waiters queue while they hold the lock of the entry's table, and who removes an entry holds it too: a removal comes before, and the
/// waiter would have found no entry, or after, and finds the waiter. Every removal must wake, a rollback and a zap as well.
/// </remarks>
internal sealed class EntryQueue(EngineBase engine, int tableOrder)
{
    private const int Buckets = 64;

    private readonly int _buckets = Seam.Exploring ? 1 : Buckets;
    private readonly WaitQueues _queues = new(engine.Arena, engine.Ranks, Seam.Exploring ? 1 : Buckets, engine.Cpus.Tasks, "entry_wait");

    /// <summary>Queues, gives the table's lock back and sleeps. Blocking on who removes the entry.</summary>
    public void Wait(TaskId task, PteSlot slot, WordLock tableLock)
    {
        int entry = task.Value + 1;
        Pfn key = KeyOf(slot);
        WaiterWord waiter = _queues.WordOf(entry);
        WordLock gate = _queues.LockOf(BucketOf(key));
        waiter.Begin(WaiterFlags.Shared);
        gate.Lock(task);
        _queues.AppendLocked(BucketOf(key), entry, key);
        gate.Unlock(task);
        tableLock.Unlock(task);
        engine.Events.Count(task, EventCounter.WaiterSlept);
        waiter.Sleep(killable: false, Timeout.Infinite, out _);
        waiter.End();
    }

    /// <summary>Wakes who waits for the entry. The table's lock is held, and the entry is not a migration entry any more.</summary>
    public void Wake(TaskId waker, PteSlot slot)
    {
        Pfn key = KeyOf(slot);
        int bucket = BucketOf(key);
        WordLock gate = _queues.LockOf(bucket);
        gate.Lock(waker);
        int next;
        for (int entry = _queues.FirstLocked(bucket); entry != 0; entry = next)
        {
            next = _queues.NextLocked(entry);
            if (!_queues.WaitsForLocked(entry, key)) { continue; }
            _queues.UnlinkLocked(bucket, entry);
            WaiterWord waiter = _queues.WordOf(entry);
            waiter.MarkWoken(owns: false);
            waiter.Wake();
        }
        gate.Unlock(waker);
    }

    // Table and index: unlike the page it is one number for all Mms.
    private Pfn KeyOf(PteSlot slot) => new((slot.Slot.Node << tableOrder) | slot.Slot.Index);

    private int BucketOf(Pfn key) => key.Value & (_buckets - 1);
}
