using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MemCore.Cli.PageTypes;

/// <summary>Pfns from <see cref="First"/> up to, not including, <see cref="End"/>.</summary>
internal readonly record struct PfnRange(long First, long End)
{
    public static PfnRange All => new(0, long.MaxValue);

    /// <summary>
    /// Understands <c>N</c>, <c>N+M</c> (M pages), <c>N,M</c> (up to M), <c>N,</c> and <c>,M</c>; numbers may be hexadecimal (0x) or
    /// octal (0). False: not a number, or an end below the start.
    /// </summary>
    public static bool TryParse(string spec, out PfnRange range, [NotNullWhen(false)] out string? complaint)
    {
        range = default;
        complaint = null;
        int separator = spec.IndexOf(',', StringComparison.Ordinal);
        separator = separator < 0 ? spec.IndexOf('+', StringComparison.Ordinal) : separator;
        bool plus = separator >= 0 && spec[separator] == '+';
        string left = separator < 0 ? spec : spec[..separator];
        string right = separator < 0 ? "" : spec[(separator + 1)..];

        ulong first = 0;
        ulong number = 0;
        bool good = (separator == 0 || TryNumber(left, out first))
            && (right.Length > 0 ? TryNumber(right, out number) : separator != 0)
            && first <= long.MaxValue && number <= long.MaxValue;
        if (good)
        {
            ulong end = separator < 0 ? first + 1 : right.Length == 0 ? long.MaxValue : plus ? first + number : number;
            range = new PfnRange((long)first, (long)Math.Min(end, long.MaxValue));
        }
        if (!good || range.End < range.First)
        {
            complaint = $"bad range '{spec}'";
        }
        return complaint is null;
    }

    /// <summary>An unsigned number in C notation.</summary>
    public static bool TryNumber(string text, out ulong number)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, null, out number);
        }
        bool octal = text.Length > 1 && text[0] == '0';
        return octal ? TryOctal(text, out number) : ulong.TryParse(text, NumberStyles.None, null, out number);
    }

    private static bool TryOctal(string text, out ulong number)
    {
        number = 0;
        foreach (char digit in text)
        {
            if (digit is < '0' or > '7' || number >> 61 != 0)
            {
                return false;
            }
            number = number << 3 | (uint)(digit - '0');
        }
        return true;
    }
}
