using System.Globalization;
using MemCore.Lab.Formats;

namespace MemCore.Cli.PageTypes;

/// <summary>JSON Lines, schema <c>memcore.page-types/1</c>; "kind" is range, page, flags, total, diff-flag or diff-total.</summary>
/// <remarks>Written by hand: every text in it is a flag's name or a number. Pfns are numbers, flags hexadecimal text.</remarks>
internal sealed class PageTypesJson(PageTypesOptions options, TextWriter writer) : PageTypesOutput(options, writer)
{
    private readonly Dictionary<int, string> _described = [];

    public override void BeginListing()
    {
    }

    public override void Run(in PageRun run, FlagSlots slots)
    {
        Begin(Options.Listing == PageListing.Ranges ? "range" : "page");
        Number("pfn", (ulong)run.Pfn);
        Number("pages", (ulong)run.Pages);
        if (Options.ListCgroup)
        {
            Number("cgroup", run.Cgroup);
        }
        if (Options.ListMapCount)
        {
            Number("mapCount", run.MapCount);
        }
        Writer.Write(Describe(run.Slot, slots));
        Writer.Write("}\n");
    }

    public override void Summary(FlagSlots slots)
    {
        foreach ((int slot, long pages) in slots.Rows())
        {
            Begin("flags");
            Number("pages", (ulong)pages);
            Number("mb", (ulong)Megabytes(pages));
            Writer.Write(Describe(slot, slots));
            Writer.Write("}\n");
        }
        Begin("total");
        Number("pages", (ulong)slots.Total);
        Number("mb", (ulong)Megabytes(slots.Total));
        Writer.Write("}\n");
    }

    public override void Diff(ImageDiff diff)
    {
        foreach (FlagChange change in diff.Changes)
        {
            Begin("diff-flag");
            Writer.Write($",\"flag\":\"{Kpf.NameOf(change.Bit)}\"");
            Number("bit", (ulong)change.Bit);
            Number("set", (ulong)change.Set);
            Number("cleared", (ulong)change.Cleared);
            Writer.Write("}\n");
        }
        Begin("diff-total");
        Number("changed", (ulong)diff.Changed);
        Number("compared", (ulong)diff.Compared);
        Number("onlyFirst", (ulong)diff.OnlyFirst);
        Number("onlySecond", (ulong)diff.OnlySecond);
        Writer.Write("}\n");
    }

    private void Begin(string kind)
    {
        Writer.Write("{\"schema\":\"memcore.page-types/1\",\"kind\":\"");
        Writer.Write(kind);
        Writer.Write('"');
    }

    private void Number(string name, ulong value)
    {
        Span<char> digits = stackalloc char[20];
        value.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
        Writer.Write(",\"");
        Writer.Write(name);
        Writer.Write("\":");
        Writer.Write(digits[..length]);
    }

    private string Describe(int slot, FlagSlots slots)
    {
        if (!_described.TryGetValue(slot, out string? text))
        {
            string joined = Kpf.Names(slots.Flags(slot));
            string names = joined.Length == 0 ? "" : $"\"{joined.Replace(",", "\",\"", StringComparison.Ordinal)}\"";
            text = $",\"flags\":\"0x{slots.Flags(slot):x16}\",\"symbols\":\"{slots.Letters(slot)}\",\"names\":[{names}]";
            _described.Add(slot, text);
        }
        return text;
    }
}
