using System.Diagnostics;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Lab.Soak;

/// <summary>Notices a task that makes no progress, and says what it waits for. Asked by the coordinator every now and then.</summary>
internal sealed class Watchdog
{
    private readonly SoakWorld _world;
    private readonly long[] _steps;
    private readonly long[] _since;
    private readonly TimeSpan _limit;

    public Watchdog(SoakWorld world, int tasks, int cores)
    {
        _world = world;
        _steps = new long[tasks];
        _since = new long[tasks];
        int crowd = (tasks + cores - 1) / Math.Max(1, cores);
        double slower = _world.Options.Chaos switch { ChaosLevel.High => 3, ChaosLevel.Low => 1.5, _ => 1 };
        _limit = world.Options.StallLimit * slower * Math.Max(1, crowd / 2.0);
    }

    public TimeSpan Limit => _limit;

    /// <summary>Starts counting anew, after a time in which nobody was meant to make progress.</summary>
    public void Forgive() => Array.Fill(_since, Stopwatch.GetTimestamp());

    /// <summary>A finding when a task has stood still for too long while it was meant to run; null otherwise.</summary>
    public Finding? Look()
    {
        for (int task = 0; task < _steps.Length; task++)
        {
            long steps = _world.StepsOf(new TaskId(task));
            if (steps != _steps[task])
            {
                _steps[task] = steps;
                _since[task] = Stopwatch.GetTimestamp();
            }
            else if (Stopwatch.GetElapsedTime(_since[task]) > _limit) { return Diagnose(new TaskId(task)); }
        }
        return null;
    }

    /// <summary>What keeps a task from going on.</summary>
    public Finding Diagnose(TaskId task)
    {
        Machine machine = _world.Machine;
        WaitReport wait = machine.Waiters.WaitsFor(task);
        string waiters = _world.Findings.DescribeWaiters();
        if (!wait.IsWaiting) { return Of(ViolationKind.StuckState, wait, task, "it waits for no folio", waiters); }
        string dump = $"{FolioDump.Dump(machine.Frames, wait.Pfn, "a task waits for it")}\n{waiters}";
        if (waiters.Contains("cycle:", StringComparison.Ordinal)) { return Of(ViolationKind.Deadlock, wait, task, "tasks wait for each other in a cycle", dump); }
        return machine.Frames.Flags(wait.Pfn).Has(PageFlags.Locked)
            ? Of(ViolationKind.StuckState, wait, task, $"it waits for folio {wait.Pfn}, whose owner does not unlock it", dump)
            : Of(ViolationKind.LostWake, wait, task, $"it waits for folio {wait.Pfn}, which is not locked: its wake was lost", dump);
    }

    private Finding Of(ViolationKind kind, WaitReport wait, TaskId task, string why, string dump) =>
        Finding.Of(kind, "watchdog", $"task {task.Value} made no progress for {_limit.TotalSeconds:0.#} s: {why}", dump) with { Task = task.Value, Frame = wait.IsWaiting ? wait.Pfn.Value : -1 };
}
