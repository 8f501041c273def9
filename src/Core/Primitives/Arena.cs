using System.Globalization;
using System.Runtime.CompilerServices;

namespace MemCore.Primitives;

/// <summary>What the arena knows of one column: enough to name any word of it.</summary>
/// <param name="Name">The word's name as the kernel has it where there is one.</param>
/// <param name="Kind">How it takes part in a state's identity.</param>
/// <param name="OffsetBytes">From the start of the arena, a multiple of a cache line.</param>
/// <param name="Count">Elements.</param>
/// <param name="ElementBytes">4 or 8.</param>
/// <param name="StrideBytes">Distance of neighbours; more than the element for padded columns.</param>
/// <param name="CanonicalMask">Of a Canonical column: the bits that are hashed as they are.</param>
internal sealed record ColumnInfo(
    string Name, ColumnKind Kind, long OffsetBytes, int Count, int ElementBytes, int StrideBytes, ulong CanonicalMask)
{
    /// <summary>For a column that shares records: where its word lies in each. 0 for the first one, and for all others.</summary>
    public int AtInRecord { get; init; }

    public long SizeBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ((long)Count * StrideBytes) - AtInRecord;
    }

    public long EndBytes => OffsetBytes + SizeBytes;
}

/// <summary>The one native region that holds all state which changes while tasks run, as named columns.</summary>
/// <remarks>
/// Address space is reserved at once and filled by <see cref="Add{T}"/> during set-up; pages that nobody touches cost nothing.
/// Column starts are aligned to two cache lines (adjacent-line prefetch pairs them).
/// </remarks>
internal sealed unsafe class Arena : IDisposable
{
    public const int LineBytes = 64;

    /// <summary>Half a line: what the columns of a record have together.</summary>
    public const int RecordBytes = 32;

    private const int AlignmentBytes = 128;

    private readonly List<ColumnInfo> _columns = [];
    private readonly NativeRegion _region;
    private readonly byte* _base;
    private long _used;

    /// <exception cref="InsufficientMemoryException">The OS does not give the address space.</exception>
    /// <exception cref="PlatformNotSupportedException">Of two neighbouring words used as one, the first is not the low half.</exception>
    public Arena(long capacityBytes, bool hugePages = false)
    {
        if (!BitConverter.IsLittleEndian) { throw new PlatformNotSupportedException("the arena is little-endian"); }
        _region = new NativeRegion(Math.Max(capacityBytes, 1 << 16), "the arena", hugePages);
        _base = (byte*)_region.Address;
    }

    public nint Base => (nint)_base;

    /// <summary>Bytes in use: the end of the last column.</summary>
    public long UsedBytes => _used;

    public int WordCount => checked((int)(_used / sizeof(int)));

    public IReadOnlyList<ColumnInfo> Columns => _columns;

    /// <summary>Adds a packed column. Set-up only. All elements are zero.</summary>
    public Column<T> Add<T>(string name, int count, ColumnKind kind, ulong canonicalMask = 0)
        where T : unmanaged
    {
        byte* start = Place(name, count, kind, sizeof(T), sizeof(T), canonicalMask);
        return new Column<T>((T*)start, count);
    }

    /// <summary>Adds a column whose neighbours share no line. Set-up only.</summary>
    public PaddedColumn<T> AddPadded<T>(string name, int count, ColumnKind kind, int strideBytes = AlignmentBytes)
        where T : unmanaged
    {
        // Under exploration nothing is shared by lines, and gaps only make the state longer.
        int stride = Seam.Exploring ? sizeof(T) : strideBytes;
        byte* start = Place(name, count, kind, sizeof(T), stride, 0);
        return new PaddedColumn<T>(start, count, stride);
    }

    /// <summary>Begins records for columns of one length; the columns are added next, each with <see cref="AddToRecords{T}"/>. Set-up only.</summary>
    public Records BeginRecords(int count)
    {
        if (Seam.Exploring) { return new Records(0, count); }
        long offset = Aligned(_used);
        long end = offset + ((long)count * RecordBytes);
        _region.CommitUpTo(end, "records");
        _used = end;
        return new Records(offset, count);
    }

    /// <summary>Adds a column to records, the word at <paramref name="at"/> of each. Set-up only. All elements are zero.</summary>
    public RecordColumn<T> AddToRecords<T>(Records records, int at, string name, ColumnKind kind, ulong canonicalMask = 0)
        where T : unmanaged
    {
        if (Seam.Exploring) { return new RecordColumn<T>(Place(name, records.Count, kind, sizeof(T), sizeof(T), canonicalMask), records.Count); }
        if (at % sizeof(T) != 0 || at + sizeof(T) > RecordBytes) { throw new ArgumentException("a word of a record is aligned and inside it", nameof(at)); }
        if (Find(name) is not null) { throw new ArgumentException($"there is a column '{name}' already", nameof(name)); }
        _columns.Add(new ColumnInfo(name, kind, records.OffsetBytes + at, records.Count, sizeof(T), RecordBytes, canonicalMask) { AtInRecord = at });
        return new RecordColumn<T>(_base + records.OffsetBytes + at, records.Count);
    }

