using MemCore.Frames;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Tests.Waiting;

/// <summary>All waiter kinds at once on real threads. MEMCORE_STRESS=1 makes the runs longer.</summary>
public sealed class FolioLockStress(ITestOutputHelper output)
{
    private static readonly int s_rounds = Environment.GetEnvironmentVariable("MEMCORE_STRESS") == "1" ? 200_000 : 4_000;

    [Theory]
    [InlineData(2, 1, 256, 5, true)]
    [InlineData(4, 1, 256, 5, true)]
    [InlineData(4, 3, 1, 5, false)]
    [InlineData(8, 1, 256, 0, true)]
    [InlineData(8, 4, 1, 1, false)]
    [InlineData(6, 1, 256, int.MaxValue, true)]
    public void WhateverTheyWaitForOnlyOneOwnsTheLock(int tasks, int folios, int buckets, int unfairness, bool keepsBit)
    {
        WaitOptions options = new() { Buckets = buckets, Unfairness = unfairness, HandOffKeepsBit = keepsBit, SpinAttempts = tasks % 4 == 0 ? 0 : 64 };
        using LockRig rig = new(tasks, options);
        CountingRelease release = new();
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        long[] inside = new long[folios];
        long[] entered = new long[folios];
        long[] locked = new long[tasks];
        int running = tasks;
        rig.RunAll(tasks, task =>
        {
            Random random = new(seed + task.Value);
            for (int i = 0; i < s_rounds; i++)
            {
                int f = random.Next(folios);
                Pfn folio = new(f);
                WaitResult result = WaitResult.Cancelled;
                bool locks = true;
                switch (random.Next(10))
                {
                    case 0: locks = false; rig.Lock.WaitUnlocked(task, folio, killable: true); break;
                    case 1: locks = false; rig.Frames.Ref(folio).Get(); rig.Lock.PutAndWait(task, folio, release); break;
                    case 2:
                        locks = false;
                        rig.PageTableLock().Lock(task);
                        rig.Lock.WaitWithoutReference(task, folio, rig.PageTableLock());
                        break;
                    case 3: result = rig.Lock.LockFor(task, folio, random.Next(3)); break;
                    case 4 or 5: result = rig.Lock.LockKillable(task, folio); break;
                    case 6: result = rig.Lock.TryLock(task, folio) ? WaitResult.Done : WaitResult.TimedOut; break;
                    case 7: locks = false; rig.Lock.Cancel(new TaskId(random.Next(tasks))); break;
                    default: rig.Lock.Lock(task, folio); result = WaitResult.Done; break;
                }
                if (result == WaitResult.Cancelled && locks) { rig.Lock.ClearCancel(task); }
                if (!locks || result != WaitResult.Done) { continue; }
                Assert.Equal(1, ++inside[f]);
                entered[f]++;
                locked[task.Value]++;
                if (random.Next(8) == 0) { Thread.Yield(); }
                inside[f]--;
                rig.Lock.Unlock(task, folio);
            }
            rig.Lock.ClearCancel(task);
            Interlocked.Decrement(ref running);
        });
        Assert.Equal(locked.Sum(), entered.Sum());
        Assert.Equal(0, running);
        Assert.Equal(0, release.Released);
        for (int f = 0; f < folios; f++)
        {
            Assert.False(rig.Frames.Flags(new Pfn(f)).Has(PageFlags.Locked));
            Assert.Equal(1, rig.Frames.Ref(new Pfn(f)).CountUnsafe);
        }
        foreach (EventCounter counter in Enumerable.Range((int)EventCounter.LockFast, EventCounter.BucketCollision - EventCounter.LockFast + 1).Select(c => (EventCounter)c))
        {
            output.WriteLine($"{counter} {rig.Events.Sum(counter)}");
        }
    }

    /// <summary>Lockers that are cancelled at random moments: each must end, although nobody but them gives the lock back.</summary>
    [Fact]
    public void CancellationsLoseNoWake()
    {
        const int Lockers = 4;
        using LockRig rig = new(Lockers + 1, new WaitOptions { SpinAttempts = 0, Unfairness = int.MaxValue });
        Pfn folio = new(3);
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        int running = Lockers;
        long counter = 0;
        long done = 0;
        rig.RunAll(Lockers + 1, task =>
        {
            Random random = new(seed + task.Value);
            while (task.Value == Lockers && Volatile.Read(ref running) > 0)
            {
                rig.Lock.Cancel(new TaskId(random.Next(Lockers)));
                if (random.Next(4) == 0) { Thread.Yield(); }
            }
            for (int i = 0; task.Value < Lockers && i < s_rounds; i++)
            {
                if (rig.Lock.LockKillable(task, folio) == WaitResult.Done)
                {
                    counter++;
                    Interlocked.Increment(ref done);
                    if (random.Next(4) == 0) { Thread.Yield(); }
                    rig.Lock.Unlock(task, folio);
                }
                else
                {
                    rig.Lock.ClearCancel(task);
                }
            }
            if (task.Value < Lockers)
            {
                Interlocked.Decrement(ref running);
                rig.Lock.ClearCancel(task);
            }
        });
        Assert.Equal(done, counter);
        output.WriteLine($"cancelled {rig.Events.Sum(EventCounter.LockCancelled)}, passed on {rig.Events.Sum(EventCounter.LockWakePassedOn)}");
    }
}
