using MemCore.Primitives;

namespace MemCore.Lab.Testing;

/// <summary>An array of 32-bit words that several threads use. A copy is the same array.</summary>
public readonly struct SharedInts
{
    private readonly Column<int> _column;

    internal SharedInts(Column<int> column) => _column = column;

    /// <summary>How many words it has.</summary>
    public int Count => _column.Count;

    /// <summary>One word of it. An index outside is a violation of the operation that uses it.</summary>
    public SharedInt this[int index] => new(_column, index);
}
