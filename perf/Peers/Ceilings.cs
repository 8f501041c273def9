using MemCore.Perf.Bars;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Peers;

/// <summary>What the machine allows, measured in the same run: atomics, a line's way, copies by locality.</summary>
internal sealed class Ceilings(Stage stage) : IDisposable
{
    private const string Kind = "ceiling";
    private const int CopySlice = 256;
    private const int CopySlices = 8;

    private static readonly (string Name, long Bytes)[] s_sets =
        [("memcpy 4 KiB, in the L1", 2 * PagedRig.PageBytes), ("memcpy 4 KiB, in the L2", 256 << 10), ("memcpy 4 KiB, in the L3", 8 << 20), ("memcpy 4 KiB, cold random pages", 512 << 20)];

    private readonly List<CopySet> _sets = [];

    public IReadOnlyList<PeerRecord> Measure(int rounds)
    {
        Contest contest = new(stage.Bench, rounds);
        Subject adds = Words("2 interlocked adds", w => w.TwoAdds);
        Subject orAnd = Words("Interlocked.Or+And", w => w.OrAnd);
        Subject store = Words("CAS+store", w => w.CasAndStore);
        Subject pingPong = contest.Enter(stage.Bench.NewPingPong());
        Subject[] copies = [.. s_sets.Select(set => Copies(contest, set.Name, set.Bytes))];
        contest.Measure();
        return
        [
            PeerRecord.Of(Kind, "owned RMW", contest.Rmw, null, "a load and a compare-exchange"),
            PeerRecord.Of(Kind, "two-RMW pair", adds, null, "2 interlocked adds"),
            PeerRecord.Of(Kind, "set and clear a bit", orAnd, null, "Interlocked.Or, Interlocked.And, results unused"),
            PeerRecord.Of(Kind, "lock whose release needs no RMW", store, null, "compare-exchange, release store"),
            PeerRecord.Of(Kind, "ping-pong of one line, one way", null, pingPong),
            .. copies.Select(c => PeerRecord.Of(Kind, c.Name, c, null, "two threads have a set each")),
        ];

        Subject Words(string name, Func<Worker, Action<int>> loop) => contest.Enter(name, loop(stage.One), loop(stage.Two), Turns.AloneAndBoth);
    }

    public void Dispose()
    {
        foreach (CopySet set in _sets) { set.Dispose(); }
        _sets.Clear();
    }

    private Subject Copies(Contest contest, string name, long bytes)
    {
        CopySet one = new(bytes, seed: 1), two = new(bytes, seed: 2);
        _sets.AddRange([one, two]);
        return contest.Enter(name, one.Copy, two.Copy, Turns.AloneAndBoth).WithSlices(CopySlice, CopySlices);
    }
}
