using MemCore.Primitives;

namespace MemCore.Lab.Testing;

/// <summary>An array of 64-bit words that several threads use. A copy is the same array.</summary>
public readonly struct SharedLongs
{
    private readonly Column<long> _column;

    internal SharedLongs(Column<long> column) => _column = column;

    /// <summary>How many words it has.</summary>
    public int Count => _column.Count;

    /// <summary>One word of it. An index outside is a violation of the operation that uses it.</summary>
    public SharedLong this[int index] => new(_column, index);
}
