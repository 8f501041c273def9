using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace MemCore.Primitives;

/// <summary>How a column takes part in the identity of a state.</summary>
public enum ColumnKind : byte
{
    /// <summary>Hashed as it is.</summary>
    State,

    /// <summary>
    /// Monotone, and compared only with what the same word was: hashed as whether it still is what observers hold, apart from the bits of the
    /// column's mask.
    /// </summary>
    Canonical,

    /// <summary>Never hashed and never read by a decision: counters, owners for reports, event rings.</summary>
    Bookkeeping,
}

/// <summary>One named array of the arena. Words are reached by reference and only through <see cref="Atomic"/>.</summary>
/// <remarks>A copy is harmless: the struct holds the address and the length. Bounds are checked; the check is one compare.</remarks>
internal readonly unsafe struct Column<T>
    where T : unmanaged
{
    private readonly T* _base;
    private readonly int _count;

    internal Column(T* start, int count)
    {
        _base = start;
        _count = count;
    }

    public int Count => _count;

    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= (uint)_count) { OutOfRange(index); }
            return ref _base[(uint)index];
        }
    }

    /// <summary>As the indexer for who has compared the index with the length of another column that is as long as this one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T Known(nuint index)
    {
        Debug.Assert(index < (uint)_count, "an index that nobody checked");
        return ref _base[index];
    }

    /// <summary>The element after one that was reached already, if its index is known to be in range too: one address serves both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref T After(ref T element) => ref Unsafe.Add(ref element, 1);

    /// <summary>Asks for the line of an element that will be wanted soon. Changes nothing and fails on nothing; the index is in range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int index)
    {
        if (Sse.IsSupported) { Sse.Prefetch0(_base + (uint)index); }
    }

    /// <summary>The elements as a span, for set-up, audits at quiescence and export: never while tasks run.</summary>
    public Span<T> AtRest => new(_base, _count);

    /// <summary>Neighbouring words, checked once. Each is still reached only through <see cref="Atomic"/>, or alone by a sole owner with the seam off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> Row(int start, int count)
    {
        if ((ulong)(uint)start + (uint)count > (uint)_count) { OutOfRange(start); }
        return new Span<T>(_base + start, count);
    }

    /// <summary>Writes the same value to a range that nobody else can touch now.</summary>
    public void FillPlain(int start, int count, T value)
    {
        if (count == 0) { return; }
        _ = this[start];
        _ = this[start + count - 1];
        if (!Seam.On)
        {
            new Span<T>(_base + start, count).Fill(value);
            return;
        }
        for (int i = start; i < start + count; i++)
        {
            if (sizeof(T) == sizeof(int)) { Atomic.PlainStore(ref Unsafe.As<T, int>(ref _base[i]), Unsafe.As<T, int>(ref value)); }
            else { Atomic.PlainStore(ref Unsafe.As<T, long>(ref _base[i]), Unsafe.As<T, long>(ref value)); }
        }
    }

    [DoesNotReturn]
    private static void OutOfRange(int index) => throw Bug.OutsideColumn(index);
}

/// <summary>A column whose elements lie a cache line (or more) apart: per-CPU and per-task words.</summary>
internal readonly unsafe struct PaddedColumn<T>
    where T : unmanaged
{
    private readonly byte* _base;
    private readonly int _count;
    private readonly int _strideShift;

    internal PaddedColumn(byte* start, int count, int strideBytes)
    {
        if (!BitOperations.IsPow2(strideBytes)) { throw new ArgumentException("a power of two, so that no multiplication stands in front of an access", nameof(strideBytes)); }
        _base = start;
        _count = count;
        _strideShift = BitOperations.Log2((uint)strideBytes);
    }

    public int Count => _count;

    /// <summary>The only element of a column of one.</summary>
    public ref T First => ref *(T*)_base;

    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= (uint)_count) { OutOfRange(index); }
            return ref *(T*)(_base + ((ulong)(uint)index << _strideShift));
        }
    }

    [DoesNotReturn]
    private static void OutOfRange(int index) => throw Bug.OutsideColumn(index);
}
