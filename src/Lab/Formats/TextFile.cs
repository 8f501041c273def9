using System.Diagnostics.CodeAnalysis;

namespace MemCore.Lab.Formats;

/// <summary>Reads the small texts of <c>/proc</c> and builds the one-line complaint about a line that does not fit.</summary>
internal static class TextFile
{
    public delegate bool TextParser<T>(string text, string name, [NotNullWhen(true)] out T? parsed,
        [NotNullWhen(false)] out FormatError? error)
        where T : class;

    /// <summary>Reads and parses in one go; the parser's errors name the path.</summary>
    public static bool TryRead<T>(string path, TextParser<T> parse, [NotNullWhen(true)] out T? parsed,
        [NotNullWhen(false)] out FormatError? error)
        where T : class
    {
        parsed = null;
        try
        {
            return parse(File.ReadAllText(path), path, out parsed, out error);
        }
        catch (Exception thrown) when (FormatError.IsExpected(thrown))
        {
            error = FormatError.From(path, thrown);
            return false;
        }
    }

    /// <summary>Lines with their number from 1; empty ones included.</summary>
    public static IEnumerable<(int Number, string Line)> Lines(string text)
    {
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            yield return (++number, line.TrimEnd('\r'));
        }
    }

    public static string[] Words(string text) => text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Splits <c>Node 0, zone   Normal REST</c>. False: the line does not begin like that.</summary>
    public static bool TryNodeAndZone(string line, out int node, out string zone, out string rest)
    {
        node = 0;
        zone = rest = "";
        if (!line.StartsWith("Node", StringComparison.Ordinal))
        {
            return false;
        }
        int comma = line.IndexOf(',', StringComparison.Ordinal);
        if (comma < 0 || !int.TryParse(line.AsSpan(4, comma - 4), out node))
        {
            return false;
        }
        string tail = line[(comma + 1)..].TrimStart();
        if (!tail.StartsWith("zone ", StringComparison.Ordinal))
        {
            return false;
        }
        tail = tail[5..].TrimStart();
        int end = tail.AsSpan().IndexOfAny(' ', ',');
        zone = end < 0 ? tail : tail[..end];
        rest = end < 0 ? "" : tail[end..];
        return zone.Length > 0;
    }

    public static FormatError Malformed(string name, int line, string what) =>
        new(FormatErrorKind.Malformed, $"{name}: line {line}: {what}");

    public static FormatError Malformed(string name, string what) => new(FormatErrorKind.Malformed, $"{name}: {what}");
}
