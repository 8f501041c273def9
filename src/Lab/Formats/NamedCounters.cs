using System.Diagnostics.CodeAnalysis;

namespace MemCore.Lab.Formats;

/// <summary>The names and values of <c>/proc/vmstat</c> (pages or events) or <c>/proc/meminfo</c> (kB), in the text's order.</summary>
internal sealed class NamedCounters
{
    private readonly Dictionary<string, long> _values = [];

    private NamedCounters()
    {
    }

    public IReadOnlyDictionary<string, long> Values => _values;

    /// <summary>The value, or 0 for a name that this kernel does not have.</summary>
    public long this[string name] => _values.GetValueOrDefault(name);

    public static bool TryReadVmStat(string path, [NotNullWhen(true)] out NamedCounters? counters,
        [NotNullWhen(false)] out FormatError? error) => TextFile.TryRead(path, TryParseVmStat, out counters, out error);

    public static bool TryReadMemInfo(string path, [NotNullWhen(true)] out NamedCounters? counters,
        [NotNullWhen(false)] out FormatError? error) => TextFile.TryRead(path, TryParseMemInfo, out counters, out error);

    /// <summary>False: a line is not <c>NAME VALUE</c>.</summary>
    public static bool TryParseVmStat(string text, string name, [NotNullWhen(true)] out NamedCounters? counters,
        [NotNullWhen(false)] out FormatError? error) => TryParse(text, name, memInfo: false, out counters, out error);

    /// <summary>False: a line is not <c>NAME: VALUE</c> or <c>NAME: VALUE kB</c>. The few lines without a unit are counts.</summary>
    public static bool TryParseMemInfo(string text, string name, [NotNullWhen(true)] out NamedCounters? counters,
        [NotNullWhen(false)] out FormatError? error) => TryParse(text, name, memInfo: true, out counters, out error);

    private static bool TryParse(string text, string name, bool memInfo, [NotNullWhen(true)] out NamedCounters? counters,
        [NotNullWhen(false)] out FormatError? error)
    {
        counters = null;
        var parsed = new NamedCounters();
        foreach ((int number, string line) in TextFile.Lines(text))
        {
            if (line.Length == 0)
            {
                continue;
            }
            string[] words = TextFile.Words(line);
            bool shaped = memInfo ? (words.Length == 2 || words is [_, _, "kB"]) && words[0].EndsWith(':') : words.Length == 2;
            if (!shaped || !long.TryParse(words[1], out long value))
            {
                error = TextFile.Malformed(name, number, memInfo ? "expected 'NAME: VALUE kB'" : "expected 'NAME VALUE'");
                return false;
            }
            parsed._values[words[0].TrimEnd(':')] = value;
        }
        error = parsed._values.Count > 0 ? null : TextFile.Malformed(name, "no counter in it");
        counters = error is null ? parsed : null;
        return counters is not null;
    }
}
