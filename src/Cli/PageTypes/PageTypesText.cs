using System.Globalization;
using MemCore.Lab.Formats;

namespace MemCore.Cli.PageTypes;

/// <summary>The kernel tool's own text, byte for byte; the diff is MemCore's and follows its style.</summary>
internal sealed class PageTypesText(PageTypesOptions options, TextWriter writer) : PageTypesOutput(options, writer)
{
    public override void BeginListing()
    {
        Writer.Write(Options.ListCgroup ? "cgroup\t" : "");
        Writer.Write(Options.ListMapCount ? "map-cnt\t" : "");
        Writer.Write(Options.Listing == PageListing.Ranges ? "offset\tlen\tflags\n" : "offset\tflags\n");
    }

    public override void Run(in PageRun run, FlagSlots slots)
    {
        if (Options.ListCgroup)
        {
            Write('@', run.Cgroup, "D", '\t');
        }
        if (Options.ListMapCount)
        {
            Write('\0', run.MapCount, "D", '\t');
        }
        Write('\0', (ulong)run.Pfn, "x", '\t');
        if (Options.Listing == PageListing.Ranges)
        {
            Write('\0', (ulong)run.Pages, "x", '\t');
        }
        Writer.Write(slots.Letters(run.Slot));
        Writer.Write('\n');
    }

    public override void Summary(FlagSlots slots)
    {
        Writer.Write(Options.Listing == PageListing.None ? "" : "\n\n");
        Writer.Write("             flags\tpage-count       MB  symbolic-flags\t\t\tlong-symbolic-flags\n");
        foreach ((int slot, long pages) in slots.Rows())
        {
            ulong flags = slots.Flags(slot);
            Writer.Write($"0x{flags:x16}\t{pages,10} {Megabytes(pages),8}  {slots.Letters(slot)}\t{Kpf.Names(flags)}\n");
        }
        Writer.Write($"             total\t{slots.Total,10} {Megabytes(slots.Total),8}\n");
    }

    public override void Diff(ImageDiff diff)
    {
        Writer.Write("       set\t   cleared\tflag\n");
        foreach (FlagChange change in diff.Changes)
        {
            Writer.Write($"{change.Set,10}\t{change.Cleared,10}\t{Kpf.NameOf(change.Bit)}\n");
        }
        Writer.Write($"{diff.Changed,10}\t{diff.Compared,10}\tchanged, of compared\n");
        if (diff.OnlyFirst + diff.OnlySecond > 0)
        {
            Writer.Write($"{diff.OnlySecond,10}\t{diff.OnlyFirst,10}\tonly in the second, only in the first image\n");
        }
    }

    /// <summary>Formats on the stack: listings have millions of lines.</summary>
    private void Write(char before, ulong value, ReadOnlySpan<char> format, char after)
    {
        Span<char> text = stackalloc char[24];
        int start = before == '\0' ? 0 : 1;
        text[0] = before;
        value.TryFormat(text[start..], out int length, format, CultureInfo.InvariantCulture);
        text[start + length] = after;
        Writer.Write(text[..(start + length + 1)]);
    }
}
