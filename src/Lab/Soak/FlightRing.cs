using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MemCore.Native;

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
/// <remarks><code>
/// bit  63 ... 32 31 ...... 16 15 ... 8 7 ..... 0
///      [ frame  ] [ argument ] [outcome] [operation]
/// </code></remarks>
[StructLayout(LayoutKind.Explicit)]
internal struct FlightEntry
{
    private const int ArgumentShift = 16;
    private const int FrameShift = 32;

    [FieldOffset(0)]
    private long _word;

    [FieldOffset(0)]
    private byte _operation;

    [FieldOffset(1)]
    private FlightOutcome _outcome;

    [FieldOffset(2)]
    private ushort _argument;

    [FieldOffset(4)]
    private int _frame;

    [FieldOffset(8)]
    private FlightPlace _place;

    public readonly Operation Operation => (Operation)_operation;

    public readonly FlightOutcome Outcome => _outcome;

    /// <summary>Order, kind of batch, mode, number of pages or new Mm, as the operation has it.</summary>
    public readonly int Argument => _argument;

    /// <summary>The frame; negative: none, or not known.</summary>
    public readonly int Frame => _frame;

    public readonly FlightPlace Place => _place;

    /// <summary>The worker's, as the operation begins: two stores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(Operation operation, int frame, FlightPlace place, int argument)
    {
        _word = (long)operation | ((long)(ushort)argument << ArgumentShift) | ((long)frame << FrameShift);
        _place = place;
    }

    /// <summary>The worker's, when the operation came back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void End(FlightOutcome outcome) => _outcome = outcome;

    /// <summary>The worker's: the frame that the operation came to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Got(int frame) => _frame = frame;

    /// <summary>The worker's: what the operation made.</summary>
    public void Made(int argument) => _argument = (ushort)argument;
}

/// <summary>The last operations of one worker: written by it alone, with a few stores for each, nothing allocated.</summary>
/// <remarks>
/// Read by others once it is closed: the writer looks at that before each entry, so at most the one that it is in may still change, and as
/// many more as there are would be needed to overwrite the oldest. The clock is read for one operation in sixteen: reading it costs more than all the rest.
/// </remarks>
internal sealed class FlightRing
{
    public const int Capacity = 1024;

    /// <summary>One operation in so many has the time.</summary>
    public const int ClockEvery = 16;

    private readonly FlightEntry[] _entries = new FlightEntry[Capacity + 1]; // the last one for what begins when the ring is closed
    private readonly long[] _clocks = new long[Capacity / ClockEvery];
    private int _begun;
    private int _current = Capacity; // index of the entry whose end the worker will say
    private bool _closed;

    /// <summary>Operations begun so far; the last one is <c>this[Begun]</c>.</summary>
    public int Begun => Volatile.Read(ref _begun);

    /// <summary>An operation by its number; those from <see cref="Begun"/> − 1023 on are there.</summary>
    public FlightEntry this[int number] => _entries[number & (Capacity - 1)];

    /// <summary>The clock at the begin of an operation whose number is a multiple of <see cref="ClockEvery"/>.</summary>
    public long ClockAt(int number) => _clocks[(number & (Capacity - 1)) / ClockEvery];

    /// <summary>The worker begins an operation. Returns the clock for one in <paramref name="every"/>, a multiple of <see cref="ClockEvery"/> and a power of two; otherwise 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Begin(Operation operation, int frame, FlightPlace place, int argument, int every)
    {
        int number = _begun + 1;
        if (Volatile.Read(ref _closed))
        {
            _current = Capacity;
            return 0;
        }
        _current = number & (Capacity - 1);
        At(_current).Begin(operation, frame, place, argument);
        long clock = (number & (ClockEvery - 1)) == 0 ? Clock(number, every) : 0;
        Volatile.Write(ref _begun, number);
        return clock;
    }

    /// <summary>The worker's operation came back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void End(bool done) => At(_current).End(done ? FlightOutcome.Done : FlightOutcome.Refused);

    /// <summary>As above for an operation that is known by the frame it came to; negative: none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EndWith(int frame)
    {
        ref FlightEntry entry = ref At(_current);
        entry.Got(frame);
        entry.End(frame >= 0 ? FlightOutcome.Done : FlightOutcome.Refused);
    }

    /// <summary>Says what the operation that just ended made.</summary>
    public void Made(int argument) => At(_current).Made(argument);

    /// <summary>Any thread: from here on the worker writes nothing more but the end of the operation that it is in.</summary>
    public void Close() => Volatile.Write(ref _closed, true);

    /// <summary>Undoes <see cref="Close"/>. Before the worker starts.</summary>
    public void Open() => Volatile.Write(ref _closed, false);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private long Clock(int number, int every)
    {
        long now = MonotonicClock.Ticks;
        _clocks[(number & (Capacity - 1)) / ClockEvery] = now;
        return (number & (every - 1)) == 0 ? now : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref FlightEntry At(int index) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_entries), index);
}
