using System.Diagnostics;
using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Perf.Measuring;
using MemCore.Primitives;

namespace MemCore.Perf.Bars;

/// <summary>B7: two threads on one folio lock with an empty section, the wake of a sleeper, and whether both get their share.</summary>
internal sealed class ContendedLockBar : Bar
{
    private const int Boxes = 25;
    private const int BoxUs = 2000;
    private const int ClockEvery = 64;
    private const double ShareMin = 0.05;

    private static readonly TaskId s_one = new(0);
    private static readonly TaskId s_two = new(1);

    private readonly Stage _stage;
    private readonly PthreadMutex _mutex = new();
    private readonly FutexHandOff _futex = new();
    private readonly LockHandOff _sleepers = new();
    private readonly WakeTimes _futexWakes;
    private readonly WakeTimes _lockWakes;
    private readonly object _monitor = new();
    private readonly Pfn _folio;
    private readonly List<double> _shares = [];
    private readonly long[] _counts = new long[64];
    private int _stop;
    private Subject _lock = null!;
    private Subject _pthread = null!;
    private Subject _contendedMonitor = null!;

    public ContendedLockBar(Stage stage)
    {
        _stage = stage;
        FrameAllocator frames = stage.Rig.Allocator;
        _folio = frames.Allocate(s_one, 9, MigrateType.Unmovable);
        _futexWakes = _futex.NewTimes();
        _lockWakes = _sleepers.NewTimes();
    }

    public override string Id => "B7";

    public override string What => "folio lock contended by 2 threads, empty section; wake of a sleeper";

    public override bool SharesLine => true;

    public override void Enter(Contest contest)
    {
        contest.Enter(_stage.Bench.NewPingPong());
        _pthread = contest.Enter("pthread mutex contended", _mutex.Pairs, _mutex.Pairs, Turns.Both);
        _lock = contest.Enter("folio lock contended", n => Pairs(s_one, n), n => Pairs(s_two, n), Turns.Both);
        _contendedMonitor = contest.Enter("Monitor contended", MonitorPairs, MonitorPairs, Turns.Both);
    }

    public override void MeasureBesides(Contest contest)
    {
        _shares.Clear();
        _futexWakes.Forget();
        _lockWakes.Forget();
        if (_stage.Bench.Partner is not { } partner) { return; }
        for (int round = 0; round < contest.Rounds; round++)
        {
            _futexWakes.Round(partner);
            _lockWakes.Round(partner);
        }
        for (int box = 0; box < Boxes; box++)
        {
            Volatile.Write(ref _stop, 0);
            partner.RunBoth(_ => CountUntilTime(), _ => CountUntilStop(), 0);
            double one = _counts[16], two = _counts[32];
            _shares.Add(Math.Min(one, two) / (one + two));
        }
        _shares.Sort();
    }

    public override IReadOnlyList<Check> Judge(Contest contest)
    {
        int lost = _stage.Rig.Waiters.QueuedAtRest() + _sleepers.Forgotten;
        return
        [
            Check.RatioOfTwo("contended, to pthread mutex", _lock, _pthread, 1.0),
            Check.RatioOfTwo("contended, to Monitor", _lock, _contendedMonitor, 0.75),
            new Check("wake of a sleeper, to futex hand-off", "ratio", _lockWakes.Ns / _futexWakes.Ns, 1.15)
            {
                Times = new Times(_lockWakes.Ns, _lockWakes.MinNs, _lockWakes.MaxNs, WakeTimes.Operations),
                AnchorNs = _futexWakes.Ns,
            },
            new Check("the slower thread's share of the acquisitions, median of boxes of 2 ms", "share", _shares.Count == 0 ? 0 : _shares[_shares.Count / 2], ShareMin) { AtLeast = true },
            new Check("waiters that nobody woke", "waiters", lost, 0),
        ];
    }

    protected override void Release()
    {
        _mutex.Dispose();
        _futex.Dispose();
        _sleepers.Dispose();
        _stage.Rig.Table.Ref(_folio).Publish(0);
        _stage.Rig.Allocator.Free(s_one, _folio, 9);
    }

    private void Pairs(TaskId task, int n)
    {
        for (int i = 0; i < n; i++)
        {
            _stage.Rig.Locks.Lock(task, _folio);
            _stage.Rig.Locks.Unlock(task, _folio);
        }
    }

    private void MonitorPairs(int n)
    {
        for (int i = 0; i < n; i++)
        {
            Monitor.Enter(_monitor);
            Monitor.Exit(_monitor);
        }
    }

    private void CountUntilTime()
    {
        long end = Stopwatch.GetTimestamp() + (Stopwatch.Frequency * BoxUs / 1_000_000);
        long count = 0;
        do
        {
            Pairs(s_one, ClockEvery);
            count += ClockEvery;
        }
        while (Stopwatch.GetTimestamp() < end);
        Volatile.Write(ref _stop, 1);
        _counts[16] = count;
    }

    private void CountUntilStop()
    {
        long count = 0;
        while (Volatile.Read(ref _stop) == 0)
        {
            Pairs(s_two, ClockEvery);
            count += ClockEvery;
        }
        _counts[32] = count;
    }
}
