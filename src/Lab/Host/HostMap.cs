using MemCore.Lab.Formats;

namespace MemCore.Lab.Host;

/// <summary>The page map of a machine as it was read: one word of flags and one count a frame, and the texts beside them.</summary>
/// <remarks>
/// The files of a recording describe slightly different moments. Nothing here is repaired; <see cref="HostImporter"/> lets the flags
/// decide and counts every contradiction.
/// </remarks>
internal sealed class HostMap
{
    /// <summary>Frames of the block by which the kernel initialises memory and sets migrate types.</summary>
    public const int BlockFrames = 1 << 9;

    /// <summary>Bits that the kernel writes. An image with others is not a page map, or of a kernel to come.</summary>
    public const ulong KnownBits = 0x07ff_ffffUL | (0x7ffUL << 32);

    /// <summary>More mappings of one page than any machine has: the file is something else.</summary>
    public const ulong MaxMappings = 1 << 24;

    public HostMap(string source, ulong[] flags, ulong[]? counts)
    {
        Source = source;
        Flags = flags;
        Counts = counts;
        LimitPfn = LimitOf(flags);
    }

    /// <summary>What was read, for the report.</summary>
    public string Source { get; }

    /// <summary>KPF words, index = pfn.</summary>
    public ulong[] Flags { get; }

    /// <summary>Page-table mappings of each page; null when the file was missing.</summary>
    public ulong[]? Counts { get; }

    public int Frames => Flags.Length;

    /// <summary>The end of the last block in which any frame has a flag: above it memory is not initialised yet.</summary>
    public int LimitPfn { get; }

    public RamRanges Ram { get => field ??= RamRanges.Guess(Flags, LimitPfn); init; }

    public ZoneLayout Zones { get => field ??= ZoneLayout.From(null, Frames); init; }

    /// <summary>Who will map what; worked out when first asked for.</summary>
    public MappingPlan Plan => field ??= MappingPlan.Of(this);

    public BuddyInfo? BuddyInfo { get; init; }

    public PageTypeInfo? PageTypeInfo { get; init; }

    public NamedCounters? VmStat { get; init; }

    public NamedCounters? MemInfo { get; init; }

    /// <summary>What could not be read and is done without, one line each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Milliseconds that reading took; 0 for a made-up host.</summary>
    public double ReadMs { get; init; }

    /// <summary>The first frames of a map, a multiple of the largest folio so that none is cut. The texts no longer fit and are left out.</summary>
    public HostMap First(int frames, int alignment)
    {
        int kept = Math.Min(Frames, frames / alignment * alignment);
        return kept == Frames ? this : new HostMap(Source, Flags[..kept], Counts?[..kept])
        {
            Ram = Ram.Below(kept),
            Zones = Zones.Below(kept),
            Notes = [.. Notes, $"only the first {kept} of {Frames} frames are used; the texts beside the image are left out"],
            ReadMs = ReadMs,
        };
    }

    private static int LimitOf(ReadOnlySpan<ulong> flags)
    {
        int last = flags.LastIndexOfAnyExcept(0UL);
        return Math.Min((last + BlockFrames) / BlockFrames * BlockFrames, flags.Length);
    }
}
