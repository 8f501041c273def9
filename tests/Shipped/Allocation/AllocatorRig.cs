using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Tests.Allocation;

/// <summary>A small machine around an allocator: everything free, task n on CPU n modulo the CPUs.</summary>
internal sealed class AllocatorRig : IDisposable
{
    private readonly Arena _arena;

    public AllocatorRig(int frames, int cpus = 1, int tasks = 1, AllocatorOptions? options = null, bool free = true)
    {
        _arena = new Arena(((long)frames * 80) + (16 << 20));
        Table = new FrameTable(_arena, frames);
        Cpus = new CpuSlots(_arena, cpus, tasks);
        Events = new EventCounters(_arena, tasks);
        Allocator = new FrameAllocator(_arena, Table, Cpus, Events, options ?? new AllocatorOptions());
        for (int task = 0; task < tasks; task++) { Cpus.Place(new TaskId(task), new CpuId(task % cpus)); }
        if (free) { Allocator.FreeRangeAtRest(new Pfn(0), frames); }
    }

    public FrameTable Table { get; }

    public CpuSlots Cpus { get; }

    public EventCounters Events { get; }

    public FrameAllocator Allocator { get; }

    public int Frames => Table.Frames;

    public Pfn Take(int order = 0, MigrateType type = MigrateType.Movable, int task = 0) => Allocator.Allocate(new TaskId(task), order, type);

    /// <summary>Drops the only reference.</summary>
    public void Give(Pfn pfn, int order = 0, int task = 0)
    {
        Assert.True(Table.Ref(pfn).PutTestZero());
        Allocator.Free(new TaskId(task), pfn, order);
    }

    /// <summary>Allocates until nothing is left and returns what it got.</summary>
    public List<Pfn> TakeAll(int order = 0, MigrateType type = MigrateType.Movable, int task = 0)
    {
        List<Pfn> taken = [];
        for (Pfn pfn = Take(order, type, task); !pfn.IsNone; pfn = Take(order, type, task)) { taken.Add(pfn); }
        return taken;
    }

    public long[] PerOrder(MigrateType? type = null)
    {
        long[] counts = new long[Allocator.MaxOrder + 1];
        Allocator.FreeBlocksPerOrderAtRest(counts, type);
        return counts;
    }

    /// <summary>The audit finds nothing, and all frames but <paramref name="live"/> and the leaked are free.</summary>
    public void AssertSound(long live)
    {
        List<string> findings = [];
        Allocator.AuditAtRest((kind, text) => findings.Add($"{kind}: {text}"));
        Assert.Empty(findings.Take(5));
        Assert.Equal(Frames, live + Allocator.FreeFramesAtRest() + Allocator.LeakedFramesAtRest());
    }

    /// <summary>Runs one thread a task and rethrows what one of them threw.</summary>
    public static void Run(int tasks, Action<TaskId> body)
    {
        Exception? first = null;
        Thread[] threads = new Thread[tasks];
        for (int t = 0; t < tasks; t++)
        {
            TaskId task = new(t);
            threads[t] = new Thread(() =>
            {
                try { body(task); }
                catch (Exception e) { Interlocked.CompareExchange(ref first, e, null); }
            });
        }
        foreach (Thread thread in threads) { thread.Start(); }
        foreach (Thread thread in threads) { thread.Join(); }
        if (first is not null) { throw new InvalidOperationException("a task failed: " + first.Message, first); }
    }

    public void Dispose() => _arena.Dispose();
}

/// <summary>The random numbers of guard G3: xorshift64*.</summary>
internal struct XorShift(ulong seed)
{
    private ulong _state = seed * 0x9E3779B97F4A7C15UL;

    public int Below(int bound)
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return (int)Math.BigMul(_state * 0x2545F4914F6CDD1DUL, (ulong)bound, out _);
    }
}
