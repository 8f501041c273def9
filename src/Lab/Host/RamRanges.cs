using System.Globalization;
using MemCore.Lab.Formats;

namespace MemCore.Lab.Host;

/// <summary>Which frames are memory at all, ascending and without overlap.</summary>
internal sealed class RamRanges
{
    /// <summary>Frames of one section of the sparse memory model: the grain in which a kernel knows of memory.</summary>
    public const int SectionFrames = 1 << 15;

    private readonly int[] _starts;
    private readonly int[] _ends;

    private RamRanges(List<(int Start, int End)> ranges, string source)
    {
        _starts = [.. ranges.Select(range => range.Start)];
        _ends = [.. ranges.Select(range => range.End)];
        Source = source;
    }

    /// <summary>Where the ranges come from, for the report.</summary>
    public string Source { get; }

    public int Count => _starts.Length;

    public static RamRanges From(IomemRanges iomem, int frames)
    {
        List<(int Start, int End)> ranges = [];
        foreach (IomemRange range in iomem.SystemRam)
        {
            int start = (int)Math.Min(range.FirstPfn, frames);
            int end = (int)Math.Min(range.EndPfn, frames);
            if (end > start) { ranges.Add((start, end)); }
        }
        return new RamRanges(ranges, "iomem");
    }

    /// <summary>One range per pair; for made-up hosts.</summary>
    public static RamRanges From(IEnumerable<(int Start, int End)> ranges, string source) => new([.. ranges], source);

    /// <summary>Without a memory map: a section below the limit in which no frame has any flag is a hole, the rest is memory.</summary>
    public static RamRanges Guess(ReadOnlySpan<ulong> flags, int limit)
    {
        List<(int Start, int End)> ranges = [];
        for (int start = 0; start < flags.Length; start += SectionFrames)
        {
            int end = Math.Min(start + SectionFrames, flags.Length);
            if (start < limit && !flags[start..end].ContainsAnyExcept(0UL)) { continue; }
            if (ranges.Count > 0 && ranges[^1].End == start) { ranges[^1] = (ranges[^1].Start, end); }
            else { ranges.Add((start, end)); }
        }
        return new RamRanges(ranges, "guessed: no memory map");
    }

    /// <summary>The ranges up to <paramref name="frames"/>.</summary>
    public RamRanges Below(int frames) =>
        new([.. _starts.Zip(_ends).Where(range => range.First < frames).Select(range => (range.First, Math.Min(range.Second, frames)))], Source);

    /// <summary>Linear in the number of ranges, of which machines have few.</summary>
    public bool Contains(int pfn)
    {
        for (int i = 0; i < _starts.Length; i++)
        {
            if (pfn < _ends[i]) { return pfn >= _starts[i]; }
        }
        return false;
    }

    public long Frames()
    {
        long frames = 0;
        for (int i = 0; i < _starts.Length; i++) { frames += _ends[i] - _starts[i]; }
        return frames;
    }

    public override string ToString() =>
        string.Join(' ', _starts.Zip(_ends, (start, end) => string.Create(CultureInfo.InvariantCulture, $"{start:x}-{end:x}")));
}
