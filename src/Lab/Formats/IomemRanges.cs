using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MemCore.Lab.Formats;

/// <summary>A named stretch of physical addresses; <see cref="LastByte"/> belongs to it.</summary>
internal readonly record struct IomemRange(ulong FirstByte, ulong LastByte, string Name)
{
    /// <summary>The first pfn that lies wholly inside.</summary>
    public long FirstPfn => (long)((FirstByte + IomemRanges.PageBytes - 1) / IomemRanges.PageBytes);

    /// <summary>One past the last pfn that lies wholly inside; not above <see cref="FirstPfn"/> when there is none.</summary>
    public long EndPfn => (long)((LastByte + 1) / IomemRanges.PageBytes);
}

/// <summary>The lines of <c>/proc/iomem</c>; nested ones are kept, with their names.</summary>
internal sealed record IomemRanges(IReadOnlyList<IomemRange> All)
{
    public const ulong PageBytes = 4096;

    /// <summary>The RAM, ascending; everything else below the end of memory is a hole.</summary>
    public IReadOnlyList<IomemRange> SystemRam { get; } =
        [.. All.Where(range => range.Name == "System RAM").OrderBy(range => range.FirstByte)];

    /// <summary>Whole pages of RAM.</summary>
    public long SystemRamPages => SystemRam.Sum(range => Math.Max(0, range.EndPfn - range.FirstPfn));

    /// <summary>Is the page wholly RAM? Logarithmic in the number of ranges.</summary>
    public bool IsRam(long pfn)
    {
        int low = 0;
        int high = SystemRam.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (SystemRam[middle].EndPfn <= pfn)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low < SystemRam.Count && pfn >= SystemRam[low].FirstPfn;
    }

    public static bool TryRead(string path, [NotNullWhen(true)] out IomemRanges? ranges, [NotNullWhen(false)] out FormatError? error) =>
        TextFile.TryRead(path, TryParse, out ranges, out error);

    /// <summary>False: a line is not <c>FIRST-LAST : NAME</c>, there is no RAM, or the kernel hid the addresses.</summary>
    public static bool TryParse(string text, string name, [NotNullWhen(true)] out IomemRanges? ranges,
        [NotNullWhen(false)] out FormatError? error)
    {
        ranges = null;
        var all = new List<IomemRange>();
        foreach ((int number, string line) in TextFile.Lines(text))
        {
            if (line.Trim().Length == 0)
            {
                continue;
            }
            if (!TryParseLine(line, out IomemRange range))
            {
                error = TextFile.Malformed(name, number, "expected 'FIRST-LAST : NAME' with hexadecimal addresses");
                return false;
            }
            all.Add(range);
        }
        var parsed = new IomemRanges(all);
        bool hidden = all.Count > 1 && all.All(range => range.LastByte == 0);
        error = hidden ? new FormatError(FormatErrorKind.NoPermission, $"{name}: the kernel hides the addresses from ordinary users")
            : parsed.SystemRamPages == 0 ? TextFile.Malformed(name, "no System RAM in it")
            : null;
        ranges = error is null ? parsed : null;
        return ranges is not null;
    }

    private static bool TryParseLine(string line, out IomemRange range)
    {
        range = default;
        int colon = line.IndexOf(" : ", StringComparison.Ordinal);
        int dash = line.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || colon < dash)
        {
            return false;
        }
        if (!ulong.TryParse(line.AsSpan(0, dash).Trim(), NumberStyles.AllowHexSpecifier, null, out ulong first)
            || !ulong.TryParse(line.AsSpan(dash + 1, colon - dash - 1).Trim(), NumberStyles.AllowHexSpecifier, null, out ulong last)
            || last < first || last == ulong.MaxValue)
        {
            return false;
        }
        range = new IomemRange(first, last, line[(colon + 3)..].Trim());
        return true;
    }
}
