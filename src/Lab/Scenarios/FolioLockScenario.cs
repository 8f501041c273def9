using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Lab.Scenarios;

/// <summary>The folio lock and the wait table under each kind of waiter, hand-off, time-out and cancellation.</summary>
internal sealed class FolioLockScenario : Scenario
{
    private static readonly WaitOptions s_oneBucket = new() { Buckets = 1, Unfairness = 1 };

    public override string Slug => "folio-lock";

    public override string Question => "Is the folio lock exclusive and does every waiter wake, whatever waits beside it or times out?";

    public override string Origin => "MemCore";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Clean("exclusive", "L-1", "Waiters is set before Locked is tested; unlock clears the one and reads the other at once", () => new Exclusive(s_oneBucket)),
        Clean("hand-off", "L-2", "with no unfairness the waker takes the bit for the waiter and it stays set", () => new Exclusive(s_oneBucket with { Unfairness = 0 })),
        Clean("shared", "L-3", "shared waiters in front of the first exclusive one wake with it, the rest with a later unlock", () => new Shared()),
        Clean("put-and-wait", "L-4", "the folio lives while the waiter queues; afterwards the waiter never touches it", () => new PutAndWait()),
        Clean("without-reference", "L-5", "the page-table lock over the entry keeps the folio locked and alive while the waiter queues", () => new WithoutReference()),
        Clean("time-out", "L-7", "so does one whose time ran out at the moment it was chosen", () => new TimedOut()),
        Clean("one-bucket", "L-8", "folios that share a queue do not wake or forget each other's waiters", () => new Colliding()),
        Clean("requeue", "L-9", "a waiter is unlinked before it learns of its wake, so it may queue for another folio at once", () => new Requeuing()),

