using MemCore.Engine;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Lab.Soak;

/// <summary>What was found, each key once. Any thread adds; the first one makes every wait of the process end.</summary>
internal sealed class FindingLog(Machine machine, SoakOptions options, SoakReporter reporter)
{
    private const int Most = 16;

    private readonly Lock _gate = new();
    private readonly List<Finding> _findings = [];

    /// <summary>Called after each finding that is new, by the thread that found it. Set before the first worker starts.</summary>
    public Action OnAdded { get; set; } = static () => { };

    /// <summary>What the workers did last. Set before the first worker starts.</summary>
    public FlightRecorder Recorder { get; set; } = new([]);

    public int Count
    {
        get { lock (_gate) { return _findings.Count; } }
    }

    public IReadOnlyList<Finding> All
    {
        get { lock (_gate) { return [.. _findings]; } }
    }

    /// <summary>A broken invariant that a task ran into. The state is not to be trusted from here on: the run ends.</summary>
    public void Add(BugException bug, TaskId task) =>
        Add(Finding.Of(bug.Kind, bug.Where, $"{bug.Message} (task {task.Value})", DescribeTasks(bug.StackTrace)) with { Task = task.Value, Frame = bug.Index });

    /// <summary>An exception that no invariant raised: a defect of the engine or of the lab.</summary>
    public void AddUnexpected(Exception error, TaskId task) =>
        Add(Finding.Of(ViolationKind.Unexpected, error.GetType().Name, $"{error.GetType().Name}: {error.Message} (task {task.Value})", DescribeTasks(error.StackTrace)) with { Task = task.Value });

    public void Add(Finding finding)
    {
        Recorder.Close(finding.Task, finding.Frame);
        lock (_gate)
        {
            if (_findings.Count >= Most || _findings.Any(f => f.Key == finding.Key)) { return; }
            Finding saved = Saved(finding);
            _findings.Add(saved);
            reporter.Tell(new FindingEvent(saved, options.Seed));
        }
        OnAdded();
        Metal.Stopping = true;
    }

    /// <summary>Who waits for whom, cycles named. Of a moment ago.</summary>
    public string DescribeWaiters()
    {
        List<string> lines = [];
        machine.Waiters.DescribeWaiters(lines.Add);
        AddCycles(lines);
        return lines.Count == 0 ? "nobody waits for a folio" : string.Join('\n', lines);
    }

    private string DescribeTasks(string? stack)
    {
        IEnumerable<string> frames = (stack ?? string.Empty).Split('\n').Select(l => l.Trim()).Where(l => l.StartsWith("at MemCore.", StringComparison.Ordinal)).Take(8);
        return $"{string.Join('\n', frames)}\n{DescribeWaiters()}";
    }

    // Follows waiter to owner; owners are recorded in checked runs.
    private void AddCycles(List<string> lines)
    {
        for (int first = 0; first < machine.Cpus.Tasks; first++)
        {
            List<int> path = [];
            int task = first;
            while (task >= 0 && !path.Contains(task))
            {
                path.Add(task);
                WaitReport wait = machine.Waiters.WaitsFor(new TaskId(task));
                task = wait.IsWaiting ? machine.Waiters.Owners.OwnerForReport(wait.Pfn) : -1;
            }
            if (task == first && path.Count > 0 && path.Min() == first) { lines.Add($"cycle: {string.Join(" -> ", path)} -> {first}"); }
        }
    }

    private Finding Saved(Finding finding)
    {
        if (options.Out is null) { return finding; }
        ReproFile repro = new()
        {
            Seed = options.Seed,
            Command = options.Command,
            Arguments = options.Arguments,
            Fingerprint = finding.Key,
            Invariant = finding.Invariant.ToString(),
            Text = finding.Text,
            Dump = finding.Dump,
            Flight = Recorder.Around(),
        };
        try { return finding with { Repro = repro.Save(options.Out) }; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reporter.Tell(new NoteEvent($"the finding could not be saved: {e.Message}"));
            return finding;
        }
    }
}
