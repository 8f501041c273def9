using System.Runtime.CompilerServices;
using MemCore.Mapping;
using MemCore.Native;
using MemCore.Primitives;

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
    Cancel,
    TryGet,
    Put,
    Freeze,
    LruAdd,
    LruRequest,
    LruDrain,
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
    Sample,
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

/// <summary>Counts, latencies and last operations of one worker. Written by it alone; read by others when it is at rest, or for a rough figure.</summary>
internal sealed class WorkerStats
{
    /// <summary>One operation in so many is timed: reading the clock costs as much as the operation.</summary>
    public const int SampleEvery = 64;

    private readonly long[] _counts = new long[(int)Operation.Count];
    private readonly long[] _failed = new long[(int)Operation.Count];
    private readonly long[] _sightings = new long[(int)Sighting.Count];
    private readonly LatencyHistogram[] _latencies = [.. Enumerable.Range(0, (int)Operation.Count).Select(_ => new LatencyHistogram())];

    /// <summary>Its last operations.</summary>
    public FlightRing Ring { get; } = new();

    /// <summary>Begins an operation. Returns the clock when it is one of the timed ones, otherwise 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Begin(Operation operation, Pfn pfn, FlightPlace place = default, int argument = 0) =>
        Ring.Begin(operation, pfn.Value, place, argument, SampleEvery);

    /// <summary>Begins an operation on a page of a process.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Begin(Operation operation, MmId mm, long page, int argument = 0) => Begin(operation, Pfn.None, FlightPlace.Page(mm.Value, page), argument);

    /// <summary>Begins an operation on no folio that is known yet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Begin(Operation operation, int argument = 0) => Begin(operation, Pfn.None, default, argument);

    /// <summary>Counts an operation that was begun.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void End(Operation operation, long began, bool done = true)
    {
        Ring.End(done);
        Tally(operation, began, done);
    }

    /// <summary>As above for one that is known by what it returned; Pfn.None: it was refused.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void End(Operation operation, long began, Pfn result)
    {
        Ring.EndWith(result.Value);
        Tally(operation, began, !result.IsNone);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Tally(Operation operation, long began, bool done)
    {
        _counts[(int)operation]++;
        if (!done) { _failed[(int)operation]++; }
        if (began != 0) { Time(operation, began); }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Time(Operation operation, long began) => _latencies[(int)operation].Record(MonotonicClock.NanosecondsSince(began));
}
