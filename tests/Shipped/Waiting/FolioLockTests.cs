using MemCore.Frames;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Tests.Waiting;

/// <summary>Each way to wait for a folio lock, one at a time.</summary>
public sealed class FolioLockTests
{
    private static readonly Pfn s_folio = new(7);
    private static readonly WaitOptions s_strict = new() { Unfairness = 0 };

    [Fact]
    public void AFreeLockIsTakenOnceAndGivenBack()
    {
        using LockRig rig = new(tasks: 2);
        Assert.True(rig.Lock.TryLock(LockRig.Self, s_folio));
        Assert.False(rig.Lock.TryLock(new TaskId(1), s_folio));
        rig.Lock.Unlock(LockRig.Self, s_folio);
        Assert.Equal(PageFlags.None, rig.Frames.Flags(s_folio).Read());
        Assert.True(rig.Lock.TryLock(new TaskId(1), s_folio));
    }

    [Fact]
    public void UnlockOfAnUnlockedFolioIsABug()
    {
        using LockRig rig = new(tasks: 1);
        BugException bug = Assert.Throws<BugException>(() => rig.Lock.Unlock(LockRig.Self, s_folio));
        Assert.Equal(ViolationKind.ForeignUnlock, bug.Kind);
    }

    [Fact]
    public void AWaitingLockerIsWokenByTheUnlock()
    {
        using LockRig rig = new(tasks: 2);
        rig.Lock.Lock(LockRig.Self, s_folio);
        rig.StartQueued(1, task =>
        {
            rig.Lock.Lock(task, s_folio);
            rig.Lock.Unlock(task, s_folio);
        });
        Assert.True(rig.Frames.Flags(s_folio).Has(PageFlags.Waiters));
        rig.Lock.Unlock(LockRig.Self, s_folio);
        rig.EndAll();
        Assert.False(rig.Frames.Flags(s_folio).Has(PageFlags.Locked));
    }

    [Fact]
    public void StrictLockersGetTheLockInTheOrderInWhichTheyQueued()
    {
        using LockRig rig = new(tasks: 6, s_strict);
        List<int> order = [];
        rig.Lock.Lock(LockRig.Self, s_folio);
        for (int t = 1; t < 6; t++)
        {
            rig.StartQueued(t, task =>
            {
                rig.Lock.Lock(task, s_folio);
                order.Add(task.Value);
                rig.Lock.Unlock(task, s_folio);
            });
        }
        rig.Lock.Unlock(LockRig.Self, s_folio);
        rig.EndAll();
        Assert.Equal([1, 2, 3, 4, 5], order);
        Assert.Equal(5, rig.Events.Sum(EventCounter.LockHandedOff));
    }

    [Fact]
    public void AHandOffLeavesNoMomentForAThief()
    {
        using LockRig rig = new(tasks: 2, s_strict);
        using ManualResetEventSlim mayUnlock = new();
        rig.Lock.Lock(LockRig.Self, s_folio);
        rig.StartQueued(1, task =>
        {
            rig.Lock.Lock(task, s_folio);
            mayUnlock.Wait();
            rig.Lock.Unlock(task, s_folio);
        });
        rig.Lock.Unlock(LockRig.Self, s_folio);
        Assert.False(rig.Lock.TryLock(LockRig.Self, s_folio));
        mayUnlock.Set();
        rig.EndAll();
    }

