using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Waiting;

/// <summary>The folio lock: one bit of the flags word, a queue for who must wait, and every way there is to wait for it.</summary>
/// <remarks>
/// Frames are heads of folios. Lockers and waiters hold a reference for the whole call unless the member says otherwise. A locker may find
/// the lock stolen after it was woken, WaitOptions.Unfairness times at most; then it is handed to it.
/// </remarks>
internal sealed class FolioLock
{
    // About as long as a line takes from core to core: who looks sooner takes it from an owner that is about to give the lock back.
    private const int PausesAtFirst = 4;

    private readonly FrameTable _frames;
    private readonly WaitTable _table;
    private readonly LockOwners _owners;
    private readonly EventCounters _events;
    private readonly WaitOptions _options;

    public FolioLock(FrameTable frames, WaitTable table, EventCounters events)
    {
        _frames = frames;
        _table = table;
        _owners = table.Owners;
        _events = events;
        _options = table.Options;
    }

    /// <summary>Takes the lock if it is free now. Lock-free; never waits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryLock(TaskId task, Pfn pfn)
    {
        if (!_frames.Flags(pfn).TryLock()) { return false; }
        _owners.Take(task, pfn);
        _events.Count(task, EventCounter.LockFast);
        return true;
    }

    /// <summary>Takes the lock. Blocking on its owner; a cancellation does not end it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Lock(TaskId task, Pfn pfn)
    {
        if (!TryLock(task, pfn)) { LockSlow(task, pfn, killable: false, Timeout.Infinite); }
    }

    /// <summary>Takes the lock unless a cancellation is or gets pending while it must wait. Done or Cancelled.</summary>
    public WaitResult LockKillable(TaskId task, Pfn pfn) =>
        TryLock(task, pfn) ? WaitResult.Done : LockSlow(task, pfn, killable: true, Timeout.Infinite);

    /// <summary>Takes the lock unless a sleep lasts longer than <paramref name="timeoutMs"/>. Done or TimedOut.</summary>
    /// <remarks>The time counts from the last time the task was robbed, so the wait ends after Unfairness + 1 such times at the latest.</remarks>
    public WaitResult LockFor(TaskId task, Pfn pfn, int timeoutMs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(timeoutMs);
        return TryLock(task, pfn) ? WaitResult.Done : LockSlow(task, pfn, killable: false, timeoutMs);
    }

    /// <summary>Gives the lock back. One atomic instruction when nobody waits; otherwise blocking on the bucket lock.</summary>
    /// <remarks>The caller owns the lock and a reference, or knows that another one keeps the folio alive until this returns.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Unlock(TaskId task, Pfn pfn)
    {
        FlagsWord folio = _frames.Flags(pfn);

        // A stale "no waiters" is caught by the xadd; it only costs a hand-off that stealers can get in front of, once.
        if (folio.Has(PageFlags.Waiters) && _options.HandOffKeepsBit && !Plant.Is(PlantedBug.UnlockForgetsWaiters))
        {
            _table.UnlockAndWake(task, pfn);
            return;
        }
        _owners.Drop(task, pfn);
        if (folio.UnlockReturnsWaiters()) { _table.Wake(task, pfn); }
    }

    /// <summary>Gives the lock of a frozen folio back with a plain store: wakes nobody. Only sound if nobody waits without a reference.</summary>
    public void UnlockPlain(TaskId task, Pfn pfn)
    {
        _owners.Drop(task, pfn);
        FlagsWord folio = _frames.Flags(pfn);
        folio.Reset(folio.Read() & ~PageFlags.Locked);
    }

    /// <summary>Waits until the lock is free or somebody gave it back. It may be taken again by the time this returns.</summary>
    /// <remarks>Done; or Cancelled, if <paramref name="killable"/> and a cancellation is pending. Blocking on the owner.</remarks>
    public WaitResult WaitUnlocked(TaskId task, Pfn pfn, bool killable = false, int timeoutMs = Timeout.Infinite)
    {
        bool locked = _frames.Flags(pfn).Has(PageFlags.Locked);
        _owners.VerifyAlive(pfn);
        if (!locked || !_table.TryQueue(task, pfn, WaiterFlags.Shared)) { return WaitResult.Done; }
        return SleepShared(task, pfn, killable, timeoutMs);
    }

    /// <summary>As <see cref="WaitUnlocked"/>, for a caller that does not want to keep the folio from being freed while it sleeps.</summary>
    /// <remarks>Drops the caller's reference once it is queued, also if there is nothing to wait for; the folio is not touched after that.</remarks>
    public WaitResult PutAndWait(TaskId task, Pfn pfn, IFolioRelease release, bool killable = false, int timeoutMs = Timeout.Infinite)
    {
        bool tooSoon = Plant.Is(PlantedBug.PutBeforeQueue);
        if (tooSoon && _frames.Ref(pfn).PutTestZero()) { release.Release(task, pfn); }
        bool queued = _table.TryQueue(task, pfn, WaiterFlags.Shared);
        if (!tooSoon && _frames.Ref(pfn).PutTestZero()) { release.Release(task, pfn); }
        return queued ? SleepShared(task, pfn, killable, timeoutMs) : WaitResult.Done;
    }

