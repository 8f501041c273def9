using System.Diagnostics;
using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Perf.Measuring;
using MemCore.Primitives;

namespace MemCore.Perf.Bars;

/// <summary>B7: two threads on one folio lock with an empty section, the wake of a sleeper, and whether both get their share.</summary>
internal sealed class ContendedLockBar : Bar
{
    private const int HandOffs = 32;
    private const int Boxes = 25;
    private const int BoxUs = 2000;
    private const int ClockEvery = 64;
    private const double ShareMin = 0.05;

    private static readonly TaskId s_one = new(0);
    private static readonly TaskId s_two = new(1);

    private readonly Stage _stage;
    private readonly PthreadMutex _mutex = new();
    private readonly FutexHandOff _futex = new();
    private readonly object _monitor = new();
    private readonly Pfn _folio;
    private readonly Pfn _left;
    private readonly Pfn _right;
    private readonly Pfn[] _owned; // by the thread, between hand-offs
    private readonly List<double> _shares = [];
    private readonly long[] _counts = new long[64];
    private int _stop;
    private Subject _lock = null!;
    private Subject _pthread = null!;
    private Subject _contendedMonitor = null!;
    private Subject _parked = null!;
    private Subject _futexed = null!;

    public ContendedLockBar(Stage stage)
    {
        _stage = stage;
        FrameAllocator frames = stage.Rig.Allocator;
        _folio = frames.Allocate(s_one, 9, MigrateType.Unmovable);
        _left = frames.Allocate(s_one, 9, MigrateType.Unmovable);
        _right = frames.Allocate(s_one, 9, MigrateType.Unmovable);
        _owned = [_left, _right];
        stage.Rig.Locks.Lock(s_one, _left);
        stage.Rig.Locks.Lock(s_two, _right);
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
        _futexed = contest.Enter("futex hand-off", _futex.One, _futex.Two, Turns.Both).WithSlices(HandOffs, 8);
        _parked = contest.Enter("folio lock hand-off to a sleeper", HandOverFirst, TakeOverFirst, Turns.Both).WithSlices(HandOffs, 8);
    }

    public override void MeasureBesides(Contest contest)
    {
        _shares.Clear();
        if (_stage.Bench.Partner is not { } partner) { return; }
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
        int lost = _stage.Rig.Waiters.QueuedAtRest();
        return
        [
            Check.RatioOfTwo("contended, to pthread mutex", _lock, _pthread, 1.0),
            Check.RatioOfTwo("contended, to Monitor", _lock, _contendedMonitor, 0.75),
            Check.RatioOfTwo("wake of a sleeper, to futex hand-off", _parked, _futexed, 1.15),
            new Check("the slower thread's share of the acquisitions, median of boxes of 2 ms", "share", _shares.Count == 0 ? 0 : _shares[_shares.Count / 2], ShareMin) { AtLeast = true },
            new Check("waiters that nobody woke", "waiters", lost, 0),
        ];
    }

    protected override void Release()
    {
        _mutex.Dispose();
        _futex.Dispose();
        foreach (TaskId task in (TaskId[])[s_one, s_two]) { _stage.Rig.Locks.Unlock(task, _owned[task.Value]); }
        foreach (Pfn folio in (Pfn[])[_folio, .. _owned]) { _stage.Rig.Allocator.Free(s_one, DroppedAlone(folio), 9); }
    }

    private Pfn DroppedAlone(Pfn folio)
    {
        _stage.Rig.Table.Ref(folio).Publish(0);
        return folio;
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

    // Each thread owns one of two folios and sleeps for the other's; after an exchange each owns the other one. Two ways in an exchange.
    private void HandOverFirst(int n)
    {
        ref Pfn owned = ref _owned[0];
        for (int i = 0; i < n; i += 2)
        {
            Pfn wanted = Other(owned);
            _stage.Rig.Locks.Unlock(s_one, owned);
            _stage.Rig.Locks.Lock(s_one, wanted);
            owned = wanted;
        }
    }

    private void TakeOverFirst(int n)
    {
        ref Pfn owned = ref _owned[1];
        for (int i = 0; i < n; i += 2)
        {
            Pfn wanted = Other(owned);
            _stage.Rig.Locks.Lock(s_two, wanted);
            _stage.Rig.Locks.Unlock(s_two, owned);
            owned = wanted;
        }
    }

    private Pfn Other(Pfn folio) => folio == _left ? _right : _left;

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
