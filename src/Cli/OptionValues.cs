using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using MemCore.Native;

namespace MemCore.Cli;

/// <summary>The value forms that all verbs share: durations, sizes, counts, CPU lists. A refusal names the option and the value.</summary>
internal static class OptionValues
{
    private static readonly (string Suffix, double Milliseconds)[] s_durations = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];
    private static readonly (string Suffix, long Bytes)[] s_sizes = [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("", 1)];

    /// <summary>A duration with its unit: 500ms, 60s, 5m, 8h.</summary>
    public static Option<TimeSpan?> Duration(string name, string description) =>
        Of<TimeSpan?>(name, description, "TIME", text => TryDuration(text, out TimeSpan value) ? value : null, "a duration such as 500ms, 60s, 5m or 8h");

    /// <summary>A size in bytes: 4096, 64KiB, 2MiB.</summary>
    public static Option<long?> Size(string name, string description) =>
        Of<long?>(name, description, "BYTES", text => TrySize(text, out long value) ? value : null, "a size such as 4096, 64KiB or 1GiB");

    /// <summary>A whole number from <paramref name="least"/> up.</summary>
    public static Option<long?> Count(string name, string description, long least = 1, long most = long.MaxValue) =>
        Of<long?>(name, description, "N", text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long n) && n >= least && n <= most ? n : null,
            most < long.MaxValue ? $"a whole number from {least} to {most}" : least == 0 ? "a whole number" : $"a whole number from {least} up");

    /// <summary>A seed: decimal, or hexadecimal with 0x.</summary>
    public static Option<ulong?> Seed(string name, string description) =>
        Of<ulong?>(name, description, "SEED", text => TrySeed(text, out ulong seed) ? seed : null, "a 64-bit number, decimal or 0x…");

    /// <summary>CPU numbers as taskset takes them: 0-3,8.</summary>
    public static Option<IReadOnlyList<int>?> Cpus(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "LIST",
        CustomParser = result =>
        {
            CpuListResult list = CpuList.Parse(result.Tokens[0].Value);
            if (list.IsValid) { return list.Numbers; }
            result.AddError($"{name}: {list.Error}");
            return null;
        },
    };

    /// <summary>One word of a fixed set.</summary>
    public static Option<string?> OneOf(string name, string description, params string[] words)
    {
        Option<string?> option = Of<string?>(name, description, string.Join('|', words),
            text => words.Contains(text) ? text : null, $"one of {string.Join(", ", words)}");
        option.CompletionSources.Add(words);
        return option;
    }

    public static bool TryDuration(string text, out TimeSpan value)
    {
        foreach ((string suffix, double milliseconds) in s_durations)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(text[..^suffix.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double n)
                && n > 0 && n * milliseconds is >= 1 and < int.MaxValue * 1000.0)
            {
                value = TimeSpan.FromMilliseconds(n * milliseconds);
                return true;
            }
        }
        value = default;
        return false;
    }

    public static bool TrySize(string text, out long bytes)
    {
        foreach ((string suffix, long unit) in s_sizes)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && long.TryParse(text[..^suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out long n) && n > 0 && n <= long.MaxValue / unit)
            {
                bytes = n * unit;
                return true;
            }
        }
        bytes = 0;
        return false;
    }

    public static bool TrySeed(string text, out ulong seed) =>
        text.StartsWith("0x", StringComparison.Ordinal)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out seed)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seed);

    private static Option<T> Of<T>(string name, string description, string form, Func<string, T?> parse, string expected) => new(name)
    {
        Description = description,
        HelpName = form,
        CustomParser = result => Parse(result, name, parse, expected),
    };

    private static T? Parse<T>(ArgumentResult result, string name, Func<string, T?> parse, string expected)
    {
        string text = result.Tokens[0].Value;
        T? value = parse(text);
        if (value is null) { result.AddError($"{name} takes {expected}, not \"{text}\""); }
        return value;
    }
}
