using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.SeamProbe;

/// <summary>Calls what the engine can do once or more, so that the JIT prints the code of it.</summary>
internal static class WarmEngine
{
    private const int Frames = 1 << 14;
    private const int MigratedTask = 1;

    public static void Run()
    {
        using Arena arena = new((long)Frames * 160 + (16 << 20));
        FrameTable table = new(arena, Frames);
        CpuSlots cpus = new(arena, cpus: 2, tasks: 2);
        EventCounters events = new(arena, tasks: 2);
        FrameAllocator allocator = new(arena, table, cpus, events, new AllocatorOptions());
        WaitTable waits = new(arena, table, cpus, events, new WaitOptions { SpinAttempts = 2 });
        FolioLock locks = new(table, waits, events);
        cpus.Place(new TaskId(1), new CpuId(1));
        allocator.FreeRangeAtRest(new Pfn(0), Frames);
        Words(table);
        Allocate(allocator, cpus, table);
        Wait(locks, table, allocator);
    }

    private static void Words(FrameTable table)
    {
        Pfn pfn = new(3);
        FolioRef holders = table.Ref(pfn);
        holders.Publish(1);
        holders.Get();
        Expect(holders.TryGet() && !holders.PutTestZero() && !holders.TryFreeze(3) && holders.TryFreeze(2));
        holders.Unfreeze(1);
        Expect(holders.PutTestZero() && !holders.TryGet());
        FlagsWord flags = table.Flags(pfn);
        flags.Set(PageFlags.Dirty);
        Expect(!flags.TestAndSet(PageFlags.Lru) && flags.TestAndClear(PageFlags.Lru) && flags.Has(PageFlags.Dirty));
        flags.Clear(PageFlags.Dirty);
        MapCount map = table.Map(pfn);
        map.Add();
        map.Remove();
        table.SetIndexLocked(pfn, 0);
        Expect(table.IndexLocked(pfn) == 0 && table.PrivateLocked(pfn) == 0 && table.HeadOf(pfn) == pfn);
    }

    private static void Allocate(FrameAllocator allocator, CpuSlots cpus, FrameTable table)
    {
        TaskId one = new(0);
        TaskId two = new(MigratedTask);
        List<(Pfn Head, int Order)> live = [];
        for (int i = 0; i < 3000; i++)
        {
            int order = i % 97 == 0 ? 9 : i % 13 == 0 ? 7 : i % 5 == 0 ? 2 : 0;
            Pfn head = allocator.AllocateFolio(i % 2 == 0 ? one : two, order, (MigrateType)(i % 3));
            if (!head.IsNone) { live.Add((head, order)); }
            if (i % 3 != 0 || live.Count == 0) { continue; }
            int victim = i * 7 % live.Count;
            allocator.Put(i % 2 == 0 ? two : one, live[victim].Head);
            live.RemoveAt(victim);
        }
        cpus.Move(one, two, new CpuId(0));
        cpus.Move(one, two, new CpuId(1));
        Expect(allocator.TryIsolateBlock(one, 3));
        foreach ((Pfn head, int _) in live) { allocator.Put(one, head); }
        allocator.UnisolateBlock(one, 3);
        allocator.DrainAll(one);
        Pfn pair = allocator.Allocate(one, allocator.MaxOrder, MigrateType.Movable);
        Expect(!pair.IsNone && table.Ref(pair).PutTestZero());
        allocator.Free(one, pair, allocator.MaxOrder);
        Pfn split = allocator.Allocate(one, 9, MigrateType.HighAtomic);
        Expect(!split.IsNone && table.Ref(split).PutTestZero());
        allocator.Split(one, split, 9);
        for (int i = 0; i < 512; i++) { allocator.Free(two, split + i, 0); }
        while (!allocator.Allocate(two, 0, MigrateType.Unmovable).IsNone) { }
        for (int i = 0; i < Frames; i++) { allocator.Put(i % 2 == 0 ? one : two, new Pfn(i)); }
    }

    // One task at a time, so nobody is ever waited for long: waits end by time, by cancellation or because the lock is free.
    private static void Wait(FolioLock locks, FrameTable table, FrameAllocator allocator)
    {
        TaskId one = new(0);
        TaskId two = new(1);
        Pfn pfn = allocator.AllocateFolio(one, 0, MigrateType.Movable);
        for (int i = 0; i < 8; i++)
        {
            locks.Lock(one, pfn);
            Expect(!locks.TryLock(two, pfn) && locks.LockFor(two, pfn, timeoutMs: 1) == WaitResult.TimedOut);
            Expect(locks.WaitUnlocked(two, pfn, killable: false, timeoutMs: 1) == WaitResult.TimedOut);
            locks.Cancel(two);
            Expect(locks.LockKillable(two, pfn) == WaitResult.Cancelled);
            locks.ClearCancel(two);
            locks.Unlock(one, pfn);
        }
        Thread waiter = new(() => locks.Lock(two, pfn));
        locks.Lock(one, pfn);
        waiter.Start();
        while (!table.Flags(pfn).Has(PageFlags.Waiters)) { Thread.Yield(); }
        locks.Unlock(one, pfn);
        waiter.Join();
        locks.Unlock(two, pfn);
        table.Ref(pfn).Get();
        Expect(locks.PutAndWait(two, pfn, allocator) == WaitResult.Done);
        allocator.Put(one, pfn);
    }

    internal static void Expect(bool held)
    {
        if (!held) { throw new InvalidOperationException("the probe expected otherwise"); }
    }
}
