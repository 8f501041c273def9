using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>How much a run disturbs itself.</summary>
internal enum ChaosLevel
{
    Off,
    Low,
    High,
}

/// <summary>What one soak is asked to do. All of it is decided before the first thread starts.</summary>
internal sealed record SoakOptions
{
    /// <summary>Names from <see cref="WorkloadList"/>, each step of a worker runs one of them.</summary>
    public IReadOnlyList<string> Workloads { get; init; } = ["mixed"];

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Ends the run early when all workers together did this many operations; 0: no limit.</summary>
    public long Operations { get; init; }

    /// <summary>Worker threads; 0: one for each CPU that may be used.</summary>
    public int Threads { get; init; }

    /// <summary>CPUs to run on; null: all that the process may use.</summary>
    public IReadOnlyList<int>? Cpus { get; init; }

    /// <summary>Memory nodes that the frames are divided into.</summary>
    public int Nodes { get; init; } = 1;

    public ulong Seed { get; init; }

    /// <summary>A path, <c>live</c> or <c>synthetic</c>; null: the recorded fragmented host that comes with the command.</summary>
    public string? Host { get; init; }

    /// <summary>Frames of deferred initialisation are free instead of absent.</summary>
    public bool DeferredFree { get; init; }

    /// <summary>Cuts a recorded host or sizes a synthetic one; 0: all of it.</summary>
    public int Frames { get; init; }

    /// <summary>Memory behind each frame; 0: what fits.</summary>
    public int FrameBytes { get; init; }

    /// <summary>The engine's policies; the default is what upstream accepted.</summary>
    public Protocol Policy { get; init; } = new();

    /// <summary>The variant that the policies are of, as SCENARIO/VARIANT; null for the default.</summary>
    public string? PolicyName { get; init; }

    public bool Checked { get; init; }

    public ChaosLevel Chaos { get; init; }

    /// <summary>Where findings and the summary are saved; null: nowhere.</summary>
    public string? Out { get; init; }

    /// <summary>File for the outcome as JUnit XML; null: none.</summary>
    public string? JUnit { get; init; }

    /// <summary>Where the journal is kept; null: nowhere.</summary>
    public string? JournalDirectory { get; init; }

    /// <summary>Where whole lines of a journal that is gone on with end; -1: a new one.</summary>
    public long JournalValidBytes { get; init; } = -1;

    public TimeSpan JournalPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The parts of the run before this one.</summary>
    public EarlierParts Earlier { get; init; } = EarlierParts.None;

    public PlantedBug Plant { get; init; }

    public TimeSpan AuditPeriod { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a task may make no progress before the run is called stalled; scaled with chaos and oversubscription.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan ProgressPeriod { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Apart of the points of the run's course, at first.</summary>
    public TimeSpan SamplePeriod { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Optional states, by name, that this run must reach as well.</summary>
    public IReadOnlyList<string> MustReach { get; init; } = [];

    /// <summary>From this length on a required state that was not reached fails the run.</summary>
    public TimeSpan SometimesDue { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The command line that repeats the run, seed included.</summary>
    public string Command { get; init; } = "memcore soak";

    /// <summary>The same as a list, for the repro file.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = ["soak"];
}
