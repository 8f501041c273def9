using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Waiting;

internal sealed partial class WaitTable
{
    // Wakes that wait until the bucket lock is released; a longer walk wakes the rest under it.
    private const int WakesDeferred = 16;

    /// <summary>Wakes who waits for the folio, after its lock bit was cleared. Blocking on the bucket lock.</summary>
    /// <remarks>The caller has a reference, or the lock: the folio's flags are written at the end of the walk.</remarks>
    public void Wake(TaskId waker, Pfn pfn) => Walk(waker, pfn, ownsBit: false);

    /// <summary>Unlocks a folio that has waiters: one that demands the lock gets it with the bit set throughout. The caller owns the lock.</summary>
    public void UnlockAndWake(TaskId waker, Pfn pfn) => Walk(waker, pfn, ownsBit: true);

    // From the head on: every shared waiter of the folio, and the first exclusive one if the bit is free (or ours to give away).
    private void Walk(TaskId waker, Pfn pfn, bool ownsBit)
    {
        Span<int> woken = stackalloc int[WakesDeferred];
        int wokenCount = 0;
        int walked = 0;
        bool matched = false;
        int bucket = BucketOf(pfn);
        WordLock gate = _queues.LockOf(bucket);
        gate.Lock(waker);
        int next;
        for (int entry = _queues.FirstLocked(bucket); entry != 0; entry = next)
        {
            next = _queues.NextLocked(entry);
            walked++;
            if (!_queues.WaitsForLocked(entry, pfn) && !Plant.Is(PlantedBug.WakeMatchesBucket))
            {
                _events.Count(waker, EventCounter.BucketCollision);
                continue;
            }
            matched = true;
            WaiterWord waiter = _queues.WordOf(entry);
            WaiterFlags kind = waiter.Read();
            bool exclusive = (kind & WaiterFlags.Exclusive) != 0;
            bool handOff = (kind & WaiterFlags.HandOff) != 0;
            if (exclusive && !(handOff ? TryHandOver(waker, pfn, entry, ref ownsBit) : IsFree(waker, pfn, ref ownsBit))) { break; }

            // Unlinked before it learns of it: once Woken is set the slot may be in another queue already.
            bool late = Plant.Is(PlantedBug.UnlinkAfterWoken);
            if (!late) { _queues.UnlinkLocked(bucket, entry); }
            waiter.MarkWoken(owns: handOff);
            if (late)
            {
                waiter.Wake();
                _queues.UnlinkLocked(bucket, entry);
            }
            if (wokenCount < woken.Length) { woken[wokenCount++] = entry; }
            else { waiter.Wake(); }
            if (exclusive || Plant.Is(PlantedBug.WakeStopsEarly)) { break; }
        }
        if (ownsBit) { Release(waker, pfn); }
        if (!matched || _queues.FirstLocked(bucket) == 0 || Plant.Is(PlantedBug.WaitersClearedTooEarly))
        {
            _frames.Flags(pfn).Clear(PageFlags.Waiters);
        }
        gate.Unlock(waker);
        for (int i = 0; i < wokenCount; i++) { _queues.WordOf(woken[i]).Wake(); }
        _events.Count(waker, EventCounter.WakeWalks);
        _events.Count(waker, EventCounter.WakeWalked, walked);
        if (!matched) { _events.Count(waker, EventCounter.WaitersStale); }
    }

    // False: somebody stole the bit; his unlock will find the waiter where it is.
    private bool TryHandOver(TaskId waker, Pfn pfn, int entry, ref bool ownsBit)
    {
        FlagsWord folio = _frames.Flags(pfn);
        if (!ownsBit && !folio.TryLock()) { return false; }
        if (ownsBit) { Owners.Drop(waker, pfn); }
        Owners.Take(new TaskId(entry - 1), pfn);
        if (Plant.Is(PlantedBug.HandOffDropsLock)) { folio.UnlockReturnsWaiters(); }
        ownsBit = false;
        return true;
    }

    // False as above. True: free a moment ago; the waiter must still take it, and may be robbed.
    private bool IsFree(TaskId waker, Pfn pfn, ref bool ownsBit)
    {
        if (ownsBit) { Release(waker, pfn); }
        ownsBit = false;
        return !_frames.Flags(pfn).Has(PageFlags.Locked);
    }

    private void Release(TaskId waker, Pfn pfn)
    {
        Owners.Drop(waker, pfn);
        _frames.Flags(pfn).UnlockReturnsWaiters();
    }
}
