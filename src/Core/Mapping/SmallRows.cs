using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>Rows of a few words that are used together, half a line each: links between objects.</summary>
/// <remarks>In an exploration lines mean nothing, and each word of the row is a column of its own, so that reports name it.</remarks>
internal sealed class SmallRows
{
    private const int RowWords = 8;

    private readonly Column<int> _rows;
    private readonly Column<int>[] _columns;

    /// <summary>Set-up only. All words are zero.</summary>
    public SmallRows(Arena arena, string name, int rows, params string[] words)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(words.Length, RowWords, nameof(words));
        _columns = Seam.Exploring
            ? [.. words.Select(word => arena.Add<int>($"{name}_{word}", rows, ColumnKind.State))]
            : [];
        _rows = Seam.Exploring ? default : arena.Add<int>(name, rows * RowWords, ColumnKind.State);
    }

    public ref int this[int row, int word] =>
        ref Seam.Exploring ? ref _columns[word][row] : ref _rows[(row * RowWords) + word];
}
