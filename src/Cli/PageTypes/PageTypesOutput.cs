namespace MemCore.Cli.PageTypes;

/// <summary>A run of pages that are alike, as listed by -l and -L.</summary>
internal readonly record struct PageRun(long Pfn, long Pages, int Slot, ulong Cgroup, ulong MapCount);

/// <summary>The two forms of the results: the kernel tool's text, and JSON Lines.</summary>
internal abstract class PageTypesOutput(PageTypesOptions options, TextWriter writer)
{
    protected PageTypesOptions Options { get; } = options;

    protected TextWriter Writer { get; } = writer;

    public static PageTypesOutput For(PageTypesOptions options, TextWriter writer) =>
        options.Json ? new PageTypesJson(options, writer) : new PageTypesText(options, writer);

    /// <summary>Before the first run of a listing.</summary>
    public abstract void BeginListing();

    public abstract void Run(in PageRun run, FlagSlots slots);

    public abstract void Summary(FlagSlots slots);

    public abstract void Diff(ImageDiff diff);

    /// <summary>Whole MiB, rounded down.</summary>
    protected static long Megabytes(long pages) => pages * 4096 >> 20;
}
