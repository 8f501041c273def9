using System.Runtime.CompilerServices;
using MemCore.Native;

namespace MemCore.Lab.Soak;

/// <summary>What workers do, as the report names it.</summary>
internal enum Operation
{
    Alloc,
    Free,
    Lock,
    LockKillable,
    LockTimed,
    WaitShared,
    PutAndWait,
    WaitNoReference,
    TryGet,
    Put,
    Freeze,
    LruAdd,
    LruRequest,
    Isolate,
    Putback,
    DrainAll,
    UserRead,
    UserWrite,
    Fork,
    Unmap,
    Exit,
    CacheRead,
    CacheRemove,
    Pin,
    Unpin,
    MigratePages,
    Compact,
    CompactRun,
    BalloonInflate,
    BalloonDeflate,
    Count,
}

/// <summary>States that workloads see themselves; the engine's own counters tell the others.</summary>
internal enum Sighting
{
    TryGetOnDeadFrame,
    TryGetInOtherLife,
    FreezeRefused,
    FreezeDone,
    Order10Allocated,
    MemoryExhausted,
    FreedForOther,
    LastPutByOther,
    CollidingLocked,
    ImportedLocked,
    WaitedOnCancel,
    DrainServed,
    CompactionMadeBlock,
    Count,
}

/// <summary>Counts and latencies of one worker. Written by it alone; read by others when it is at rest, or for a rough figure.</summary>
internal sealed class WorkerStats
{
    /// <summary>One operation in so many is timed: reading the clock costs as much as the operation.</summary>
    public const int SampleEvery = 64;

    private readonly long[] _counts = new long[(int)Operation.Count];
    private readonly long[] _failed = new long[(int)Operation.Count];
    private readonly long[] _sightings = new long[(int)Sighting.Count];
    private readonly LatencyHistogram[] _latencies = [.. Enumerable.Range(0, (int)Operation.Count).Select(_ => new LatencyHistogram())];
    private int _tick;

    /// <summary>The clock when this operation is one of the timed ones, otherwise 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Begin() => (++_tick & (SampleEvery - 1)) == 0 ? MonotonicClock.Ticks : 0;

    /// <summary>Counts an operation that <see cref="Begin"/> began.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void End(Operation operation, long began, bool done = true)
    {
        _counts[(int)operation]++;
        if (!done) { _failed[(int)operation]++; }
        if (began != 0) { Time(operation, began); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Saw(Sighting sighting) => _sightings[(int)sighting]++;

    public long Count(Operation operation) => _counts[(int)operation];

    public long Failed(Operation operation) => _failed[(int)operation];

    public long Count(Sighting sighting) => _sightings[(int)sighting];

    public LatencyHistogram Latency(Operation operation) => _latencies[(int)operation];

    /// <summary>All operations together, at some moment.</summary>
    public long Total()
    {
        long total = 0;
        foreach (long count in _counts) { total += count; }
        return total;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Time(Operation operation, long began) => _latencies[(int)operation].Record(MonotonicClock.NanosecondsSince(began));
}
