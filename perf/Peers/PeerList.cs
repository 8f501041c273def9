using MemCore.Perf.Bars;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Peers;

/// <summary>What a user could take instead, measured in the same run.</summary>
internal sealed class PeerList(Stage stage)
{
    private const string Kind = "peer";
    private const int SlicesOfSlow = 8;

    public IReadOnlyList<PeerRecord> Measure(int rounds) => [.. Locks(rounds), .. Pools(rounds), .. Kernel(rounds)];

    private IEnumerable<PeerRecord> Locks(int rounds)
    {
        Contest contest = new(stage.Bench, rounds);
        LockPeers one = new(), two = new(), both = new();
        List<PeerRecord> records = [];
        List<(string What, Subject Own, Subject Shared)> pairs =
        [
            Pair("Monitor", l => l.MonitorPairs),
            Pair("System.Threading.Lock", l => l.LockPairs),
            Pair("SpinLock", l => l.SpinLockPairs),
        ];
        using PthreadMutex? mutexOne = Libc.IsThere ? new() : null, mutexTwo = Libc.IsThere ? new() : null, mutex = Libc.IsThere ? new() : null;
        using FutexHandOff? futex = Libc.IsThere ? new() : null;
        if (mutexOne is not null && mutexTwo is not null && mutex is not null)
        {
            pairs.Add(("pthread mutex", contest.Enter("pthread mutex", mutexOne.Pairs, mutexTwo.Pairs, Turns.AloneAndBoth), contest.Enter("pthread mutex contended", mutex.Pairs, mutex.Pairs, Turns.Both)));
        }
        contest.Measure();
        records.AddRange(pairs.Select(p => PeerRecord.Of(Kind, p.What + ", lock+unlock", p.Own, p.Shared)));
        records.Add(FutexWakes(futex, rounds));
        return records;

        (string What, Subject Own, Subject Shared) Pair(string what, Func<LockPeers, Action<int>> loop) =>
            (what, contest.Enter(what, loop(one), loop(two), Turns.AloneAndBoth), contest.Enter(what + " contended", loop(both), loop(both), Turns.Both));
    }

    private PeerRecord FutexWakes(FutexHandOff? futex, int rounds)
    {
        const string What = "futex hand-off, one way";
        if (futex is null || stage.Bench.Partner is not { } partner) { return PeerRecord.Of(Kind, What, null, null, "not on this OS, or no second CPU"); }
        WakeTimes wakes = futex.NewTimes();
        for (int round = 0; round < rounds; round++) { wakes.Round(partner); }
        return PeerRecord.Of(Kind, What, null, null, "from before the wake until the sleeper runs") with { SharedOfTwo = new Times(wakes.Ns, wakes.MinNs, wakes.MaxNs, WakeTimes.Operations) };
    }

    private IEnumerable<PeerRecord> Pools(int rounds)
    {
        Contest contest = new(stage.Bench, rounds);
        PoolPeers pools = new();
        List<(Subject Alone, Subject Shared)> pairs =
        [
            Pair("ArrayPool<byte>.Shared 4096, rent+return", PoolPeers.ArrayPoolPairs, PoolPeers.ArrayPoolPairs),
            Pair("ArrayPool<byte>.Shared 4096, batches of 64", pools.ArrayPoolBatchesOne, pools.ArrayPoolBatchesTwo),
            Pair("ObjectPool, get+return", pools.ObjectPoolPairs, pools.ObjectPoolPairs),
            Pair("ConcurrentQueue<int>, dequeue+enqueue", pools.QueuePairs, pools.QueuePairs),
            Pair("ConcurrentBag<int>, take+add", pools.BagPairs, pools.BagPairs),
            Pair("Channel<int> unbounded, read+write", pools.ChannelPairs, pools.ChannelPairs),
            Pair("NativeMemory.AlignedAlloc 4096, alloc+free", PoolPeers.AlignedPairs, PoolPeers.AlignedPairs),
        ];
        contest.Measure();
        return pairs.Select(p => PeerRecord.Of(Kind, p.Alone.Name, p.Alone, p.Shared) with { OwnOfTwo = default });

        (Subject Alone, Subject Shared) Pair(string name, Action<int> one, Action<int> two) =>
            (contest.Enter(name, one, two), contest.Enter(name, one, two, Turns.Both));
    }

    private IEnumerable<PeerRecord> Kernel(int rounds)
    {
        const string Fault = "kernel: anonymous fault, a page", MemoryLock = "kernel: mlock of a populated range, a page", Unlock = "kernel: munlock, a page";
        KernelFigure compaction = stage.Compaction;
        PeerRecord compacted = new(Kind, "kernel: compaction, a migrated page", new Times(compaction.Ns ?? 0, compaction.MinNs, compaction.MaxNs, 0), default, default, 0, compaction.Note);
        if (!Libc.IsThere) { return [.. new[] { Fault, MemoryLock, Unlock }.Select(what => PeerRecord.Of(Kind, what, null, null, "not on this OS")), compacted]; }
        using KernelPages one = new(), two = new();
        Contest contest = new(stage.Bench, rounds);
        Subject fault = Enter(Fault, one.Fault, two.Fault);
        string? why = one.WhyNoLock();
        Subject? locked = why is null ? Enter(MemoryLock, one.MemoryLock, two.MemoryLock) : null;
        Subject? unlocked = why is null ? Enter(Unlock, one.MemoryUnlock, two.MemoryUnlock) : null;
        contest.Measure();
        return [PeerRecord.Of(Kind, Fault, fault, null), PeerRecord.Of(Kind, MemoryLock, locked, null, why ?? string.Empty), PeerRecord.Of(Kind, Unlock, unlocked, null, why ?? string.Empty), compacted];

        Subject Enter(string name, Side first, Side second) => contest.Enter(name, first, second, Turns.AloneAndBoth).WithSlices(KernelPages.Slice, SlicesOfSlow);
    }
}
