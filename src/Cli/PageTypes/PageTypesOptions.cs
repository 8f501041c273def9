namespace MemCore.Cli.PageTypes;

/// <summary>What one run of <c>page-types</c> was asked for.</summary>
internal sealed record PageTypesOptions
{
    /// <summary>-F; null means the running machine.</summary>
    public string? FlagsPath { get; init; }

    /// <summary>--kpagecount; null means the file beside the flags image. Read only when -M asks for the column.</summary>
    public string? CountPath { get; init; }

    /// <summary>--kpagecgroup; as <see cref="CountPath"/>, for -C.</summary>
    public string? CgroupPath { get; init; }

    /// <summary>--diff: the second image.</summary>
    public string? DiffPath { get; init; }

    /// <summary>--export: where the engine's own image goes; null means that images are read, not written.</summary>
    public string? ExportPath { get; init; }

    /// <summary>--host of an export: a path, live or synthetic; null means the recorded host that comes with the command.</summary>
    public string? Host { get; init; }

    /// <summary>--seed of a made-up host; null: drawn.</summary>
    public ulong? Seed { get; init; }

    /// <summary>--frames: cuts a recorded host, sizes a synthetic one; 0 means all, or the default size.</summary>
    public int Frames { get; init; }

    /// <summary>--deferred; null means absent.</summary>
    public string? Deferred { get; init; }

    public bool Raw { get; init; }

    public PageListing Listing { get; init; }

    public bool ListMapCount { get; init; }

    public bool ListCgroup { get; init; }

    public bool NoSummary { get; init; }

    public bool Json { get; init; }

    public bool Help { get; init; }

    /// <summary>A page counts when all of them accept it.</summary>
    public IReadOnlyList<BitsFilter> Filters { get; init; } = [];

    /// <summary>Walked in the order given, overlaps counted twice, as the kernel's tool does. None means all pfns.</summary>
    public IReadOnlyList<PfnRange> Ranges { get; init; } = [];
}

internal enum PageListing
{
    None,

    /// <summary>-l: one line per run of pages that are alike.</summary>
    Ranges,

    /// <summary>-L: one line per page.</summary>
    Each,
}
