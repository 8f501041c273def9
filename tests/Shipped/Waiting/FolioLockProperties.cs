using System.Collections.Concurrent;
using CsCheck;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Tests.Waiting;

/// <summary>Steps that are plain under the lock: whatever several threads make of them, some order of the same steps gives the same value.</summary>
public sealed class FolioLockProperties
{
    [Theory]
    [InlineData(5, 64)]
    [InlineData(1, 0)]
    [InlineData(0, 0)]
    public void GuardedStepsHaveAnOrder(int unfairness, int spinAttempts)
    {
        const int Tasks = 32;
        using LockRig rig = new(Tasks, new WaitOptions { Unfairness = unfairness, SpinAttempts = spinAttempts, Buckets = 4 });
        ConcurrentBag<int> tasks = [.. Enumerable.Range(0, Tasks)];
        int folios = 0;
        Gen.Int[0, 5].Select(value => new Guarded(rig, tasks, new Pfn(Interlocked.Increment(ref folios) % rig.Frames.Frames)) { Value = value }).SampleParallel(
            [
                Gen.Int[1, 3].Operation<Guarded>(n => $"add {n}", (guarded, n) => guarded.Under((table, task, pfn) => table.Lock(task, pfn), value => value + n)),
                Gen.Operation<Guarded>("double", guarded => guarded.Under((table, task, pfn) => table.LockKillable(task, pfn), value => value * 2)),
                Gen.Operation<Guarded>("negate", guarded => guarded.Under((table, task, pfn) => table.LockFor(task, pfn, timeoutMs: 60_000), value => -value)),
                Gen.Operation<Guarded>("wait", guarded => guarded.Do((table, task, pfn) => table.WaitUnlocked(task, pfn))),
            ],
            equal: (a, b) => a.Value == b.Value, print: guarded => $"{guarded.Value}", iter: 60, threads: 3);
        rig.AssertAtRest();
    }

    private sealed class Guarded(LockRig rig, ConcurrentBag<int> tasks, Pfn pfn)
    {
        public int Value { get; set; }

        public void Under(Action<FolioLock, TaskId, Pfn> take, Func<int, int> step) => Do((table, task, folio) =>
        {
            take(table, task, folio);
            Value = step(Value);
            table.Unlock(task, folio);
        });

        public void Do(Action<FolioLock, TaskId, Pfn> act)
        {
            Assert.True(tasks.TryTake(out int task), "more threads than tasks");
            act(rig.Lock, new TaskId(task), pfn);
            tasks.Add(task);
        }
    }
}
