using System.Numerics;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Waiting;

/// <summary>Where tasks sleep until a folio is unlocked: hashed queues, first in first out, shared by all folios.</summary>
/// <remarks>
/// No wake is lost: a waiter sets Waiters before it tests Locked, both under the bucket lock; an unlocker clears Locked and reads Waiters
/// in one instruction and, having seen it, walks the queue under the bucket lock, hence after the waiter is in it.
/// </remarks>
internal sealed partial class WaitTable
{
    // The 64-bit golden ratio; the top bits of the product choose the bucket.
    private const ulong HashMultiplier = 0x61C8864680B583EB;

    private readonly FrameTable _frames;
    private readonly EventCounters _events;
    private readonly WaitQueues _queues;
    private readonly LockRanks _ranks;
    private readonly int _bucketBits;

    public WaitTable(Arena arena, FrameTable frames, CpuSlots cpus, EventCounters events, WaitOptions options)
    {
        if (!BitOperations.IsPow2(options.Buckets)) { throw new ArgumentException("the number of buckets is a power of two", nameof(options)); }
        ArgumentOutOfRangeException.ThrowIfNegative(options.Unfairness, nameof(options));
        _frames = frames;
        _events = events;
        _ranks = cpus.Ranks;
        _queues = new WaitQueues(arena, cpus.Ranks, options.Buckets, cpus.Tasks);
        _bucketBits = BitOperations.Log2((uint)options.Buckets);
        Options = options;
        Owners = new LockOwners(arena, frames, cpus);
    }

    public WaitOptions Options { get; }

    public LockOwners Owners { get; }

    /// <summary>The queue of a folio; others may share it.</summary>
    public int BucketOf(Pfn pfn) => (int)(((uint)pfn.Value * HashMultiplier) >> 32 >> (32 - _bucketBits));

    /// <summary>Queues the task for the folio's unlock. False: nothing to wait for; an exclusive waiter owns the lock now.</summary>
    /// <remarks>Blocking on the bucket lock. The folio is kept alive by the caller's reference or page-table lock until this returns.</remarks>
    public bool TryQueue(TaskId task, Pfn pfn, WaiterFlags kind)
    {
        int entry = task.Value + 1;
        int bucket = BucketOf(pfn);
        WaiterWord waiter = _queues.WordOf(entry);
        WordLock gate = _queues.LockOf(bucket);
        waiter.Begin(kind);
        bool tooSoon = Plant.Is(PlantedBug.EnqueueOutsideBucketLock);
        bool isDone = tooSoon && NeedNotWait(pfn, kind);
        gate.Lock(task);
        if (!tooSoon) { isDone = NeedNotWait(pfn, kind); }
        Owners.VerifyAlive(pfn);
        if (!isDone) { _queues.AppendLocked(bucket, entry, pfn); }
        else if (_queues.FirstLocked(bucket) == 0)
        {
            // Nobody relies on the flag that was just set: who sets it appends under the same hold of the bucket. Left alone it would send
            // the next unlock on a walk over nothing.
            _frames.Flags(pfn).Clear(PageFlags.Waiters);
        }
        gate.Unlock(task);
        if (isDone) { waiter.End(); }
        if (isDone && (kind & WaiterFlags.Exclusive) != 0) { Owners.Take(task, pfn); }
        return !isDone;
    }

    /// <summary>Sleeps after <see cref="TryQueue"/> and takes the task out of the queue. Blocking on the lock's holder.</summary>
    /// <param name="end">The final flags. Woken: a waker chose the task, even if the result says that it gave up. Done: and it owns the lock.</param>
    /// <remarks>Touches the task's slot and the bucket, never the folio: that may be freed and reborn meanwhile.</remarks>
    public WaitResult Sleep(TaskId task, Pfn pfn, bool killable, int timeoutMs, out WaiterFlags end)
    {
        Bug.If(!_ranks.HoldsNone(task), ViolationKind.LockRank, "task sleeps with a spin lock held");
        int entry = task.Value + 1;
        WaiterWord waiter = _queues.WordOf(entry);
        _events.Count(task, EventCounter.WaiterSlept);
        WaitResult result = waiter.Sleep(killable, timeoutMs, out end);
        if (result != WaitResult.Done)
        {
            int bucket = BucketOf(pfn);
            WordLock gate = _queues.LockOf(bucket);
            gate.Lock(task);

            // Wakers choose under the bucket lock: from here on the answer is final.
            if (!Plant.Is(PlantedBug.GaveUpWithoutRecheck)) { end = waiter.Read(); }
            if ((end & WaiterFlags.Woken) == 0) { _queues.UnlinkLocked(bucket, entry); }
            gate.Unlock(task);
        }
        waiter.End();
        return result;
    }

    /// <summary>Makes a cancellation pending for a task and ends its sleep. Wait-free but for the wake. Anybody may call it.</summary>
    public void Cancel(TaskId victim)
    {
        WaiterWord waiter = _queues.WordOf(victim.Value + 1);
        waiter.Kill();
        waiter.Wake();
    }

    /// <summary>Forgets a pending cancellation. The task itself, outside waits.</summary>
    public void ClearCancel(TaskId task) => _queues.WordOf(task.Value + 1).ClearKill();

    // The bucket lock is held.
    private bool NeedNotWait(Pfn pfn, WaiterFlags kind)
    {
        FlagsWord folio = _frames.Flags(pfn);
        bool exclusive = (kind & WaiterFlags.Exclusive) != 0;
        if (Options.WaitersFirst && !Plant.Is(PlantedBug.WaitersAfterTest))
        {
            // Flag before test: an unlock from here on sees Waiters, and waits for the bucket lock that is held now.
            return !folio.SetWaitersReturnsLocked() && (!exclusive || folio.TryLock());
        }
        if (exclusive ? folio.TryLock() : !folio.Has(PageFlags.Locked)) { return true; }
        folio.Set(PageFlags.Waiters);
        return false;
    }
}