    [Fact]
    public void ALockerIsRobbedAtMostAsOftenAsTheUnfairnessAllows()
    {
        WaitOptions options = new() { Unfairness = 2 };
        for (int round = 0; round < 1000; round++)
        {
            using LockRig rig = new(tasks: 2, options);
            using ManualResetEventSlim mayUnlock = new();
            rig.Lock.Lock(LockRig.Self, s_folio);
            rig.StartQueued(1, task =>
            {
                rig.Lock.Lock(task, s_folio);
                mayUnlock.Wait();
                rig.Lock.Unlock(task, s_folio);
            });
            int steals = 0;
            rig.Lock.Unlock(LockRig.Self, s_folio);
            while (rig.Lock.TryLock(LockRig.Self, s_folio))
            {
                steals++;
                Assert.True(steals <= options.Unfairness, "robbed once too often");
                rig.Until(() => rig.Events.Sum(EventCounter.LockRobbed) == steals && rig.Table.WaitsFor(new TaskId(1)).IsWaiting, "the robbed locker queues again");
                bool demands = (rig.Table.WaitsFor(new TaskId(1)).Flags & WaiterFlags.HandOff) != 0;
                Assert.Equal(steals == options.Unfairness, demands);
                rig.Lock.Unlock(LockRig.Self, s_folio);
            }
            mayUnlock.Set();
            rig.EndAll();

            // A round in which the waiter was faster than the thief says nothing about the bound.
            if (steals == options.Unfairness)
            {
                Assert.Equal(1, rig.Events.Sum(EventCounter.LockHandedOff));
                return;
            }
        }
        Assert.Fail("in no round the thief was fast enough");
    }

    [Fact]
    public void OneUnlockWakesEverySharedWaiterInFrontOfTheFirstLocker()
    {
        using LockRig rig = new(tasks: 5, s_strict);
        using ManualResetEventSlim mayUnlock = new();
        rig.Lock.Lock(LockRig.Self, s_folio);
        rig.StartQueued(1, task => rig.Lock.WaitUnlocked(task, s_folio));
        rig.StartQueued(2, task => rig.Lock.WaitUnlocked(task, s_folio));
        rig.StartQueued(3, task =>
        {
            rig.Lock.Lock(task, s_folio);
            mayUnlock.Wait();
            rig.Lock.Unlock(task, s_folio);
        });
        rig.StartQueued(4, task => rig.Lock.WaitUnlocked(task, s_folio));
        rig.Lock.Unlock(LockRig.Self, s_folio);

        // The walk is over: who stands behind the locker waits for the locker's own unlock.
        Assert.Equal([false, false, false, true], Enumerable.Range(1, 4).Select(t => rig.Table.WaitsFor(new TaskId(t)).IsWaiting));
        mayUnlock.Set();
        rig.EndAll();
    }

    [Fact]
    public void ASharedWaiterReturnsAlthoughTheLockIsTakenAgain()
    {
        using LockRig rig = new(tasks: 3);
        rig.Lock.Lock(LockRig.Self, s_folio);
        rig.StartQueued(1, task => Assert.Equal(WaitResult.Done, rig.Lock.WaitUnlocked(task, s_folio)));
        rig.StartQueued(2, task => Assert.Equal(WaitResult.Done, rig.Lock.WaitUnlocked(task, s_folio)));
        rig.Lock.Unlock(LockRig.Self, s_folio);
        Assert.True(rig.Lock.TryLock(LockRig.Self, s_folio));
        rig.EndAll();
        Assert.True(rig.Frames.Flags(s_folio).Has(PageFlags.Locked));
    }

    [Fact]
    public void AnUnlockedFolioIsNotWaitedFor()
    {
        using LockRig rig = new(tasks: 1);
        CountingRelease release = new();
        Assert.Equal(WaitResult.Done, rig.Lock.WaitUnlocked(LockRig.Self, s_folio));
        Assert.Equal(WaitResult.Done, rig.Lock.PutAndWait(LockRig.Self, s_folio, release));
        Assert.Equal(1, release.Released);
        rig.PageTableLock().Lock(LockRig.Self);
        Assert.Equal(WaitResult.Done, rig.Lock.WaitWithoutReference(LockRig.Self, new Pfn(8), rig.PageTableLock()));
        Assert.True(rig.PageTableLock().TryLock(LockRig.Self));
        Assert.Equal(0, rig.Events.Sum(EventCounter.WaiterSlept));
        rig.AssertAtRest();
    }

