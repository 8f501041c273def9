using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Native;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>The coordinator of one soak: set-up, start audit, run with audits, drain, final audit, report.</summary>
/// <remarks>One run a process at a time: chaos, planted bugs and the end of all waits are switches of the process.</remarks>
internal sealed class SoakRunner : IDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_drainApart = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patienceForWakes = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patienceAtEnd = TimeSpan.FromSeconds(5);

    private readonly SoakOptions _options;
    private readonly SoakReporter _reporter;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Stopwatch _clock = new();
    private readonly PauseLog _pauses = new();
    private SoakWorld _world = null!;
    private SoakWorker[] _workers = [];
    private Watchdog _watchdog = null!;
    private SometimesList _sometimes = null!;
    private IReadOnlyList<int> _cores = [];
    private long _freeAtStart;
    private long _rssStart;
    private int _signal;
    private bool _stalled;
    private bool _ended;

    public SoakRunner(SoakOptions options, SoakReporter reporter)
    {
        _options = options;
        _reporter = reporter;
    }

    /// <summary>Ends the run early, with drain and report. Any thread; a signal's number goes into the exit code.</summary>
    public void RequestStop(int signal)
    {
        _signal = signal;
        _stop.Set();
    }

    /// <summary>Builds the machine and starts the threads, idle. False: one line says why not, and nothing was started.</summary>
    public bool TryPrepare([NotNullWhen(false)] out SetupError? error)
    {
        if (_options.Chaos != ChaosLevel.Off && !Seam.Chaotic)
        {
            error = SetupError.Environment("this process was not started for chaos");
            return false;
        }
        if (!SoakSetup.TryCores(_options, out _cores, out error)) { return false; }
        int tasks = _options.Threads == 0 ? _cores.Count : _options.Threads;
        int cpus = Math.Min(tasks, _cores.Count);
        if (!SoakSetup.TryBuild(_options, cpus, tasks, _reporter, out SoakWorld? world, out error)) { return false; }
        _world = world;
        _freeAtStart = world.FreeFramesBefore;
        _watchdog = new Watchdog(world, tasks, _cores.Count);
        _workers = [.. Enumerable.Range(0, tasks).Select(t => new SoakWorker(world, new TaskId(t), _cores))];
        _sometimes = new SometimesList(world.WorkloadNames, tasks, _options.Chaos, world.Machine.Events, s => _workers.Sum(w => w.Stats.Count(s)), _options.MustReach);
        world.Machine.Allocator.OnBadPage = bad => world.Findings.Add(ToFinding(bad));
        return true;
    }

    /// <summary>The whole run. Blocking until its end.</summary>
    public SoakReport Run()
    {
        _reporter.Tell(new NoteEvent($"seed 0x{_options.Seed:x}; repeat with: {_options.Command}"));
        _reporter.Tell(new NoteEvent($"{_world.Host.Source}: {_world.Host.Frames:N0} frames loaded in {_world.Host.ImportSeconds:0.00} s"));
        if (_options.Chaos != ChaosLevel.Off) { Seam.Host = new ChaosHost(_options.Seed, _options.Chaos); }
        Start();
        if (TryPause())
        {
            _rssStart = ProcessMemory.ResidentBytes();
            RunUntilEnd();
            if (!Failed) { Drain(); }
        }
        _clock.Stop();
        End();
        return Report();
    }

    /// <summary>Writes the machine as <see cref="Run"/> left it. False: one line says why not. Nothing is written of a run cut short: it is not at rest.</summary>
    public bool TrySaveState(string directory, [NotNullWhen(false)] out string? reason)
    {
        reason = null;
        return _stalled || _signal != 0 || !_ended || _world.State.TrySave(directory, out reason);
    }

    public void Dispose()
    {
        _stop.Dispose();
        _world?.Dispose();
    }

    private bool Failed => _stalled || _world.Findings.Count > 0;

    private void Start()
    {
        foreach (SoakWorker worker in _workers) { worker.Start(); }
        while (_world.Control.ArrivedCount < _workers.Length && !Failed) { _world.Control.AwaitArrival(_world.Control.ArrivedCount); }
        SoakWorker? unpinned = _workers.FirstOrDefault(w => !w.Pin.IsPinned);
        if (unpinned is not null) { _reporter.Tell(new NoteEvent($"not pinned, the OS places the threads: {unpinned.Pin.Reason}")); }
    }

    private void RunUntilEnd()
    {
        Plant.Active = _options.Plant;
        _watchdog.Forgive();
        _clock.Start();
        _world.Control.Command(RunOrder.Run);
        TimeSpan nextAudit = _options.AuditPeriod;
        TimeSpan nextProgress = _options.ProgressPeriod;
        TimeSpan nextDrain = s_tick;
        int drainCpu = 0;
        while (!_stop.Wait(s_tick) && _clock.Elapsed < _options.Duration && !Failed)
        {
            if (_options.Operations > 0 && TotalOperations() >= _options.Operations) { break; }
            if (_watchdog.Look() is { } stall)
            {
                Stall(stall);
                return;
            }
            if (_clock.Elapsed >= nextDrain)
            {
                nextDrain = _clock.Elapsed + s_drainApart;
                CpuWork work = _options.Chaos == ChaosLevel.Off ? CpuWork.Drain : CpuWork.Drain | CpuWork.Move;
                _world.Machine.Mail.Send(new CpuId(drainCpu++ % _world.Machine.Cpus.Cpus), work);
            }
            if (_clock.Elapsed >= nextAudit)
            {
                nextAudit = _clock.Elapsed + _options.AuditPeriod;
                if (!TryPause()) { return; }
            }
            if (_clock.Elapsed >= nextProgress)
            {
                nextProgress += _options.ProgressPeriod;
                TellProgress();
            }
        }
    }

    // Stops the world, audits, goes on. False: somebody did not stop, or something was found.
    private bool TryPause()
    {
        RunControl control = _world.Control;
        _watchdog.Forgive();
        long began = Stopwatch.GetTimestamp();
        control.Begin(PausePhase.Gather);
        if (!AwaitAll()) { return false; }
        _world.Audit.Collect(_world.AddSharedHoldings);
        control.Begin(PausePhase.Audit);
        if (!AwaitAll()) { return false; }
        AuditPart part = _world.Audit.Finish();
        _pauses.Add(control.CurrentOrder == RunOrder.Run ? Stopwatch.GetElapsedTime(began) : null, part.Violations);
        foreach (AuditFinding found in part.Findings) { _world.Findings.Add(_world.Audit.ToFinding(found)); }
        control.Begin(PausePhase.None);
        _watchdog.Forgive();
        return !Failed;
    }

    private bool AwaitAll()
    {
        long began = Stopwatch.GetTimestamp();
        int arrived = 0;
        while ((arrived = _world.Control.AwaitArrival(arrived)) < _workers.Length)
        {
            if (_world.Findings.Count > 0) { return false; }
            TimeSpan waited = Stopwatch.GetElapsedTime(began);
            if (waited > s_patienceForWakes && LateTask(onlyLostWakes: true) is { } lost)
            {
                Stall(lost);
                return false;
            }
            if (waited > _watchdog.Limit && LateTask(onlyLostWakes: false) is { } late)
            {
                Stall(late);
                return false;
            }
        }
        return true;
    }

    // When all who are late sleep on folios that are not locked, nobody is left who could wake them.
    private Finding? LateTask(bool onlyLostWakes)
    {
        Finding[] late = [.. _workers.Where(w => !_world.Audit.HasHandedIn(w.Task)).Select(w => _watchdog.Diagnose(w.Task))];
        if (late.Length == 0 || (onlyLostWakes && late.Any(f => f.Invariant != ViolationKind.LostWake))) { return null; }
        return late[0];
    }

    private void Stall(Finding finding)
    {
        _stalled = true;
        _world.Findings.Add(finding);
    }

    private void Drain()
    {
        RunControl control = _world.Control;
        control.Command(RunOrder.Drain);
        _watchdog.Forgive();
        long began = Stopwatch.GetTimestamp();
        while (control.DrainedCount < _workers.Length)
        {
            if (_world.Findings.Count > 0) { return; }
            if (Stopwatch.GetElapsedTime(began) > _watchdog.Limit)
            {
                int late = Enumerable.Range(0, _workers.Length).First(t => !_workers[t].IsDrained);
                Stall(_watchdog.Diagnose(new TaskId(late)));
                return;
            }
            Thread.Sleep(1);
        }
        _world.DrainShared();
        CpuMailbox mail = _world.Machine.Mail;
        for (int cpu = 0; cpu < mail.Cpus; cpu++) { mail.Send(new CpuId(cpu), CpuWork.Drain); }
        for (int cpu = 0; cpu < mail.Cpus && !Failed; cpu++)
        {
            while (!mail.IsDrained(new CpuId(cpu)) && _world.Findings.Count == 0) { Thread.Sleep(1); }
        }
        if (!Failed && TryPause()) { CheckConservation(); }
    }

    private void CheckConservation()
    {
        long free = _world.Machine.Allocator.FreeFramesAtRest();
        if (free == _freeAtStart) { return; }
        _world.Findings.Add(Finding.Of(ViolationKind.RefLeak, "conservation",
            $"{_freeAtStart:N0} frames were free at the start, {free:N0} are when everything was given back", string.Empty));
    }

    private void End()
    {
        if (Failed) { Metal.Stopping = true; }
        _world.Control.Command(RunOrder.Exit);
        _world.Control.Begin(PausePhase.None);
        _ended = _workers.All(w => w.Join(s_patienceAtEnd));
        if (!_ended) { _reporter.Tell(new NoteEvent("a thread did not end; the process ends without it")); }
        Plant.Active = PlantedBug.None;
        Seam.Host = null;
        Metal.Stopping = false;
    }

    // A free ends the life before it looks: a frame that is in use was refused at an allocation.
    private Finding ToFinding(BadPage bad) => FrameTable.IsAllocated(_world.Machine.Frames.Generation(bad.Pfn))
        ? Finding.Of(ViolationKind.DoubleAllocation, "bad page", $"frame {bad.Pfn} was to be handed out while it is in use: {bad.Reason} (task {bad.Task.Value})", bad.Report)
        : Finding.Of(bad.Kind, "bad page", $"frame {bad.Pfn}: {bad.Reason} (task {bad.Task.Value})", bad.Report);

    private long TotalOperations() => _workers.Sum(w => w.Stats.Total());

    private void TellProgress()
    {
        double seconds = _clock.Elapsed.TotalSeconds;
        long operations = TotalOperations();
        _reporter.Tell(new ProgressEvent(seconds, (_options.Duration - _clock.Elapsed).TotalSeconds, operations, operations / seconds,
            _pauses.Count, _pauses.LastMs, _world.Findings.Count, _sometimes.Reached, _sometimes.Total, ProcessMemory.ResidentBytes(), _options.Seed));
    }

    private SoakReport Report()
    {
        IReadOnlyList<string> missing = _sometimes.Missing;
        return new SoakReport
        {
            Verdict = Verdict(missing.Count),
            Options = _options,
            Host = _world.Host,
            Threads = _workers.Length,
            Cpus = _world.Machine.Cpus.Cpus,
            Pinned = _workers.Count(w => w.Pin.IsPinned),
            PinRefusal = _workers.FirstOrDefault(w => !w.Pin.IsPinned)?.Pin.Reason ?? string.Empty,
            FrameBytes = _world.Machine.Options.FrameBytes,
            Seconds = Math.Max(_clock.Elapsed.TotalSeconds, 1e-3),
            Operations = [.. Enumerable.Range(0, (int)Operation.Count).Select(o => Summary((Operation)o)).Where(o => o.Count > 0)],
            VmStat = VmStat.Of(_world.Machine),
            Audits = _pauses.Summary,
            SometimesReached = _sometimes.Reached,
            SometimesTotal = _sometimes.Total,
            SometimesMissing = missing,
            SometimesSeen = [.. _sometimes.All.Select(s => new KeyValuePair<string, long>(s.Name, s.Seen()))],
            Findings = _world.Findings.All,
            AllocatedBytes = _workers.Sum(w => w.AllocatedBytes),
            RssStartBytes = _rssStart,
            RssEndBytes = ProcessMemory.ResidentBytes(),
            Signal = _signal,
        };
    }

    private SoakVerdict Verdict(int missing)
    {
        if (_stalled) { return SoakVerdict.Stalled; }
        if (_world.Findings.Count > 0) { return SoakVerdict.Violation; }
        if (_signal != 0) { return SoakVerdict.Interrupted; }
        return missing > 0 && _clock.Elapsed >= _options.SometimesDue ? SoakVerdict.Blind : SoakVerdict.Clean;
    }

    private OperationSummary Summary(Operation operation)
    {
        LatencyHistogram all = new();
        foreach (SoakWorker worker in _workers) { all.Add(worker.Stats.Latency(operation)); }
        return new OperationSummary(OperationNames.Of(operation), _workers.Sum(w => w.Stats.Count(operation)),
            _workers.Sum(w => w.Stats.Failed(operation)), all.PercentileNs(0.5), all.PercentileNs(0.99), all.MaxNs);
    }
}
