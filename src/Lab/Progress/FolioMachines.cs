using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Lab.Progress;

/// <summary>The folio lock with its wait table, the frame allocator, the batches with the lists behind them.</summary>
internal static class FolioMachines
{
    private const string Owner = "the lock's owner";
    private const string LruLock = "the lru lock";

    public static IEnumerable<CataloguedMachine> All =>
    [
        new("folio lock", () =>
        {
            ProgressMachine m = new();
            Pfn p = m.Folio();
            return m.Task(Lock(p), Unlock(p)).Task(Lock(p), Unlock(p));
        }, 2),
        new("folio lock, tried", () =>
        {
            ProgressMachine m = new();
            Pfn p = m.Folio();
            return m.Task(TryLock(p)).Task(TryLock(p)).Task(new DeclaredOperation("FlagsWord.Set", ProgressGuarantee.WaitFree(1), (e, _) => e.Frames.Flags(p).Set(PageFlags.Dirty)));
        }),
        new("folio lock, cancelled", () =>
        {
            ProgressMachine m = new();
            Pfn p = m.Folio();
            m.Engine.Locks.TryLock(new TaskId(0), p);
            return m.Task(Unlock(p)).Task(LockKillable(p)).Task(Cancel(new TaskId(1)));
        }, 1),
        new("folio lock, timed", () =>
        {
            ProgressMachine m = new();
            Pfn p = m.Folio();
            m.Engine.Locks.TryLock(new TaskId(0), p);
            return m.Task(Unlock(p)).Task(LockFor(p));
        }),
        new("wait table", () =>
        {
            ProgressMachine m = new();
            Pfn p = m.Folio();
            m.Engine.Locks.TryLock(new TaskId(0), p);
            return m.Task(Unlock(p)).Task(WaitUnlocked(p)).Task(WaitUnlocked(p));
        }, 1),
        new("allocator, one CPU", () =>
        {
            ProgressMachine m = new(cpus: 1, tasks: 2);
            Pfn p = m.Folio();
            return m.Task(Allocate).Task(Free(p));
        }, 2),
        new("allocator, two CPUs", () =>
        {
            ProgressMachine m = new();
            Pfn p = m.Folio();
            return m.Task(Allocate).Task(Free(p)).Task(DrainCpu);
        }, 1),
        new("allocator, isolation", () => new ProgressMachine().Task(Isolate, Unisolate).Task(Allocate).Task(Allocate), 1),
        new("batches", () =>
        {
            ProgressMachine m = new();
            Pfn p = m.Folio();
            Pfn q = m.Folio();
            return m.Task(Add(p), Add(q)).Task(DrainBatches).Task(TryIsolate(p));
        }, 1),
        new("batches, all CPUs", () =>
        {
            ProgressMachine m = new();
            Pfn p = m.Folio();
            return m.Task(Add(p)).Task(DrainAll).Task(DrainAll);
        }, 1),
        new("batches, switched off", () =>
        {
            ProgressMachine m = new(tasks: 2);
            Pfn p = m.Folio();
            return m.Task(Add(p)).Task(Disable, Enable);
        }, 2),
        new("isolation", () =>
        {
            ProgressMachine m = new(tasks: 2);
            Pfn p = Listed(m);
            Pfn q = Listed(m);
            return m.Task(TryIsolate(p)).Task(TryIsolate(q), TryIsolate(p));
        }, 2),
        new("putback", () =>
        {
            ProgressMachine m = new(tasks: 2);
            Pfn p = Listed(m);
            m.Engine.Isolation.TryIsolate(new TaskId(0), p);
            return m.Task(Putback(p)).Task(DrainBatches);
        }, 2),
    ];

    private static Pfn Listed(ProgressMachine m)
    {
        Pfn p = m.Folio(2);
        m.Engine.Batches.Add(new TaskId(0), p);
        m.Engine.Batches.DrainCpu(new TaskId(0), new CpuId(0));
        return p;
    }

