using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MemCore.Native;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>How an operation in a ring ended.</summary>
internal enum FlightOutcome : byte
{
    /// <summary>It has not come back: it is under way, or an invariant broke in it.</summary>
    UnderWay,
    Done,

    /// <summary>A lawful refusal.</summary>
    Refused,
}

/// <summary>One operation as a worker's ring holds it.</summary>
internal struct FlightEntry
{
    public Operation Operation;
    public FlightOutcome Outcome;

    /// <summary>Order, kind of batch, mode or number of pages, as the operation has it.</summary>
    public int Argument;

    /// <summary>The frame; negative: none, or not known.</summary>
    public int Frame;
    public FlightPlace Place;

    /// <summary>The clock at its begin; 0: it was not read.</summary>
    public long Ticks;
}

/// <summary>The last operations of one worker: written by it alone, with a few stores for each, nothing allocated.</summary>
/// <remarks>
/// Read by others once it is closed: the writer looks at that before each entry, so at most the one that it is in may still change, and 256
/// more would be needed to overwrite the oldest. The clock is read for one operation in eight: reading it costs more than all the rest.
/// </remarks>
internal sealed class FlightRing
{
    public const int Capacity = 256;

    /// <summary>One operation in so many has the time.</summary>
    public const int ClockEvery = 8;

    private readonly FlightEntry[] _entries = new FlightEntry[Capacity];
    private int _begun;
    private bool _closed;

    /// <summary>Operations begun so far; the last one is <c>this[Begun]</c>.</summary>
    public int Begun => Volatile.Read(ref _begun);

    /// <summary>An operation by its number; those from <see cref="Begun"/> − 255 on are there.</summary>
    public FlightEntry this[int number] => _entries[number & (Capacity - 1)];

    /// <summary>The worker begins an operation. Returns the clock for one in <paramref name="every"/>, a power of two from eight, otherwise 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Begin(Operation operation, int frame, FlightPlace place, int argument, int every)
    {
        int number = _begun + 1;
        long ticks = (number & (ClockEvery - 1)) == 0 ? MonotonicClock.Ticks : 0;
        if (!Volatile.Read(ref _closed))
        {
            ref FlightEntry entry = ref At(number);
            entry.Operation = operation;
            entry.Outcome = FlightOutcome.UnderWay;
            entry.Argument = argument;
            entry.Frame = frame;
            entry.Place = place;
            entry.Ticks = ticks;
            Volatile.Write(ref _begun, number);
        }
        return (number & (every - 1)) == 0 ? ticks : 0;
    }

    /// <summary>The worker's operation came back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void End(bool done) => At(_begun).Outcome = done ? FlightOutcome.Done : FlightOutcome.Refused;

    /// <summary>Says which frame or Mm the operation that just ended came to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Got(Pfn frame) => At(_begun).Frame = frame.Value;

    /// <summary>Any thread: from here on the worker writes nothing more but the end of the operation that it is in.</summary>
    public void Close() => Volatile.Write(ref _closed, true);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref FlightEntry At(int number) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_entries), number & (Capacity - 1));
}
