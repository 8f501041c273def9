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
    private RunAccounts _accounts = null!;
    private JournalKeeper _journal = JournalKeeper.None;
    private RunSamples _samples = null!;
    private BlockCensus? _blocksAfter;
    private IReadOnlyList<int> _cores = [];
    private long _freeAtStart;
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
        _accounts = new RunAccounts(_options, world, _workers, _pauses, _clock);
        _samples = new RunSamples(_options.SamplePeriod);
        if (!JournalKeeper.TryOpen(_options, _accounts, world.Host, _reporter, out _journal, out error)) { return false; }
        world.Findings.Recorder = new FlightRecorder(_workers);
        world.Findings.OnAdded = _journal.NoteFinding;
        world.Machine.Allocator.OnBadPage = bad => world.Findings.Add(ToFinding(bad));
        return true;
    }

    /// <summary>The run at this moment. Any thread, after <see cref="TryPrepare"/> and until <see cref="Run"/> returns.</summary>
    public SoakSnapshot Snapshot() => _accounts.Snapshot();

    /// <summary>The whole run. Blocking until its end.</summary>
    public SoakReport Run()
    {
        _reporter.Tell(new NoteEvent($"seed 0x{_options.Seed:x}; repeat with: {_options.Command}"));
        _reporter.Tell(new NoteEvent($"{_world.Host.Source}: {_world.Host.Frames:N0} frames loaded in {_world.Host.ImportSeconds:0.00} s"));
        if (_options.Chaos != ChaosLevel.Off) { Seam.Host = new ChaosHost(_options.Seed, _options.Chaos); }
        RehearseFinding();
        try
        {
            Start();
            if (TryPause())
            {
                _accounts.RssStartBytes = ProcessMemory.ResidentBytes();
                RunUntilEnd();
                if (!Failed) { Drain(); }
            }
        }
        catch (StoppedException) when (Failed)
        {
            // A finding ends all waits of the process, this thread's too, wherever it was in a pause.
        }
        _clock.Stop();
        End();
        Bug.Observer = null;
        SoakVerdict verdict = Verdict();
        _journal.End(verdict, isOver: verdict != SoakVerdict.Interrupted);
        return _accounts.Report(verdict, _signal, new RunCourse(_samples, _world.BlocksBefore, _blocksAfter));
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
        _journal.Dispose();
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
        TimeSpan looked = TimeSpan.Zero;
        while (!_stop.Wait(s_tick) && _clock.Elapsed < _options.Duration && !Failed)
        {
            if (_options.Operations > 0 && _accounts.TotalOperations() >= _options.Operations) { break; }
            _accounts.Waits.Look((_clock.Elapsed - looked).TotalSeconds);
            looked = _clock.Elapsed;
            _journal.NoteProgress(_clock.Elapsed);
            if (_samples.IsDue(_clock.Elapsed.TotalSeconds)) { _samples.Add(_clock.Elapsed.TotalSeconds, _accounts.TotalOperations(), ProcessMemory.ResidentBytes()); }
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
                _reporter.Tell(_accounts.Progress());
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
        _accounts.Phase = "giving everything back";
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
        try { _world.DrainShared(); }
        catch (BugException bug)
        {
            _world.Findings.Add(bug, new TaskId(0));
            return;
        }
        CpuMailbox mail = _world.Machine.Mail;
        for (int cpu = 0; cpu < mail.Cpus; cpu++) { mail.Send(new CpuId(cpu), CpuWork.Drain); }
        for (int cpu = 0; cpu < mail.Cpus && !Failed; cpu++)
        {
            while (!mail.IsDrained(new CpuId(cpu)) && _world.Findings.Count == 0) { Thread.Sleep(1); }
        }
        if (!Failed && TryPause())
        {
            CheckConservation();
            _blocksAfter = BlockCensus.Of(_world.Machine);
        }
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

    // The first broken invariant of a process takes milliseconds, in which other workers do thousands of operations.
    private void RehearseFinding()
    {
        FlightRecorder recorder = _world.Findings.Recorder;
        Bug.Observer = recorder.Rehearse;
        try { Bug.If(true, ViolationKind.None, string.Empty, 0); }
        catch (BugException)
        {
            // That it was raised is all that was wanted.
        }
        Bug.Observer = recorder.Close;
    }

    // A free ends the life before it looks: a frame that is in use was refused at an allocation.
    private Finding ToFinding(BadPage bad) => FrameTable.IsAllocated(_world.Machine.Frames.Generation(bad.Pfn))
        ? Of(bad, ViolationKind.DoubleAllocation, $"frame {bad.Pfn} was to be handed out while it is in use: {bad.Reason} (task {bad.Task.Value})")
        : Of(bad, bad.Kind, $"frame {bad.Pfn}: {bad.Reason} (task {bad.Task.Value})");

    private static Finding Of(BadPage bad, ViolationKind kind, string text) =>
        Finding.Of(kind, "bad page", text, bad.Report) with { Frame = bad.Pfn.Value, Task = bad.Task.Value };

    private SoakVerdict Verdict()
    {
        if (_stalled) { return SoakVerdict.Stalled; }
        if (_world.Findings.Count > 0 || _options.Earlier.Tally.Findings.Count > 0) { return SoakVerdict.Violation; }
        if (_signal != 0) { return SoakVerdict.Interrupted; }
        TimeSpan lasted = _clock.Elapsed + TimeSpan.FromSeconds(_options.Earlier.Tally.Seconds);
        return _accounts.Sometimes.Missing.Count > 0 && lasted >= _options.SometimesDue ? SoakVerdict.Blind : SoakVerdict.Clean;
    }
}