        Planted("unlock-forgets-waiters", "L-1a", PlantedBug.UnlockForgetsWaiters, "nobody walks the queue", [ViolationKind.LostWake], () => new Exclusive(s_oneBucket)),
        Planted("waiters-after-test", "L-1b", PlantedBug.WaitersAfterTest, "the unlock between test and bit sees no waiter", [ViolationKind.LostWake], () => new Exclusive(s_oneBucket)),
        Planted("queue-after-test", "L-1c", PlantedBug.EnqueueOutsideBucketLock, "the walk between test and append finds no entry", [ViolationKind.LostWake], () => new Exclusive(s_oneBucket)),
        Planted("hand-off-drops-lock", "L-2a", PlantedBug.HandOffDropsLock, "the receiver believes in a lock that a third one takes", [ViolationKind.DoubleOwner, ViolationKind.ForeignUnlock, ViolationKind.DataMismatch], () => new Exclusive(s_oneBucket with { Unfairness = 0 })),
        Planted("wake-stops-early", "L-3a", PlantedBug.WakeStopsEarly, "one unlock must wake all shared waiters: the last unlock leaves one asleep", [ViolationKind.LostWake], () => new Shared()),
        Planted("waiters-cleared-early", "L-3b", PlantedBug.WaitersClearedTooEarly, "the next unlock does not see those still queued", [ViolationKind.LostWake], () => new Exclusive(s_oneBucket)),
        Planted("retest-after-wake", "L-4a", PlantedBug.RetestAfterWake, "the waiter looks at a folio that it has put", [ViolationKind.UseAfterFree], () => new PutAndWait()),
        Planted("put-before-queue", "L-4b", PlantedBug.PutBeforeQueue, "the last reference goes before the waiter is queued: it marks and waits for a free folio", [ViolationKind.UseAfterFree, ViolationKind.LostWake], () => new PutAndWait()),
        Planted("put-and-wait-tests-first", "L-4c", PlantedBug.WaitersAfterTest, "001-V12b: the unlock between test and bit sees no waiter, and nobody unlocks again", [ViolationKind.LostWake], () => new PutAndWait()),
        Planted("unlink-after-woken", "L-8a", PlantedBug.UnlinkAfterWoken, "the waiter may be in another queue by the time it is taken out of the first", [ViolationKind.BrokenList, ViolationKind.LostWake, ViolationKind.StuckState, ViolationKind.Deadlock], () => new Requeuing()),
        Planted("wake-matches-bucket", "L-8b", PlantedBug.WakeMatchesBucket, "the one wake of an unlock goes to a waiter for another folio, or gives it a lock that it did not ask for", [ViolationKind.LostWake, ViolationKind.ForeignUnlock, ViolationKind.DoubleOwner], () => new Colliding()),
        Planted("gave-up-no-recheck", "L-7a", PlantedBug.GaveUpWithoutRecheck, "chosen and out of time at once: it is taken out of the queue twice, and keeps the wake", [ViolationKind.LostWake, ViolationKind.BrokenList, ViolationKind.StuckState], () => new TimedOut()),
        Variation("wait-after-unlock", "L-5a", "001-V10: the page-table lock is gone before the waiter queues", [ViolationKind.UseAfterFree], () => new WithoutReference(s_oneBucket with { QueueUnderPageTableLock = false })),
    ];

    // Cheap enough to go beyond the two preemptions that the catalogue asks for.
    private static Variant Clean(string slug, string id, string because, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Because = because, Build = _ => build(), Preemptions = 4 };

    private static Variant Planted(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Planted = bug, Sometimes = kinds, Build = _ => build(), Preemptions = 3 };

    private static Variant Variation(string slug, string id, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Sometimes = kinds, Build = _ => build(), Preemptions = 3 };

    private sealed class Exclusive : LockMachine
    {
        public Exclusive(WaitOptions options)
            : base(options, 3)
        {
            for (int t = 0; t < 3; t++)
            {
                Add($"locker {(char)('A' + t)}", Op("lock, change, unlock", task => LockInsideUnlock(task, P)));
            }
        }
    }

    private sealed class Shared : LockMachine
    {
        public Shared()
            : base(s_oneBucket, 3)
        {
            Add("owner", Op("lock, change, unlock", task => LockInsideUnlock(task, P)));
            Add("waiter A", Op("wait", task => Lock.WaitUnlocked(task, P)));
            Add("waiter B", Op("wait", task => Lock.WaitUnlocked(task, P)));
        }
    }

    /// <summary>An owner that holds the lock from the start, then unlocks and puts; two tasks that put and wait.</summary>
    private sealed class PutAndWait : LockMachine
    {
        public PutAndWait()
            : base(s_oneBucket, 3)
        {
            Lock.Lock(new TaskId(0), P);
            Add("owner", Op("unlock, put", task =>
            {
                Lock.Unlock(task, P);
                Put(task, P);
            }));
            Add("waiter A", Op("put and wait", task => Lock.PutAndWait(task, P, this)));
            Add("waiter B", Op("put and wait", task => Lock.PutAndWait(task, P, this)));
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            Bug.If(FrameTable.IsAllocated(Table.Generation(P)), ViolationKind.RefLeak, "every holder put, but nobody freed the folio");
        }
    }

    /// <summary>A migrator that ends a migration (entry away, unlock, put) against faulters that wait on the entry.</summary>
    private sealed class WithoutReference : LockMachine
    {
        private readonly Column<int> _entry; // (P) 1: a migration entry to P
        private readonly Column<int> _pageTableLock;

        public WithoutReference()
            : this(s_oneBucket)
        {
        }

        public WithoutReference(WaitOptions options)
            : base(options, 1)
        {
            _entry = Arena.Add<int>("pte", 1, ColumnKind.State);
            _pageTableLock = Arena.Add<int>("ptl", 1, ColumnKind.State);
            _entry[0] = 1;
            Lock.Lock(new TaskId(0), P);
            Add("migrator", ("remap, unlock, put", Remap));
            Add("faulter A", ("fault", Fault));
            Add("faulter B", ("fault", Fault));
        }

        private WordLock PageTable => new(ref _pageTableLock[0], Cpus.Ranks, LockRank.PageTable);

        private void Remap(TaskId task)
        {
            PageTable.Lock(task);
            Atomic.Note("remap");
            Atomic.Store(ref _entry[0], 0);
            PageTable.Unlock(task);
            Lock.Unlock(task, P);
            Put(task, P);
        }

        private void Fault(TaskId task)
        {
            PageTable.Lock(task);
            if (Atomic.Load(ref _entry[0]) == 0)
            {
                PageTable.Unlock(task);
                return;
            }
            Lock.WaitWithoutReference(task, P, PageTable);
        }
    }

    private sealed class TimedOut : LockMachine
    {
        public TimedOut()
            : base(s_oneBucket, 3)
        {
            Add("owner", Op("lock, change, unlock", task => LockInsideUnlock(task, P)));
            Add("B, timed", Op("lock for", task =>
            {
                if (Lock.LockFor(task, P, 1) != WaitResult.Done) { return; }
                Inside(task, P);
                Lock.Unlock(task, P);
            }));
            Add("locker C", Op("lock, change, unlock", task => LockInsideUnlock(task, P)));
        }
    }

    private sealed class Colliding : LockMachine
    {
        public Colliding()
            : base(s_oneBucket, 3)
        {
            Add("owner", Op("lock both", task =>
            {
                Lock.Lock(task, P);
                Lock.Lock(task, Q);
                Inside(task, Q);
                Lock.Unlock(task, Q);
                Inside(task, P);
                Lock.Unlock(task, P);
            }));
            Add("on P", Op("lock, change, unlock", task => LockInsideUnlock(task, P)));
            Add("on Q", Op("lock, change, unlock", task => LockInsideUnlock(task, Q)));
        }
    }

    /// <summary>A task waits for one folio and, as soon as it is woken, for another one whose queue is a different one.</summary>
    private sealed class Requeuing : LockMachine
    {
        public Requeuing()
            : base(s_oneBucket with { Buckets = 4 }, 3)
        {
            Lock.Lock(new TaskId(0), P);
            Lock.Lock(new TaskId(2), Q);
            Add("owner of P", Op("unlock P", task => Lock.Unlock(task, P)));
            Add("waiter", Op("wait for P", task => Lock.WaitUnlocked(task, P)), Op("wait for Q", task => Lock.WaitUnlocked(task, Q)));
            Add("owner of Q", Op("unlock Q", task => Lock.Unlock(task, Q)));
        }
    }
}
