using System.Diagnostics.CodeAnalysis;

namespace MemCore.Lab.Formats;

/// <summary>One zone of <c>/proc/zoneinfo</c>, in pages. A zone that spans nothing has no start pfn of meaning (0).</summary>
internal sealed record ZoneInfoZone(int Node, string Zone, long Free, long Min, long Low, long High, long Spanned, long Present,
    long Managed, long StartPfn)
{
    public long EndPfn => StartPfn + Spanned;
}

/// <summary>The sizes and watermarks in <c>/proc/zoneinfo</c>; counters and per-CPU lists are not kept.</summary>
internal sealed record ZoneInfo(IReadOnlyList<ZoneInfoZone> Zones)
{
    public long Managed => Zones.Sum(zone => zone.Managed);

    public long Present => Zones.Sum(zone => zone.Present);

    public static bool TryRead(string path, [NotNullWhen(true)] out ZoneInfo? info, [NotNullWhen(false)] out FormatError? error) =>
        TextFile.TryRead(path, TryParse, out info, out error);

    /// <summary>False: text before the first zone, a zone without spanned, present and managed, or a value that is no number.</summary>
    public static bool TryParse(string text, string name, [NotNullWhen(true)] out ZoneInfo? info,
        [NotNullWhen(false)] out FormatError? error)
    {
        info = null;
        var zones = new List<ZoneInfoZone>();
        Dictionary<string, long> values = [];
        (int Node, string Zone) current = (-1, "");
        foreach ((int number, string line) in TextFile.Lines(text).Append((0, "Node -1, zone end")))
        {
            if (TextFile.TryNodeAndZone(line, out int node, out string zone, out _))
            {
                if (current.Node >= 0 && !TryClose(current.Node, current.Zone, values, zones))
                {
                    error = TextFile.Malformed(name, $"zone {current.Zone} of node {current.Node} has no spanned, present and managed");
                    return false;
                }
                (current, values) = ((node, zone), []);
                continue;
            }
            string[] words = TextFile.Words(line);
            // "pages free N" is the only line of the kind with two words before its number.
            int key = words is ["pages", ..] ? 1 : 0;
            if (words.Length != key + 2 || !IsKept(words[key]))
            {
                continue;
            }
            if (current.Node < 0 || !long.TryParse(words[key + 1], out long value) || value < 0)
            {
                error = TextFile.Malformed(name, number, $"'{words[key]}' without a zone or without a number");
                return false;
            }
            // Per-CPU lists further down repeat words such as "high:"; those carry a colon. The first value is the zone's own.
            values.TryAdd(words[key].TrimEnd(':'), value);
        }
        error = zones.Count > 0 ? null : TextFile.Malformed(name, "no zone in it");
        info = error is null ? new ZoneInfo(zones) : null;
        return info is not null;
    }

    private static bool IsKept(string word) =>
        word is "free" or "min" or "low" or "high" or "spanned" or "present" or "managed" or "start_pfn:";

    private static bool TryClose(int node, string zone, Dictionary<string, long> values, List<ZoneInfoZone> zones)
    {
        if (!values.ContainsKey("spanned") || !values.ContainsKey("present") || !values.ContainsKey("managed"))
        {
            return false;
        }
        long Value(string key) => values.GetValueOrDefault(key);
        zones.Add(new ZoneInfoZone(node, zone, Value("free"), Value("min"), Value("low"), Value("high"), Value("spanned"), Value("present"),
            Value("managed"), Value("start_pfn")));
        return true;
    }
}
