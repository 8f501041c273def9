using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Perf.Measuring;
using MemCore.Primitives;

namespace MemCore.Perf.Bars;

/// <summary>B4: both threads allocate, the frames of both are mixed, and each frees half.</summary>
/// <remarks>
/// Judged is the batch: who frees what others allocated has many at a time. Each drops the last reference of its frames too, one by one by a store,
/// in batches by what any holder would do. The other sizes and the frees one by one are for comparison.
/// </remarks>
internal sealed class RemoteFreeBar(Stage stage) : Bar
{
    private const int Slice = 1 << 12;
    private const int Slices = 32;
    private const int SmallBatch = 512;
    private const double PingPongShare = 0.5;
    private const double Rmws = 2;

    private readonly Pfn[] _one = new Pfn[stage.Bulk];
    private readonly Pfn[] _two = new Pfn[stage.Bulk];
    private XorShift _random = new(4);
    private readonly Pfn[] _own = new Pfn[stage.Bulk];
    private int _leftOwn;
    private int _leftOne;
    private int _leftTwo;
    private Subject _free = null!;
    private Subject _pingPong = null!;

    public override string Id => "B4";

    public override string What => "free of frames that another CPU allocated, mixed at random, 2 threads";

    public override bool SharesLine => true;

    public override void Enter(Contest contest)
    {
        _pingPong = contest.Enter(stage.Bench.NewPingPong());
        EnterOwn(contest, "free, own frames at random, 1 thread, one by one", 1);
        EnterOwn(contest, $"free, own frames at random, 1 thread, {Slice} a batch", Slice);
        EnterMixed(contest, "free, frames of two CPUs mixed, one by one", 1);
        EnterMixed(contest, $"free, frames of two CPUs mixed, {SmallBatch} a batch", SmallBatch);
        _free = EnterMixed(contest, $"free, frames of two CPUs mixed, {Slice} a batch", Slice);
    }

    public override IReadOnlyList<Check> Judge(Contest contest)
    {
        double limit = (PingPongShare * _pingPong.NsOfTwo) + (Rmws * contest.Rmw.Ns);
        return [Check.InNs($"free in batches of {Slice} to half of the one-way ping-pong and 2 RMW", Times.OfTwo(_free), limit, _pingPong.NsOfTwo)];
    }

    /// <summary>Frees what a measurement has left, which others may need before this one is measured again.</summary>
    public override void MeasureBesides(Contest contest) => GiveBack();

    protected override void Release() => GiveBack();

    private void GiveBack()
    {
        Free(0, _own, ref _leftOwn, _leftOwn, 1);
        Free(0, _one, ref _leftOne, _leftOne, 1);
        Free(1, _two, ref _leftTwo, _leftTwo, 1);
    }

    // Without another CPU, for comparison: what is left is the way to cold words.
    private void EnterOwn(Contest contest, string name, int batch) =>
        Sized(contest.Enter(name, new Side(n => Free(0, _own, ref _leftOwn, n, batch), RefillOwn), new Side(_ => { })));

    private Subject EnterMixed(Contest contest, string name, int batch)
    {
        Side one = new(n => Free(0, _one, ref _leftOne, n, batch), Refill);
        return Sized(contest.Enter(name, one, new Side(n => Free(1, _two, ref _leftTwo, n, batch)), Turns.Both));
    }

    private Subject Sized(Subject subject) => subject.WithSlices(Math.Min(Slice, stage.Bulk), Math.Min(Slices, stage.Bulk / Slice));

    private void RefillOwn(int n)
    {
        if (_leftOwn >= n) { return; }
        Free(0, _own, ref _leftOwn, _leftOwn, 1);
        Allocate(0, _own, stage.Bulk);
        _random.Shuffle<Pfn>(_own);
        _leftOwn = stage.Bulk;
    }

    // Each thread allocates on its own CPU; then one of them shuffles what both have.
    private void Refill(int n)
    {
        if (_leftOne >= n || stage.Bench.Partner is not { } partner) { return; }
        Free(0, _one, ref _leftOne, _leftOne, 1);
        Free(1, _two, ref _leftTwo, _leftTwo, 1);
        partner.RunBoth(count => Allocate(0, _one, count), count => Allocate(1, _two, count), stage.Bulk);
        _leftOne = _leftTwo = stage.Bulk;
        for (int i = (2 * stage.Bulk) - 1; i > 0; i--)
        {
            int pick = _random.Below(i + 1);
            (At(i), At(pick)) = (At(pick), At(i));
        }
    }

    private ref Pfn At(int i) => ref i < _one.Length ? ref _one[i] : ref _two[i - _one.Length];

    private void Allocate(int task, Pfn[] frames, int n)
    {
        for (int i = 0; i < n; i++) { frames[i] = stage.Rig.Allocator.Allocate(new TaskId(task), 0, MigrateType.Movable); }
    }

    private void Free(int task, Pfn[] frames, ref int left, int n, int batch)
    {
        if (batch == 1)
        {
            FreeOneByOne(task, frames.AsSpan(left - n, n));
            left -= n;
            return;
        }
        for (int count; n > 0; n -= count)
        {
            count = Math.Min(n, batch);
            left -= count;
            stage.Rig.Allocator.PutBatch(new TaskId(task), frames.AsSpan(left, count));
        }
    }

    private void FreeOneByOne(int task, ReadOnlySpan<Pfn> frames)
    {
        EngineRig rig = stage.Rig;
        for (int i = frames.Length - 1; i >= 0; i--)
        {
            rig.Table.Ref(frames[i]).Publish(0);
            rig.Allocator.Free(new TaskId(task), frames[i], 0);
        }
    }
}