    /// <summary>Finds a column by name, for reports and tools.</summary>
    public ColumnInfo? Find(string name) => _columns.Find(c => c.Name == name);

    /// <summary>The column and index that an address belongs to. False: outside, or in a gap.</summary>
    public bool TryLocate(nint address, out ColumnInfo column, out int index)
    {
        long offset = address - (nint)_base;
        foreach (ColumnInfo c in _columns)
        {
            if (offset >= c.OffsetBytes && offset < c.EndBytes && (offset - c.OffsetBytes) % c.StrideBytes < c.ElementBytes)
            {
                column = c;
                index = (int)((offset - c.OffsetBytes) / c.StrideBytes);
                return true;
            }
        }
        column = null!;
        index = -1;
        return false;
    }

    /// <summary>The address of a column's element: the inverse of <see cref="TryLocate"/>.</summary>
    public nint AddressOf(ColumnInfo column, int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)column.Count, nameof(index));
        return (nint)(_base + column.OffsetBytes + ((long)index * column.StrideBytes));
    }

    /// <summary>Names an address as reports do: <c>refcount[17]</c>.</summary>
    public string Describe(nint address) =>
        TryLocate(address, out ColumnInfo column, out int index)
            ? string.Create(CultureInfo.InvariantCulture, $"{column.Name}[{index}]")
            : string.Create(CultureInfo.InvariantCulture, $"outside the arena (0x{address:x})");

    /// <summary>All bytes in use, at rest: what a snapshot saves and the image writes.</summary>
    public Span<byte> BytesAtRest(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, _used);
        return new Span<byte>(_base + offset, length);
    }

    /// <summary>Copies the state of a small arena. At rest only.</summary>
    public byte[] Snapshot() => new Span<byte>(_base, checked((int)_used)).ToArray();

    /// <summary>Puts a snapshot back. At rest only.</summary>
    public void Restore(ReadOnlySpan<byte> snapshot)
    {
        if (snapshot.Length != _used) { throw new ArgumentException("the snapshot is of another arena", nameof(snapshot)); }
        snapshot.CopyTo(new Span<byte>(_base, snapshot.Length));
    }

    /// <summary>The hash of all hashed words, computed in full: what an incremental hash must always equal.</summary>
    public StateHash Hash()
    {
        StateHash hash = default;
        foreach (ColumnInfo column in _columns)
        {
            if (column.Kind == ColumnKind.Bookkeeping) { continue; }
            int words = column.ElementBytes / sizeof(int);
            for (int i = 0; i < column.Count; i++)
            {
                long offset = column.OffsetBytes + ((long)i * column.StrideBytes);
                for (int w = 0; w < words; w++)
                {
                    int location = (int)((offset / sizeof(int)) + w);
                    hash.Add(location, HashedPart(column, w, ((uint*)_base)[location]));
                }
            }
        }
        return hash;
    }

    /// <summary>What of a word's value is hashed, given its column.</summary>
    public static uint HashedPart(ColumnInfo column, int wordOfElement, uint value) => column.Kind switch
    {
        ColumnKind.State => value,
        ColumnKind.Canonical => value & (uint)(column.CanonicalMask >> (32 * wordOfElement)),
        _ => 0,
    };

    public void Dispose() => _region.Dispose();

    private byte* Place(string name, int count, ColumnKind kind, int elementBytes, int strideBytes, ulong canonicalMask)
    {
        if (elementBytes is not (4 or 8)) { throw new ArgumentException("columns hold 4- or 8-byte words", nameof(name)); }
        if (Find(name) is not null) { throw new ArgumentException($"there is a column '{name}' already", nameof(name)); }
        long offset = Aligned(_used);
        ColumnInfo info = new(name, kind, offset, count, elementBytes, strideBytes, canonicalMask);
        _region.CommitUpTo(info.EndBytes, $"column '{name}'");
        _columns.Add(info);
        _used = (info.EndBytes + sizeof(long) - 1) / sizeof(long) * sizeof(long);
        return _base + offset;
    }

    private static long Aligned(long offset)
    {
        int alignment = Seam.Exploring ? sizeof(long) : AlignmentBytes;
        return (offset + alignment - 1) / alignment * alignment;
    }
}

/// <summary>Where the records are that columns are added to.</summary>
internal readonly record struct Records(long OffsetBytes, int Count);