    /// <summary>As <see cref="WaitUnlocked"/>, for a caller that has no reference but a lock under which the folio cannot die.</summary>
    /// <remarks>
    /// <paramref name="pageTable"/> is held by the caller, over a migration entry to the folio; it is given back once the task is queued.
    /// The folio is not touched after that.
    /// </remarks>
    public WaitResult WaitWithoutReference(TaskId task, Pfn pfn, WordLock pageTable, bool killable = false, int timeoutMs = Timeout.Infinite)
    {
        bool queueFirst = _options.QueueUnderPageTableLock;
        if (!queueFirst) { pageTable.Unlock(task); }
        bool queued = _table.TryQueue(task, pfn, WaiterFlags.Shared);
        if (queueFirst) { pageTable.Unlock(task); }
        return queued ? SleepShared(task, pfn, killable, timeoutMs) : WaitResult.Done;
    }

    /// <summary>A fatal signal for the task: ends its killable waits, this one and later ones, until <see cref="ClearCancel"/>.</summary>
    public void Cancel(TaskId victim) => _table.Cancel(victim);

    /// <summary>The task has dealt with its cancellation.</summary>
    public void ClearCancel(TaskId task) => _table.ClearCancel(task);

    // Being woken is enough. Not so in the variant that tests again: by then the folio may be somebody else's.
    private WaitResult SleepShared(TaskId task, Pfn pfn, bool killable, int timeoutMs)
    {
        bool oneShot = _options.OneShot && !Plant.Is(PlantedBug.RetestAfterWake);
        while (true)
        {
            WaitResult result = _table.Sleep(task, pfn, killable, timeoutMs, out WaiterFlags end);
            if ((end & WaiterFlags.Woken) == 0) { return GaveUp(task, result); }
            if (oneShot || !_table.TryQueue(task, pfn, WaiterFlags.Shared)) { return WaitResult.Done; }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WaitResult LockSlow(TaskId task, Pfn pfn, bool killable, int timeoutMs)
    {
        _events.Count(task, EventCounter.LockSlow);
        if (SpinForLock(task, pfn)) { return WaitResult.Done; }
        WaitResult result = WaitForLock(task, pfn, killable, timeoutMs);
        _owners.EndWait(task);
        return result;
    }

    private WaitResult WaitForLock(TaskId task, Pfn pfn, bool killable, int timeoutMs)
    {
        for (int steals = 0; ; steals++)
        {
            WaiterFlags kind = steals < _options.Unfairness ? WaiterFlags.Exclusive : WaiterFlags.Exclusive | WaiterFlags.HandOff;
            if (!_table.TryQueue(task, pfn, kind)) { return WaitResult.Done; }
            WaitResult result = _table.Sleep(task, pfn, killable, timeoutMs, out WaiterFlags end);
            if ((end & WaiterFlags.Done) != 0)
            {
                // The waker took the lock for this task, and noted it as the owner.
                _events.Count(task, EventCounter.LockHandedOff);
                return WaitResult.Done;
            }
            if (result != WaitResult.Done)
            {
                if ((end & WaiterFlags.Woken) != 0) { PassWakeOn(task, pfn); }
                return GaveUp(task, result);
            }
            if (_frames.Flags(pfn).TryLock())
            {
                _owners.Take(task, pfn);
                return WaitResult.Done;
            }
            _events.Count(task, EventCounter.LockRobbed);
            _owners.Robbed(task, pfn, _options.RobbedMost ?? _options.Unfairness);
        }
    }

    private bool SpinForLock(TaskId task, Pfn pfn)
    {
        if (_options.SpinAttempts == 0 || Atomic.Fails(FaultPoint.SpinSkipped)) { return false; }
        FlagsWord folio = _frames.Flags(pfn);
        int pauses = PausesAtFirst;
        for (int i = 0; i < _options.SpinAttempts; i++)
        {
            PageFlags seen = folio.Read();
            if ((seen & PageFlags.Waiters) != 0) { return false; }
            if ((seen & PageFlags.Locked) == 0 && folio.TryLock())
            {
                _owners.Take(task, pfn);
                return true;
            }

            // Each look takes the line from the owner, so looks get rarer.
            int spins = 0;
            for (int pause = 0; pause < pauses; pause++) { Atomic.Retry(ref spins); }
            pauses = Math.Min(pauses * 2, _options.SpinPausesMost);
        }
        return false;
    }

    // The one wake that an unlock had to spend went to a task that does not want it any more.
    private void PassWakeOn(TaskId task, Pfn pfn)
    {
        if (!_options.PassWakeOn || Plant.Is(PlantedBug.CancelSwallowsWake)) { return; }
        _events.Count(task, EventCounter.LockWakePassedOn);
        _table.Wake(task, pfn);
    }

    private WaitResult GaveUp(TaskId task, WaitResult result)
    {
        _events.Count(task, result == WaitResult.TimedOut ? EventCounter.LockTimedOut : EventCounter.LockCancelled);
        return result;
    }
}
