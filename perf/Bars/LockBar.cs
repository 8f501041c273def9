using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>B6.</summary>
internal sealed class LockBar(Stage stage) : Bar
{
    private Subject _lock = null!;
    private Subject _orAnd = null!;
    private Subject _monitor = null!;

    public override string Id => "B6";

    public override string What => "folio trylock+unlock, no waiter";

    public override void Enter(Contest contest)
    {
        _orAnd = contest.Enter("Interlocked.Or+And", stage.One.OrAnd, stage.Two.OrAnd);
        _lock = contest.Enter("folio lock+unlock", stage.One.LockUnlock, stage.Two.LockUnlock);
        _monitor = contest.Enter("Monitor", stage.One.MonitorPair, stage.Two.MonitorPair);
        contest.Enter("CAS+store", stage.One.CasAndStore, stage.Two.CasAndStore);
    }

    public override IReadOnlyList<Check> Judge(Contest contest) =>
    [
        Check.Ratio("to Interlocked.Or+And", _lock, _orAnd, 1.15),
        Check.Ratio("to Monitor", _lock, _monitor, 0.9),
    ];
}

/// <summary>B8.</summary>
internal sealed class ReferenceBar(Stage stage) : Bar
{
    private const double LimitOfTwoAdds = 1.1;

    private Subject _adds = null!;
    private Subject _references = null!;
    private Subject _mapCount = null!;

    public override string Id => "B8";

    public override string What => "folio get+put, and map count up and down";

    public override void Enter(Contest contest)
    {
        _adds = contest.Enter("2 Interlocked.Add", stage.One.TwoAdds, stage.Two.TwoAdds);
        _references = contest.Enter("get+put", stage.One.GetPut, stage.Two.GetPut);
        _mapCount = contest.Enter("map+unmap", stage.One.MapAddRemove, stage.Two.MapAddRemove);
        contest.Enter("tryget+put", stage.One.TryGetPut, stage.Two.TryGetPut);
    }

    public override IReadOnlyList<Check> Judge(Contest contest) =>
    [
        Check.Ratio("get+put to 2 interlocked adds", _references, _adds, LimitOfTwoAdds),
        Check.Ratio("map+unmap to 2 interlocked adds", _mapCount, _adds, LimitOfTwoAdds),
    ];
}
