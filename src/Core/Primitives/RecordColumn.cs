using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace MemCore.Primitives;

/// <summary>A column whose words lie in records beside those of other columns: what is used together is one line, not one line each.</summary>
/// <remarks>
/// A column like any other by name, kind and use. In an exploration, where lines mean nothing, its words are packed as everywhere; a record is then
/// no more than columns of one length.
/// </remarks>
internal readonly unsafe struct RecordColumn<T>
    where T : unmanaged
{
    private readonly byte* _base;
    private readonly int _count;

    internal RecordColumn(byte* start, int count)
    {
        _base = start;
        _count = count;
    }

    public int Count => _count;

    /// <summary>The elements, for set-up, audits at quiescence and export: never while tasks run.</summary>
    public Strided<T> AtRest => new(ref *(T*)_base, _count, Stride);

    // Written out where elements are reached: in a method into which much else is inlined the JIT calls even this.
    private static int Stride => Seam.Exploring ? sizeof(T) : Arena.RecordBytes;

    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= (uint)_count) { OutOfRange(index); }
            return ref *(T*)(_base + ((nuint)(uint)index * (uint)(Seam.Exploring ? sizeof(T) : Arena.RecordBytes)));
        }
    }

    /// <summary>As the indexer for who has compared the index with the length of another column of the record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T Known(nuint index)
    {
        Debug.Assert(index < (uint)_count, "an index that nobody checked");
        return ref *(T*)(_base + (index * (uint)(Seam.Exploring ? sizeof(T) : Arena.RecordBytes)));
    }

    /// <summary>Asks for the line of a record that will be wanted soon. Changes nothing and fails on nothing; the index is in range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int index)
    {
        if (Sse.IsSupported) { Sse.Prefetch0(_base + ((nuint)(uint)index * (uint)Stride)); }
    }

    [DoesNotReturn]
    private static void OutOfRange(int index) => throw Bug.OutsideColumn(index);
}

/// <summary>Words of a record by their distance from its first one. With the seam off.</summary>
internal static class RecordWords
{
    /// <summary>What lies so many bytes after the first word of a record, in it or in the ones behind.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref T After<T>(ref uint first, nuint bytes) => ref Unsafe.As<uint, T>(ref Unsafe.AddByteOffset(ref first, bytes));
}

/// <summary>Elements at equal distances, at rest: what a span is for packed columns.</summary>
internal readonly ref struct Strided<T>(ref T first, int length, int strideBytes)
    where T : unmanaged
{
    private readonly ref T _first = ref first;

    public int Length => length;

    public ref T this[int index]
    {
        get
        {
            if ((uint)index >= (uint)length) { OutOfRange(index); }
            return ref Unsafe.AddByteOffset(ref _first, (nint)index * strideBytes);
        }
    }

    public Strided<T> Slice(int start, int count)
    {
        if ((ulong)(uint)start + (uint)count > (uint)length) { OutOfRange(start); }
        return new Strided<T>(ref Unsafe.AddByteOffset(ref _first, (nint)start * strideBytes), count, strideBytes);
    }

    public void Fill(T value)
    {
        foreach (ref T element in this) { element = value; }
    }

    public bool ContainsAnyExcept(T value)
    {
        foreach (T element in this)
        {
            if (!EqualityComparer<T>.Default.Equals(element, value)) { return true; }
        }
        return false;
    }

    public Enumerator GetEnumerator() => new(this);

    [DoesNotReturn]
    private static void OutOfRange(int index) => throw Bug.OutsideColumn(index);

    public ref struct Enumerator(Strided<T> elements)
    {
        private readonly Strided<T> _elements = elements;
        private int _index = -1;

        public readonly ref T Current => ref Unsafe.AddByteOffset(ref _elements._first, (nint)_index * _elements.Stride);

        public bool MoveNext() => ++_index < _elements.Length;
    }

    private int Stride => strideBytes;
}
