using MemCore.Engine;
using MemCore.Perf.Measuring;
using MemCore.Primitives;

namespace MemCore.Perf.Bars;

/// <summary>B9: folios added to the LRU through the CPU's batch, over full batches.</summary>
internal sealed class LruBar : Bar
{
    private const int Frames = 1 << 16;
    private const double OtherNs = 3;
    private const double FreshRmws = 2;
    private const double PublishedRmws = 3;
    private const double LimitOfRate = 0.9;
    private const int Slices = 16;

    private readonly Bench _bench;
    private readonly Machine _machine;
    private readonly LruWorker _one;
    private readonly LruWorker _two;
    private Subject _fresh = null!;
    private Subject _published = null!;
    private Subject _freshOther = null!;
    private Subject _publishedOther = null!;

    public LruBar(Bench bench)
    {
        _bench = bench;
        _machine = new Machine(new MachineOptions { Frames = Frames, Cpus = 2, Tasks = 2 });
        _machine.Allocator.FreeRangeAtRest(new Pfn(0), Frames);
        _one = new LruWorker(_machine, 0);
        _two = new LruWorker(_machine, 1);
    }

    public override string Id => "B9";

    public override string What => "folio added to the LRU by full batches";

    public override bool TakesTwo => true;

    public override void Enter(Contest contest)
    {
        _fresh = contest.Enter("add, fresh folio", _one.Fresh, _two.Fresh, Turns.AloneAndBoth).WithSlices(_one.Folios, Slices);
        _freshOther = contest.Enter("add, fresh folio, the other CPU", _bench.OnPartner(_two.Fresh), _two.Fresh).WithSlices(_two.Folios, Slices);
        _published = contest.Enter("add, published folio", _one.Published, _two.Published, Turns.AloneAndBoth).WithSlices(_one.Folios, Slices);
        _publishedOther = contest.Enter("add, published folio, the other CPU", _bench.OnPartner(_two.Published), _two.Published).WithSlices(_two.Folios, Slices);
    }

    public override IReadOnlyList<Check> Judge(Contest contest) =>
    [
        Check.InNs("fresh folio, to 2 RMW and 3 ns", Times.Alone(_fresh), (FreshRmws * contest.Rmw.Ns) + OtherNs, contest.Rmw.Ns),
        Check.InNs("published folio, to 3 RMW and 3 ns", Times.Alone(_published), (PublishedRmws * contest.Rmw.Ns) + OtherNs, contest.Rmw.Ns),
        Check.Efficiency("fresh folios on 2 CPUs, a batch each", _fresh, _freshOther, LimitOfRate),
        Check.Efficiency("published folios on 2 CPUs, a batch each", _published, _publishedOther, LimitOfRate),
    ];

    protected override void Release() => _machine.Dispose();
}
