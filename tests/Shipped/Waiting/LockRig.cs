using System.Diagnostics;
using System.Runtime.ExceptionServices;
using MemCore.Frames;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Tests.Waiting;

/// <summary>A small machine with a folio lock, and threads that are its tasks. Task 0 is the test itself.</summary>
internal sealed class LockRig : IDisposable
{
    /// <summary>Long enough that only a thread that is stuck for good reaches it.</summary>
    private static readonly TimeSpan s_stuckAfter = TimeSpan.FromSeconds(60);

    private readonly List<Thread> _threads = [];
    private readonly List<Exception> _failures = [];

    public LockRig(int tasks, WaitOptions? options = null, int frames = 64)
    {
        Arena = new Arena(4 << 20);
        Frames = new FrameTable(Arena, frames);
        Cpus = new CpuSlots(Arena, cpus: 2, tasks);
        Events = new EventCounters(Arena, tasks);
        Table = new WaitTable(Arena, Frames, Cpus, Events, options ?? new WaitOptions());
        Lock = new FolioLock(Frames, Table, Events);
        PageTable = Arena.Add<int>("page_table_lock", 1, ColumnKind.State);
        for (int pfn = 0; pfn < frames; pfn++)
        {
            Frames.BeginLife(new Pfn(pfn));
            Frames.Ref(new Pfn(pfn)).Publish(1);
        }
    }

    public static TaskId Self { get; } = new(0);

    public Arena Arena { get; }

    public FrameTable Frames { get; }

    public CpuSlots Cpus { get; }

    public EventCounters Events { get; }

    public WaitTable Table { get; }

    public FolioLock Lock { get; }

    public Column<int> PageTable { get; }

    public WordLock PageTableLock() => new(ref PageTable[0], Cpus.Ranks, LockRank.PageTable);

    /// <summary>Runs the body as a task, on a thread of its own.</summary>
    public void Start(int task, Action<TaskId> body)
    {
        Thread thread = new(() =>
        {
            try { body(new TaskId(task)); }
            catch (Exception e)
            {
                lock (_failures) { _failures.Add(e); }
            }
        })
        { IsBackground = true };
        _threads.Add(thread);
        thread.Start();
    }

    /// <summary>Runs the body as tasks 0 to n − 1 at once and ends them.</summary>
    public void RunAll(int tasks, Action<TaskId> body)
    {
        using Barrier start = new(tasks);
        for (int t = 0; t < tasks; t++)
        {
            Start(t, task =>
            {
                start.SignalAndWait();
                body(task);
            });
        }
        EndAll();
    }

    /// <summary>Starts a task and returns once it is in the queue: the order of calls is the order of the queue.</summary>
    public void StartQueued(int task, Action<TaskId> body)
    {
        Start(task, body);
        UntilQueued(task);
    }

    public void UntilQueued(int task) => Until(() => Table.WaitsFor(new TaskId(task)).IsWaiting, $"task {task} is queued");

    public void Until(Func<bool> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            ThrowFailures();
            if (Stopwatch.GetElapsedTime(start) > s_stuckAfter) { Assert.Fail($"never came true: {what}\n{Waiters()}"); }
            Thread.Yield();
        }
    }

    /// <summary>Waits for all tasks, hands their failures on, and finds the wait table empty.</summary>
    public void EndAll()
    {
        foreach (Thread thread in _threads)
        {
            if (!thread.Join(s_stuckAfter))
            {
                ThrowFailures();
                Assert.Fail($"a wake-up was lost:\n{Waiters()}");
            }
        }
        _threads.Clear();
        ThrowFailures();
        AssertAtRest();
    }

    public void AssertAtRest()
    {
        List<string> findings = [];
        Table.AuditAtRest((kind, text) => findings.Add($"{kind}: {text}"));
        Assert.Empty(findings);
        Assert.Equal(0, Table.QueuedAtRest());
    }

    public void Dispose()
    {
        // A thread that is still there would work on unmapped memory: better to leave the memory.
        if (_threads.TrueForAll(thread => !thread.IsAlive)) { Arena.Dispose(); }
    }

    private string Waiters()
    {
        List<string> lines = [];
        Table.DescribeWaiters(lines.Add);
        return string.Join('\n', lines);
    }

    private void ThrowFailures()
    {
        lock (_failures)
        {
            if (_failures.Count > 0) { ExceptionDispatchInfo.Throw(_failures[0]); }
        }
    }
}

/// <summary>Counts what is released instead of freeing it.</summary>
internal sealed class CountingRelease : IFolioRelease
{
    private int _released;

    public int Released => Volatile.Read(ref _released);

    public void Release(TaskId task, Pfn head) => Interlocked.Increment(ref _released);
}
