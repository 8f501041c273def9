using MemCore.Primitives;

namespace MemCore.Lab.Testing;

/// <summary>A 64-bit word that several threads use. A copy is the same word.</summary>
/// <remarks>
/// <see cref="Load"/> acquires and <see cref="Store"/> releases; everything that reads and writes at once is a full fence. The plain accesses
/// order nothing and are no scheduling points: they are for words that nobody else can touch at the moment.
/// </remarks>
public readonly struct SharedLong
{
    private readonly Column<long> _column;
    private readonly int _index;

    internal SharedLong(Column<long> column, int index)
    {
        _ = column[index];
        _column = column;
        _index = index;
    }

    private ref long Word => ref _column[_index];

    /// <summary>Reads the word.</summary>
    public long Load() => Atomic.Load(ref Word);

    /// <summary>Writes the word.</summary>
    public void Store(long value) => Atomic.Store(ref Word, value);

    /// <summary>Reads the word while nobody else can write it.</summary>
    public long LoadPlain() => Atomic.PlainLoad(ref Word);

    /// <summary>Writes the word while nobody else can touch it.</summary>
    public void StorePlain(long value) => Atomic.PlainStore(ref Word, value);

    /// <summary>Writes <paramref name="value"/> if the word equals <paramref name="comparand"/>. Returns what was there.</summary>
    public long CompareExchange(long value, long comparand) => Atomic.CompareExchange(ref Word, value, comparand);

    /// <summary>Writes the word and returns what was there.</summary>
    public long Exchange(long value) => Atomic.Exchange(ref Word, value);

    /// <summary>Adds to the word and returns what is there now.</summary>
    public long Add(long value) => Atomic.Add(ref Word, value);
}
