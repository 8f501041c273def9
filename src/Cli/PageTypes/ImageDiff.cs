using System.Numerics;

namespace MemCore.Cli.PageTypes;

/// <summary>Pages on which one bit differs between two images.</summary>
internal readonly record struct FlagChange(int Bit, long Set, long Cleared);

/// <summary>Counts, over the pfns that two images share, what changed from the first to the second.</summary>
internal sealed class ImageDiff
{
    private readonly long[] _set = new long[64];
    private readonly long[] _cleared = new long[64];

    /// <summary>Pfns looked at that both images have.</summary>
    public long Compared { get; private set; }

    /// <summary>Pfns on which at least one bit differs.</summary>
    public long Changed { get; private set; }

    public long OnlyFirst { get; set; }

    public long OnlySecond { get; set; }

    /// <summary>Bits that changed on at least one page, lowest first.</summary>
    public IEnumerable<FlagChange> Changes => Enumerable.Range(0, _set.Length).Where(bit => _set[bit] + _cleared[bit] > 0)
        .Select(bit => new FlagChange(bit, _set[bit], _cleared[bit]));

    public void Add(ulong first, ulong second)
    {
        Compared++;
        ulong changed = first ^ second;
        if (changed == 0)
        {
            return;
        }
        Changed++;
        for (; changed != 0; changed &= changed - 1)
        {
            int bit = BitOperations.TrailingZeroCount(changed);
            long[] counts = (second & 1UL << bit) != 0 ? _set : _cleared;
            counts[bit]++;
        }
    }
}
