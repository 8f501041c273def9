using System.Diagnostics.CodeAnalysis;

namespace MemCore.Lab.Formats;

/// <summary>One zone of <c>/proc/buddyinfo</c>: free blocks per order, index = order.</summary>
internal sealed record BuddyInfoZone(int Node, string Zone, IReadOnlyList<long> FreeBlocks)
{
    public long FreePages => FreeBlocks.Select((blocks, order) => blocks << order).Sum();
}

/// <summary>The text of <c>/proc/buddyinfo</c>.</summary>
internal sealed record BuddyInfo(IReadOnlyList<BuddyInfoZone> Zones)
{
    public long FreePages => Zones.Sum(zone => zone.FreePages);

    public static bool TryRead(string path, [NotNullWhen(true)] out BuddyInfo? info, [NotNullWhen(false)] out FormatError? error) =>
        TextFile.TryRead(path, TryParse, out info, out error);

    /// <summary>False: a line is not of the form <c>Node N, zone NAME COUNT...</c>, or orders differ between zones.</summary>
    public static bool TryParse(string text, string name, [NotNullWhen(true)] out BuddyInfo? info,
        [NotNullWhen(false)] out FormatError? error)
    {
        info = null;
        var zones = new List<BuddyInfoZone>();
        foreach ((int number, string line) in TextFile.Lines(text))
        {
            if (line.Length == 0)
            {
                continue;
            }
            if (!TextFile.TryNodeAndZone(line, out int node, out string zone, out string rest))
            {
                error = TextFile.Malformed(name, number, "expected 'Node N, zone NAME COUNT...'");
                return false;
            }
            string[] words = TextFile.Words(rest);
            long[] blocks = new long[words.Length];
            for (int order = 0; order < words.Length; order++)
            {
                if (!long.TryParse(words[order], out blocks[order]) || blocks[order] < 0)
                {
                    error = TextFile.Malformed(name, number, $"'{words[order]}' is not a count of free blocks");
                    return false;
                }
            }
            if (blocks.Length == 0 || (zones.Count > 0 && zones[0].FreeBlocks.Count != blocks.Length))
            {
                error = TextFile.Malformed(name, number, "the number of orders differs between zones");
                return false;
            }
            zones.Add(new BuddyInfoZone(node, zone, blocks));
        }
        error = zones.Count > 0 ? null : TextFile.Malformed(name, "no zone in it");
        info = error is null ? new BuddyInfo(zones) : null;
        return info is not null;
    }
}
