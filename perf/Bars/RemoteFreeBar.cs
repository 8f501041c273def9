using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Perf.Measuring;
using MemCore.Primitives;

namespace MemCore.Perf.Bars;

/// <summary>B4: both threads allocate, the frames of both are mixed, and each frees half.</summary>
internal sealed class RemoteFreeBar(Stage stage) : Bar
{
    private const int Slice = 1 << 12;
    private const int Slices = 32;
    private const double PingPongShare = 0.5;
    private const double Rmws = 2;

    private readonly Pfn[] _one = new Pfn[stage.Bulk];
    private readonly Pfn[] _two = new Pfn[stage.Bulk];
    private XorShift _random = new(4);
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
        _free = contest.Enter("free, frames of two CPUs mixed", new Side(FreeOne, Refill), new Side(FreeTwo), Turns.Both)
            .WithSlices(Math.Min(Slice, stage.Bulk), Math.Min(Slices, stage.Bulk / Slice));
    }

    public override IReadOnlyList<Check> Judge(Contest contest)
    {
        double limit = (PingPongShare * _pingPong.NsOfTwo) + (Rmws * contest.Rmw.Ns);
        return [Check.InNs("free to half of the one-way ping-pong and 2 RMW", Times.OfTwo(_free), limit, _pingPong.NsOfTwo)];
    }

    protected override void Release()
    {
        FreeOne(_leftOne);
        FreeTwo(_leftTwo);
    }

    // Each thread allocates on its own CPU; then one of them shuffles what both have.
    private void Refill(int n)
    {
        if (_leftOne >= n || stage.Bench.Partner is not { } partner) { return; }
        FreeOne(_leftOne);
        FreeTwo(_leftTwo);
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

    private void FreeOne(int n) => Free(0, _one, ref _leftOne, n);

    private void FreeTwo(int n) => Free(1, _two, ref _leftTwo, n);

    private void Free(int task, Pfn[] frames, ref int left, int n)
    {
        EngineRig rig = stage.Rig;
        for (int i = left - 1; i >= left - n; i--)
        {
            rig.Table.Ref(frames[i]).Publish(0);
            rig.Allocator.Free(new TaskId(task), frames[i], 0);
        }
        left -= n;
    }
}
