using System.Runtime.CompilerServices;

namespace MemCore.Primitives;

/// <summary>Rows of a few words that are used together: on Metal each row has half a line, or a line pair, of its own.</summary>
/// <remarks>In an exploration lines mean nothing, and each word of the row is a column of its own, so that reports name it.</remarks>
internal readonly struct WordRows
{
    /// <summary>Words of a row for what many have many of: links between objects.</summary>
    public const int HalfLine = 8;

    /// <summary>Words of a row that one task uses at a time, most often the same one.</summary>
    public const int Line = 16;

    /// <summary>Words of a row that is locked and waited for: neighbours share nothing, not even a prefetched line.</summary>
    public const int LinePair = 32;

    private readonly Column<int> _rows;
    private readonly Column<int>[] _columns;
    private readonly int _rowWords;

    /// <summary>Set-up only. All words are zero.</summary>
    public WordRows(Arena arena, string name, int rows, int rowWords, params string[] words)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(words.Length, rowWords, nameof(words));
        _rowWords = rowWords;
        _columns = Seam.Exploring
            ? [.. words.Select(word => arena.Add<int>($"{name}_{word}", rows, ColumnKind.State))]
            : [];
        _rows = Seam.Exploring ? default : arena.Add<int>(name, rows * rowWords, ColumnKind.State);
    }

    public ref int this[int row, int word] =>
        ref Seam.Exploring ? ref _columns[word][row] : ref _rows[(row * _rowWords) + word];

    /// <summary>Another word of the row whose first word the caller has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref int After(ref int first, int row, int word) =>
        ref Seam.Exploring ? ref _columns[word][row] : ref Unsafe.Add(ref first, word);

    /// <summary>A row whose number is checked once, for who uses several of its words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public WordRow Row(int row) => new(this, row, ref Seam.Exploring ? ref Unsafe.NullRef<int>() : ref _rows[row * _rowWords]);
}

/// <summary>One row of <see cref="WordRows"/>. Which word is asked for is less than the row has, by what stands at each place.</summary>
internal readonly ref struct WordRow(WordRows rows, int row, ref int first)
{
    private readonly ref int _first = ref first;
    private readonly WordRows _rows = rows;
    private readonly int _row = row;

    public ref int this[int word]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Seam.Exploring ? ref _rows[_row, word] : ref Unsafe.Add(ref _first, word);
    }
}
