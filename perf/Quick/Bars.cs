using MemCore.Perf.Measuring;

namespace MemCore.Perf.Quick;

/// <summary>The bars of the reference that a quick run can judge, as ratios within the run.</summary>
/// <remarks>
/// RMW is a load and a compare-exchange on a line that the thread owns. Where the reference compares with LLFree, its cost in RMWs on the
/// machine of the reference stands for it: 4.5 a get, 4.1 a put, 8.3 a pair, 6.5 an order-9 pair.
/// </remarks>
internal static class Bars
{
    public static IReadOnlyList<Bar> Judge(QuickRun run)
    {
        Subject rmw = run.Of("RMW");
        Subject orAnd = run.Of("or+and");
        Subject locks = run.Of("lock+unlock");
        Subject twoAdds = run.Of("2 adds");
        Subject pair = run.Of("order-0 alloc+free");
        Subject pair9 = run.Of("order-9 alloc+free");
        Subject get = run.Of("order-0 bulk get");
        Subject put = run.Of("order-0 bulk free");
        List<Bar> bars =
        [
            InRmw("B1", "order-0 alloc+free through the CPU's list", pair, 4.0, 2.0),
            InRmw("B2", "order-0 bulk get", get, 4.5, 2.7),
            InRmw("B2", "order-0 bulk free, last in first out", put, 4.1, 2.5),
            InRmw("B3", "order-9 alloc+free", pair9, 7.0, 4.0),
            Ratio("B6", "lock+unlock to Interlocked.Or+And", locks, orAnd, 1.15),
            Ratio("B6", "lock+unlock to Monitor", locks, run.Of("Monitor"), 0.9),
            Ratio("B8", "get+put to 2 interlocked adds", run.Of("get+put"), twoAdds, 1.1),
            Ratio("B8", "map+unmap to 2 interlocked adds", run.Of("map+unmap"), twoAdds, 1.1),
        ];
        foreach (Subject subject in new[] { pair, get, put, pair9, locks })
        {
            double efficiency = run.TwoThreads ? subject.Ns / subject.NsOfTwo : 0;
            bars.Add(new Bar("B5", $"2 threads, separate regions: {subject.Name}", "efficiency", efficiency, 0.95, null, AtLeast: true, run.IsRejectedForTwo, [subject, rmw]));
        }
        return bars;

        Bar InRmw(string id, string what, Subject subject, double limit, double stretch) =>
            new(id, what, "RMW", subject.Ns / rmw.Ns, limit, stretch, AtLeast: false, run.IsRejected, [subject, rmw]);

        Bar Ratio(string id, string what, Subject subject, Subject anchor, double limit) =>
            new(id, what, "ratio", subject.Ns / anchor.Ns, limit, null, AtLeast: false, run.IsRejected, [subject, anchor, rmw]);
    }
}