    [Fact]
    public void AFreezeSucceedsWhilePutAndWaitWaitersSleep()
    {
        using LockRig rig = new(tasks: 4);
        CountingRelease release = new();
        rig.Lock.Lock(LockRig.Self, s_folio);
        for (int t = 1; t < 4; t++)
        {
            rig.Frames.Ref(s_folio).Get();
            rig.Start(t, task => Assert.Equal(WaitResult.Done, rig.Lock.PutAndWait(task, s_folio, release)));
        }
        rig.Until(() => rig.Table.QueuedAtRest() == 3 && rig.Frames.Ref(s_folio).CountUnsafe == 1, "all have queued and dropped their references");
        Assert.True(rig.Frames.Ref(s_folio).TryFreeze(1));
        rig.Frames.Ref(s_folio).Unfreeze(1);
        rig.Lock.Unlock(LockRig.Self, s_folio);
        rig.EndAll();
        Assert.Equal(0, release.Released);
    }

    [Fact]
    public void PutAndWaitReleasesTheFolioWhenItsReferenceWasTheLast()
    {
        using LockRig rig = new(tasks: 2);
        CountingRelease release = new();
        rig.Lock.Lock(LockRig.Self, s_folio);

        // The lock's owner lives without a reference here, so the waiter's is the last one.
        rig.Start(1, task => rig.Lock.PutAndWait(task, s_folio, release));
        rig.Until(() => release.Released == 1, "the waiter dropped the last reference");
        rig.UntilQueued(1);
        rig.Lock.Unlock(LockRig.Self, s_folio);
        rig.EndAll();
        Assert.Equal(0, rig.Frames.Ref(s_folio).CountUnsafe);
    }

    [Fact]
    public void AWaiterWithoutReferenceGivesThePageTableBackOnceItIsQueued()
    {
        using LockRig rig = new(tasks: 2);
        rig.Lock.Lock(LockRig.Self, s_folio);
        rig.Start(1, task =>
        {
            rig.PageTableLock().Lock(task);
            Assert.Equal(WaitResult.Done, rig.Lock.WaitWithoutReference(task, s_folio, rig.PageTableLock()));
        });
        rig.UntilQueued(1);
        rig.PageTableLock().Lock(LockRig.Self);
        rig.PageTableLock().Unlock(LockRig.Self);
        Assert.Equal(1, rig.Frames.Ref(s_folio).CountUnsafe);
        rig.Lock.Unlock(LockRig.Self, s_folio);
        rig.EndAll();
    }

    [Fact]
    public void ATimedOutLockerLeavesNothingBehind()
    {
        using LockRig rig = new(tasks: 2);
        rig.Lock.Lock(LockRig.Self, s_folio);
        foreach (int timeoutMs in new[] { 0, 5 })
        {
            rig.Start(1, task => Assert.Equal(WaitResult.TimedOut, rig.Lock.LockFor(task, s_folio, timeoutMs)));
            rig.EndAll();
        }
        Assert.Equal(2, rig.Events.Sum(EventCounter.LockTimedOut));
        rig.Lock.Unlock(LockRig.Self, s_folio);

        // The stale Waiters bit costs that unlock one empty walk, and is gone.
        Assert.Equal(1, rig.Events.Sum(EventCounter.WaitersStale));
        Assert.Equal(PageFlags.None, rig.Frames.Flags(s_folio).Read());
        Assert.Equal(WaitResult.Done, rig.Lock.LockFor(LockRig.Self, s_folio, timeoutMs: 0));
    }

    [Fact]
    public void ACancellationEndsAKillableWaitAndNoOther()
    {
        using LockRig rig = new(tasks: 3);
        rig.Lock.Lock(LockRig.Self, s_folio);
        rig.StartQueued(1, task => Assert.Equal(WaitResult.Cancelled, rig.Lock.LockKillable(task, s_folio)));
        rig.StartQueued(2, task =>
        {
            rig.Lock.Lock(task, s_folio);
            rig.Lock.Unlock(task, s_folio);
        });
        rig.Lock.Cancel(new TaskId(1));
        rig.Lock.Cancel(new TaskId(2));
        rig.Until(() => rig.Table.QueuedAtRest() == 1, "the killable waiter has left the queue");
        Assert.True(rig.Table.WaitsFor(new TaskId(2)).IsWaiting);
        rig.Lock.Unlock(LockRig.Self, s_folio);
        rig.EndAll();
        Assert.Equal(1, rig.Events.Sum(EventCounter.LockCancelled));
    }

