using System.Diagnostics.CodeAnalysis;

namespace MemCore.Lab.Formats;

/// <summary>A count that the kernel may have stopped counting: with <see cref="AtLeast"/> it printed <c>&gt;100000</c>.</summary>
internal readonly record struct PageTypeCount(long Blocks, bool AtLeast)
{
    public static bool TryParse(string word, out PageTypeCount count)
    {
        bool atLeast = word.StartsWith('>');
        bool good = long.TryParse(word.AsSpan(atLeast ? 1 : 0), out long blocks) && blocks >= 0;
        count = new PageTypeCount(blocks, atLeast);
        return good;
    }
}

/// <summary>Free blocks of one migrate type in one zone, index = order.</summary>
internal sealed record PageTypeFree(int Node, string Zone, string Type, IReadOnlyList<PageTypeCount> FreeBlocks);

/// <summary>Page blocks per migrate type in one zone; index as in <see cref="PageTypeInfo.Types"/>.</summary>
internal sealed record PageTypeBlocks(int Node, string Zone, IReadOnlyList<long> Blocks);

/// <summary>The text of <c>/proc/pagetypeinfo</c>.</summary>
/// <param name="PageBlockOrder">Order of a page block; 9 on x86-64 with huge pages.</param>
/// <param name="PagesPerBlock">1 shifted by that order.</param>
/// <param name="Types">Migrate types in the kernel's order; CMA is there only where configured.</param>
internal sealed record PageTypeInfo(int PageBlockOrder, int PagesPerBlock, IReadOnlyList<string> Types, IReadOnlyList<PageTypeFree> Free,
    IReadOnlyList<PageTypeBlocks> Blocks)
{
    /// <summary>Page blocks of one type over all zones; 0 for a type that the text does not have.</summary>
    public long BlocksOf(string type)
    {
        int index = Types.ToList().IndexOf(type);
        return index < 0 ? 0 : Blocks.Sum(zone => zone.Blocks[index]);
    }

    public static bool TryRead(string path, [NotNullWhen(true)] out PageTypeInfo? info, [NotNullWhen(false)] out FormatError? error) =>
        TextFile.TryRead(path, TryParse, out info, out error);

    /// <summary>False: a line fits none of the four forms, or the block part is missing.</summary>
    public static bool TryParse(string text, string name, [NotNullWhen(true)] out PageTypeInfo? info,
        [NotNullWhen(false)] out FormatError? error)
    {
        info = null;
        var reader = new Reader();
        foreach ((int number, string line) in TextFile.Lines(text))
        {
            string? complaint = line.Length == 0 ? null : reader.Take(line);
            if (complaint is not null)
            {
                error = TextFile.Malformed(name, number, complaint);
                return false;
            }
        }
        error = reader.IsComplete ? null : TextFile.Malformed(name, "not a pagetypeinfo text: parts are missing");
        info = error is null ? reader.Result : null;
        return info is not null;
    }

    private sealed class Reader
    {
        private const string OrderLabel = "Page block order:";
        private const string PagesLabel = "Pages per block:";
        private const string FreeLabel = "Free pages count per migrate type at order";
        private const string BlocksLabel = "Number of blocks type";

        private readonly List<PageTypeFree> _free = [];
        private readonly List<PageTypeBlocks> _blocks = [];
        private string[] _types = [];
        private int _order;
        private int _pages;
        private int _orders;

        public bool IsComplete => _pages > 0 && _free.Count > 0 && _types.Length > 0 && _blocks.Count > 0;

        public PageTypeInfo Result => new(_order, _pages, _types, _free, _blocks);

        /// <summary>What is wrong with the line, or null.</summary>
        public string? Take(string line)
        {
            if (line.StartsWith(OrderLabel, StringComparison.Ordinal))
            {
                return int.TryParse(line.AsSpan(OrderLabel.Length), out _order) ? null : "no number for the block order";
            }
            if (line.StartsWith(PagesLabel, StringComparison.Ordinal))
            {
                return int.TryParse(line.AsSpan(PagesLabel.Length), out _pages) ? null : "no number for the pages per block";
            }
            if (line.StartsWith(FreeLabel, StringComparison.Ordinal))
            {
                _orders = TextFile.Words(line[FreeLabel.Length..]).Length;
                return _orders > 0 ? null : "no orders in the heading";
            }
            if (line.StartsWith(BlocksLabel, StringComparison.Ordinal))
            {
                _types = TextFile.Words(line[BlocksLabel.Length..]);
                return _types.Length > 0 ? null : "no types in the heading";
            }
            if (!TextFile.TryNodeAndZone(line, out int node, out string zone, out string rest))
            {
                return "expected 'Node N, zone NAME...'";
            }
            return _types.Length == 0 ? TakeFree(node, zone, rest) : TakeBlocks(node, zone, rest);
        }

        private string? TakeFree(int node, string zone, string rest)
        {
            string[] words = TextFile.Words(rest.TrimStart(','));
            if (words.Length != _orders + 2 || words[0] != "type")
            {
                return $"expected 'type NAME' and {_orders} counts";
            }
            var counts = new PageTypeCount[_orders];
            for (int order = 0; order < _orders; order++)
            {
                if (!PageTypeCount.TryParse(words[order + 2], out counts[order]))
                {
                    return $"'{words[order + 2]}' is not a count of free blocks";
                }
            }
            _free.Add(new PageTypeFree(node, zone, words[1], counts));
            return null;
        }

        private string? TakeBlocks(int node, string zone, string rest)
        {
            string[] words = TextFile.Words(rest);
            long[] blocks = new long[_types.Length];
            if (words.Length != blocks.Length)
            {
                return $"expected {blocks.Length} block counts";
            }
            for (int i = 0; i < blocks.Length; i++)
            {
                if (!long.TryParse(words[i], out blocks[i]) || blocks[i] < 0)
                {
                    return $"'{words[i]}' is not a count of blocks";
                }
            }
            _blocks.Add(new PageTypeBlocks(node, zone, blocks));
            return null;
        }
    }
}
