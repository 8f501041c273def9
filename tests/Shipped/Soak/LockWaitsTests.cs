using MemCore.Allocation;
using MemCore.Engine;
using MemCore.Lab.Soak;
using MemCore.Primitives;

namespace MemCore.Tests.Soak;

public class LockWaitsTests
{
    [Fact]
    public void WhoWaitsIsSeenOnTheFolioHeWaitsFor()
    {
        using Machine machine = new(new MachineOptions { Frames = 1024, Cpus = 2, Tasks = 3 });
        machine.Allocator.FreeRangeAtRest(new Pfn(0), 1024);
        machine.Allocator.RecountAtRest();
        Pfn pfn = machine.Allocator.AllocateFolio(new TaskId(0), 0, MigrateType.Movable);
        LockWaits waits = new(machine.Waiters, machine.Cpus.Tasks);
        machine.Locks.Lock(new TaskId(0), pfn);
        Thread[] waiters = [.. Enumerable.Range(1, 2).Select(task => new Thread(() => LockOnce(machine, new TaskId(task), pfn)))];
        foreach (Thread waiter in waiters) { waiter.Start(); }
        SpinWait.SpinUntil(() => machine.Waiters.WaitsFor(new TaskId(1)).IsWaiting && machine.Waiters.WaitsFor(new TaskId(2)).IsWaiting);

        waits.Look(0.5);
        waits.Look(0.25);
        LockWaitEntry entry = Assert.Single(waits.Top(8));
        machine.Locks.Unlock(new TaskId(0), pfn);
        foreach (Thread waiter in waiters) { waiter.Join(); }
        waits.Look(1);

        Assert.Equal(new LockWaitEntry(pfn, machine.Waiters.BucketOf(pfn), 1.5, 2), entry);
        Assert.Equal(0, Assert.Single(waits.Top(8)).WaitingNow);
    }

    private static void LockOnce(Machine machine, TaskId task, Pfn pfn)
    {
        machine.Locks.Lock(task, pfn);
        machine.Locks.Unlock(task, pfn);
    }
}