    [Fact]
    public void APendingCancellationStaysUntilItIsCleared()
    {
        using LockRig rig = new(tasks: 2);
        TaskId other = new(1);
        rig.Lock.Cancel(LockRig.Self);
        Assert.Equal(WaitResult.Done, rig.Lock.LockKillable(LockRig.Self, new Pfn(1)));
        rig.Lock.Lock(other, s_folio);
        Assert.Equal(WaitResult.Cancelled, rig.Lock.LockKillable(LockRig.Self, s_folio));
        Assert.Equal(WaitResult.Cancelled, rig.Lock.WaitUnlocked(LockRig.Self, s_folio, killable: true));
        Assert.Equal(WaitResult.TimedOut, rig.Lock.LockFor(LockRig.Self, s_folio, timeoutMs: 0));
        rig.Lock.ClearCancel(LockRig.Self);
        Assert.Equal(WaitResult.TimedOut, rig.Lock.WaitUnlocked(LockRig.Self, s_folio, killable: true, timeoutMs: 0));
        rig.AssertAtRest();
    }

    [Fact]
    public void AnUnlockLeavesTheWaitersOfAnotherFolioInTheSameBucketAsleep()
    {
        using LockRig rig = new(tasks: 2, new WaitOptions { Buckets = 1 });
        Pfn other = new(8);
        rig.Lock.Lock(LockRig.Self, s_folio);
        rig.Lock.Lock(LockRig.Self, other);
        rig.StartQueued(1, task => rig.Lock.WaitUnlocked(task, other));
        Assert.Equal(WaitResult.TimedOut, rig.Lock.LockFor(LockRig.Self, s_folio, timeoutMs: 0));
        rig.Lock.Unlock(LockRig.Self, s_folio);
        Assert.Equal(1, rig.Events.Sum(EventCounter.BucketCollision));
        Assert.True(rig.Table.WaitsFor(new TaskId(1)).IsWaiting);
        rig.Lock.Unlock(LockRig.Self, other);
        rig.EndAll();
    }

    [Fact]
    public void WaitersAreDescribedByTaskFolioAndKind()
    {
        using LockRig rig = new(tasks: 3, s_strict);
        rig.Lock.Lock(LockRig.Self, s_folio);
        rig.StartQueued(1, task => rig.Lock.WaitUnlocked(task, s_folio));
        rig.StartQueued(2, task =>
        {
            rig.Lock.Lock(task, s_folio);
            rig.Lock.Unlock(task, s_folio);
        });
        List<string> lines = [];
        rig.Table.DescribeWaiters(lines.Add);
        Assert.Equal(2, lines.Count);
        Assert.StartsWith("task 1 (asleep) waits for the unlock of folio 0x7", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("task 2 (asleep) waits for hand-off of the lock of folio 0x7", lines[1], StringComparison.Ordinal);
        rig.Lock.Unlock(LockRig.Self, s_folio);
        rig.EndAll();
    }

    [Fact]
    public void NothingIsAllocatedOnTheWay()
    {
        using LockRig rig = new(tasks: 2, s_strict);
        TaskId waiter = new(1);
        long before = 0;
        for (int round = 0; round < 3; round++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            rig.Lock.Lock(LockRig.Self, s_folio);
            rig.Table.TryQueue(waiter, s_folio, WaiterFlags.Exclusive | WaiterFlags.HandOff);
            rig.Lock.Unlock(LockRig.Self, s_folio);
            rig.Table.Sleep(waiter, s_folio, killable: false, timeoutMs: 0, out _);
            rig.Lock.Unlock(waiter, s_folio);
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
