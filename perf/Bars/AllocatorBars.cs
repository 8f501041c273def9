using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>What LLFree's C port costs, in read-modify-writes of the machine that it was measured on. Its code is not part of this program.</summary>
internal static class LlfreeInRmw
{
    public const double Pair = 8.3;
    public const double Get = 4.5;
    public const double Put = 4.1;
    public const double Pair9 = 6.5;
}

/// <summary>B1.</summary>
internal sealed class PairBar(Stage stage) : Bar
{
    private Subject _pair = null!;

    public override string Id => "B1";

    public override string What => "order-0 alloc+free through the CPU's list";

    public override void Enter(Contest contest) => _pair = contest.Enter("order-0 alloc+free", stage.One.Order0Free, stage.Two.Order0Free);

    public override IReadOnlyList<Check> Judge(Contest contest) =>
    [
        Check.InRmw("alloc+free", _pair, contest, 4.0, stretch: 2.0),
        Check.InRmw("alloc+free to half of LLFree's pair, 8.3 RMW", _pair, contest, 0.5 * LlfreeInRmw.Pair),
    ];
}

/// <summary>B2.</summary>
internal sealed class BulkBar(Stage stage) : Bar
{
    public const int Slice = 1 << 12;

    private Subject _get = null!;
    private Subject _put = null!;

    public override string Id => "B2";

    public override string What => "order-0 bulk, far more than the CPU's list";

    public override void Enter(Contest contest)
    {
        _get = contest.Enter("order-0 bulk get", stage.One.BulkGet, stage.Two.BulkGet).WithSlices(Slice, stage.Bulk / Slice);
        _put = contest.Enter("order-0 bulk free", stage.One.BulkFree, stage.Two.BulkFree).WithSlices(Slice, stage.Bulk / Slice);
    }

    public override IReadOnlyList<Check> Judge(Contest contest) =>
    [
        Check.InRmw("get, LLFree's is 4.5 RMW", _get, contest, LlfreeInRmw.Get, stretch: 0.6 * LlfreeInRmw.Get),
        Check.InRmw("free, last in first out, LLFree's is 4.1 RMW", _put, contest, LlfreeInRmw.Put, stretch: 0.6 * LlfreeInRmw.Put),
    ];
}

/// <summary>B3.</summary>
internal sealed class BlockBar(Stage stage) : Bar
{
    // Of the head page: refcount at allocation and at free, flags.
    private const double HeadStoresInRmw = 0.5;

    private Subject _pair = null!;

    public override string Id => "B3";

    public override string What => "order-9 alloc+free";

    public override void Enter(Contest contest) => _pair = contest.Enter("order-9 alloc+free", stage.One.Order9Free, stage.Two.Order9Free);

    public override IReadOnlyList<Check> Judge(Contest contest) =>
    [
        Check.InRmw("alloc+free", _pair, contest, 7.0, stretch: 4.0),
        Check.InRmw("alloc+free to LLFree's pair, 6.5 RMW, and the head's stores, taken as 0.5 RMW", _pair, contest, LlfreeInRmw.Pair9 + HeadStoresInRmw),
    ];
}
