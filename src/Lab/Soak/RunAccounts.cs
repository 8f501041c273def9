using System.Diagnostics;
using MemCore.Native;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>What a run has done, read from its workers and its machine at any moment: for progress, screen, journal and report.</summary>
/// <remarks>Any thread may ask. While workers run a figure is of a moment ago; at rest all are exact.</remarks>
internal sealed class RunAccounts
{
    private const int TopLocks = 8;

    private readonly SoakOptions _options;
    private readonly SoakWorld _world;
    private readonly IReadOnlyList<SoakWorker> _workers;
    private readonly PauseLog _pauses;
    private readonly Stopwatch _clock;
    private readonly EarlierParts _earlier;

    public RunAccounts(SoakOptions options, SoakWorld world, IReadOnlyList<SoakWorker> workers, PauseLog pauses, Stopwatch clock)
    {
        _options = options;
        _world = world;
        _workers = workers;
        _pauses = pauses;
        _clock = clock;
        _earlier = options.Earlier;
        Waits = new LockWaits(world.Machine.Waiters, world.Machine.Cpus.Tasks);
        Sometimes = new SometimesList(world.WorkloadNames, workers.Count, options.Chaos, world.Machine.Events, s => workers.Sum(w => w.Stats.Count(s)),
            options.MustReach, _earlier.Tally.Sometimes);
    }

    public LockWaits Waits { get; }

    public SometimesList Sometimes { get; }

    /// <summary>Resident when the first step was about to be made.</summary>
    public long RssStartBytes { get; set; }

    /// <summary>What the run is at, for who watches.</summary>
    public string Phase { get; set; } = string.Empty;

    public long TotalOperations() => _workers.Sum(w => w.Stats.Total());

    public ProgressEvent Progress()
    {
        double seconds = _clock.Elapsed.TotalSeconds;
        long operations = TotalOperations();
        return new ProgressEvent(seconds, (_options.Duration - _clock.Elapsed).TotalSeconds, operations, operations / Math.Max(seconds, 1e-3),
            _pauses.Count, _pauses.LastMs, _world.Findings.Count, Sometimes.Reached, Sometimes.Total, ProcessMemory.ResidentBytes(), _options.Seed);
    }

    public SoakSnapshot Snapshot()
    {
        Dictionary<string, long> events = new(VmStat.EventsOf(_world.Machine));
        return new SoakSnapshot
        {
            Workloads = _options.Workloads,
            Threads = _workers.Count,
            Seed = _options.Seed,
            Seconds = _clock.Elapsed.TotalSeconds,
            Remaining = Math.Max(0, (_options.Duration - _clock.Elapsed).TotalSeconds),
            Operations = [.. Operations()],
            TopLocks = Waits.Top(TopLocks),
            Migrated = events.GetValueOrDefault(VmStat.NameOf(EventCounter.PgMigrateSuccess)),
            MigrationFailures = VmStat.MigrationFailures(events),
            Findings = [.. _earlier.Tally.Findings.Concat(_world.Findings.All)],
            SometimesReached = Sometimes.Reached,
            SometimesTotal = Sometimes.Total,
            SometimesMissing = Sometimes.Missing,
            Audits = _pauses.Count,
            LastPauseMs = _pauses.LastMs,
            RssStartBytes = RssStartBytes,
            RssBytes = ProcessMemory.ResidentBytes(),
            Phase = Phase,
        };
    }

    /// <summary>This part alone.</summary>
    public RunTally Tally() => new()
    {
        Seconds = _clock.Elapsed.TotalSeconds,
        Operations = new Dictionary<string, OperationCount>(Operations()),
        Events = new Dictionary<string, long>(VmStat.EventsOf(_world.Machine).Where(e => !VmStat.IsGauge(e.Key))),
        Sometimes = new Dictionary<string, long>(Sometimes.SeenInThisPart),
        Audits = _pauses.Summary,
        Findings = _world.Findings.All,
    };

    /// <summary>The report of the whole run, earlier parts included. At rest, or of what is left of a run that broke.</summary>
    public SoakReport Report(SoakVerdict verdict, int signal, RunCourse course)
    {
        RunTally mine = Tally();
        RunTally all = _earlier.Tally.Plus(mine);
        double seconds = Math.Max(mine.Seconds, 1e-3);
        return new SoakReport
        {
            Verdict = verdict,
            Options = _options,
            Host = _world.Host,
            Threads = _workers.Count,
            Cpus = _world.Machine.Cpus.Cpus,
            Pinned = _workers.Count(w => w.Pin.IsPinned),
            PinRefusal = _workers.FirstOrDefault(w => !w.Pin.IsPinned)?.Pin.Reason ?? string.Empty,
            FrameBytes = _world.Machine.Options.FrameBytes,
            Seconds = _earlier.Tally.Seconds + seconds,
            Operations = Summaries(all),
            VmStat = [.. VmStat.Of(_world.Machine).Select(s => new KeyValuePair<string, long>(s.Key, s.Value + _earlier.Tally.Events.GetValueOrDefault(s.Key)))],
            Audits = all.Audits,
            SometimesReached = Sometimes.Reached,
            SometimesTotal = Sometimes.Total,
            SometimesMissing = Sometimes.Missing,
            SometimesSeen = [.. Sometimes.All.Select(s => new KeyValuePair<string, long>(s.Name, s.Seen()))],
            Findings = all.Findings,
            AllocatedBytes = _workers.Sum(w => w.AllocatedBytes),
            RssStartBytes = RssStartBytes,
            RssEndBytes = ProcessMemory.ResidentBytes(),
            Samples = course.Samples.All,
            Drift = RunDrift.Of(course.Samples.All),
            BlocksBefore = course.Before,
            BlocksAfter = course.After,
            MigrationFailures = VmStat.MigrationFailures(all.Events),
            TopLocks = Waits.Top(TopLocks),
            Parts = [.. _earlier.Parts, new RunPart(_options.Seed, seconds)],
            Signal = signal,
        };
    }

    private IEnumerable<KeyValuePair<string, OperationCount>> Operations()
    {
        for (Operation operation = 0; operation < Operation.Count; operation++)
        {
            OperationCount count = new(_workers.Sum(w => w.Stats.Count(operation)), _workers.Sum(w => w.Stats.Failed(operation)));
            if (count.Count > 0) { yield return new(OperationNames.Of(operation), count); }
        }
    }

    // Latencies are of this part: a journal does not keep them.
    private IReadOnlyList<OperationSummary> Summaries(RunTally all)
    {
        List<OperationSummary> summaries = [];
        for (Operation operation = 0; operation < Operation.Count; operation++)
        {
            if (!all.Operations.TryGetValue(OperationNames.Of(operation), out OperationCount count)) { continue; }
            LatencyHistogram latency = new();
            foreach (SoakWorker worker in _workers) { latency.Add(worker.Stats.Latency(operation)); }
            summaries.Add(new OperationSummary(OperationNames.Of(operation), count.Count, count.Failed, latency.PercentileNs(0.5), latency.PercentileNs(0.99), latency.MaxNs));
        }
        return summaries;
    }
}

/// <summary>The course of a run: its points, and the blocks before and after.</summary>
internal sealed record RunCourse(RunSamples Samples, BlockCensus Before, BlockCensus? After);
