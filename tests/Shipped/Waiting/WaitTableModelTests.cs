using MemCore.Frames;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Tests.Waiting;

/// <summary>One thread acts for every task, so that queue and wake can be compared with a list step by step.</summary>
public sealed class WaitTableModelTests(ITestOutputHelper output)
{
    private const int Tasks = 6;
    private const int Folios = 3;

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(4, true)]
    public void QueueAndWalkAgreeWithAList(int buckets, bool keepsBit)
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        using LockRig rig = new(Tasks, new WaitOptions { Buckets = buckets, HandOffKeepsBit = keepsBit });
        List<(int Task, int Folio, WaiterFlags Kind)> queue = [];
        int[] owner = [-1, -1, -1];
        bool[] asleep = new bool[Tasks];
        for (int step = 0; step < 20_000; step++)
        {
            TaskId task = new(random.Next(Tasks));
            int f = random.Next(Folios);
            Pfn folio = new(f);
            if (asleep[task.Value])
            {
                // Somebody else's turn; now and then the sleeper gives up.
                if (random.Next(10) == 0) { GiveUp(rig, queue, asleep, owner, task); }
                continue;
            }
            if (owner[f] == task.Value)
            {
                rig.Lock.Unlock(task, folio);
                owner[f] = -1;
                ModelWalk(queue, owner, f);
            }
            else
            {
                WaiterFlags kind = random.Next(3) switch { 0 => WaiterFlags.Shared, 1 => WaiterFlags.Exclusive, _ => WaiterFlags.Exclusive | WaiterFlags.HandOff };
                bool queued = rig.Table.TryQueue(task, folio, kind);
                Assert.Equal(owner[f] >= 0, queued);
                if (queued)
                {
                    queue.Add((task.Value, f, kind));
                    asleep[task.Value] = true;
                }
                else if (kind != WaiterFlags.Shared)
                {
                    owner[f] = task.Value;
                }
            }
            WakeSleepers(rig, queue, asleep, owner);
            AssertSame(rig, queue, owner);
        }
    }

    // What one unlock does: everybody shared up to the first locker, and that one only if the lock is free for it.
    private static void ModelWalk(List<(int Task, int Folio, WaiterFlags Kind)> queue, int[] owner, int f)
    {
        for (int i = 0; i < queue.Count; i++)
        {
            (int task, int folio, WaiterFlags kind) = queue[i];
            if (folio != f) { continue; }
            bool exclusive = (kind & WaiterFlags.Exclusive) != 0;
            if (exclusive && owner[f] >= 0) { return; }
            queue.RemoveAt(i--);
            if ((kind & WaiterFlags.HandOff) != 0) { owner[f] = task; }
            if (exclusive) { return; }
        }
    }

    // Whoever the table chose returns from its sleep at once; a locker without hand-off gives the wake to the next one here.
    private static void WakeSleepers(LockRig rig, List<(int Task, int Folio, WaiterFlags Kind)> queue, bool[] asleep, int[] owner)
    {
        for (int t = 0; t < Tasks; t++)
        {
            TaskId task = new(t);
            if (!asleep[t] || rig.Table.WaitsFor(task).IsWaiting) { continue; }
            Assert.DoesNotContain(queue, entry => entry.Task == t);
            asleep[t] = false;
            Assert.Equal(WaitResult.Done, rig.Table.Sleep(task, new Pfn(0), killable: true, timeoutMs: 0, out WaiterFlags end));
            Assert.True((end & WaiterFlags.Woken) != 0);
            Assert.Equal((end & WaiterFlags.HandOff) != 0, (end & WaiterFlags.Done) != 0);
            if ((end & WaiterFlags.Done) != 0) { Assert.Contains(t, owner); }
        }
    }

    private static void GiveUp(LockRig rig, List<(int Task, int Folio, WaiterFlags Kind)> queue, bool[] asleep, int[] owner, TaskId task)
    {
        int at = queue.FindIndex(entry => entry.Task == task.Value);
        Pfn folio = new(queue[at].Folio);
        Assert.Equal(WaitResult.TimedOut, rig.Table.Sleep(task, folio, killable: false, timeoutMs: 0, out WaiterFlags end));
        Assert.Equal(queue[at].Kind, end);
        queue.RemoveAt(at);
        asleep[task.Value] = false;
        AssertSame(rig, queue, owner);
    }

    private static void AssertSame(LockRig rig, List<(int Task, int Folio, WaiterFlags Kind)> queue, int[] owner)
    {
        Assert.Equal(queue.Count, rig.Table.QueuedAtRest());
        foreach ((int task, int folio, WaiterFlags kind) in queue)
        {
            Assert.Equal(new WaitReport(new TaskId(task), new Pfn(folio), kind), rig.Table.WaitsFor(new TaskId(task)));
            Assert.True(rig.Frames.Flags(new Pfn(folio)).Has(PageFlags.Waiters));
        }
        for (int f = 0; f < Folios; f++) { Assert.Equal(owner[f] >= 0, rig.Frames.Flags(new Pfn(f)).Has(PageFlags.Locked)); }
    }
}