    private static DeclaredOperation Lock(Pfn p) => new("FolioLock.Lock", ProgressGuarantee.BlockingOn(Owner), (e, t) => e.Locks.Lock(t, p));

    private static DeclaredOperation TryLock(Pfn p) => new("FolioLock.TryLock", ProgressGuarantee.LockFree, (e, t) => e.Locks.TryLock(t, p));

    private static DeclaredOperation Unlock(Pfn p) => new("FolioLock.Unlock", ProgressGuarantee.BlockingOn("the bucket lock"), (e, t) => e.Locks.Unlock(t, p));

    private static DeclaredOperation LockKillable(Pfn p) => new("FolioLock.LockKillable", ProgressGuarantee.BlockingOn(Owner), (e, t) => e.Locks.LockKillable(t, p));

    private static DeclaredOperation LockFor(Pfn p) => new("FolioLock.LockFor", ProgressGuarantee.BlockingOn("the bucket lock"), (e, t) => e.Locks.LockFor(t, p, 1));

    private static DeclaredOperation WaitUnlocked(Pfn p) => new("FolioLock.WaitUnlocked", ProgressGuarantee.BlockingOn(Owner), (e, t) => e.Locks.WaitUnlocked(t, p));

    private static DeclaredOperation Cancel(TaskId victim) => new("FolioLock.Cancel", ProgressGuarantee.WaitFree(2), (e, _) => e.Locks.Cancel(victim));

    private static DeclaredOperation Allocate =>
        new("FrameAllocator.Allocate", ProgressGuarantee.LockFree, (e, t) => e.Allocator.Allocate(t, 0, MigrateType.Movable));

    private static DeclaredOperation Free(Pfn p) => new("FrameAllocator.Put", ProgressGuarantee.LockFree, (e, t) => e.Allocator.Put(t, p));

    private static DeclaredOperation DrainCpu =>
        new("FrameAllocator.DrainCpu", ProgressGuarantee.BlockingOn("the task inside the CPU's guard"), (e, t) => e.Allocator.DrainCpu(t, new CpuId(0)));

    private static DeclaredOperation Isolate => new("FrameAllocator.TryIsolateBlock", ProgressGuarantee.LockFree, (e, t) => e.Allocator.TryIsolateBlock(t, 0));

    private static DeclaredOperation Unisolate => new("FrameAllocator.UnisolateBlock", ProgressGuarantee.LockFree, (e, t) => e.Allocator.UnisolateBlock(t, 0));

    private static DeclaredOperation Add(Pfn p) => new("LruBatches.Add", ProgressGuarantee.BlockingOn("who drains the CPU"), (e, t) => e.Batches.Add(t, p));

    private static DeclaredOperation DrainBatches =>
        new("LruBatches.DrainCpu", ProgressGuarantee.BlockingOn("who parks or drains there"), (e, t) => e.Batches.DrainCpu(t, new CpuId(0)));

    private static DeclaredOperation DrainAll => new("LruDrain.DrainAll", ProgressGuarantee.BlockingOn("another drain, and guards"), (e, t) => e.Drain.DrainAll(t));

    private static DeclaredOperation Disable => new("LruDrain.Disable", ProgressGuarantee.BlockingOn("drains, and tasks inside guards"), (e, t) => e.Drain.Disable(t));

    private static DeclaredOperation Enable => new("LruDrain.Enable", ProgressGuarantee.WaitFree(1), (e, t) => e.Drain.Enable(t));

    private static DeclaredOperation TryIsolate(Pfn p) => new("LruIsolation.TryIsolate", ProgressGuarantee.BlockingOn(LruLock), (e, t) => e.Isolation.TryIsolate(t, p));

    private static DeclaredOperation Putback(Pfn p) => new("LruIsolation.Putback", ProgressGuarantee.BlockingOn("who drains the CPU"), (e, t) => e.Isolation.Putback(t, p));
}
