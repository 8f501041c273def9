using System.Globalization;
using System.Text;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>How words are printed in an interleaving: as the mails write them.</summary>
internal static class WordFormat
{
    private static readonly (PageFlags Flag, char Letter)[] s_letters =
    [
        (PageFlags.Locked, 'L'), (PageFlags.Waiters, 'W'), (PageFlags.Uptodate, 'u'), (PageFlags.Dirty, 'd'), (PageFlags.Lru, 'l'),
        (PageFlags.Active, 'a'), (PageFlags.Unevictable, 'v'), (PageFlags.Referenced, 'r'), (PageFlags.Head, 'h'), (PageFlags.Writeback, 'b'),
        (PageFlags.Mlocked, 'm'), (PageFlags.Reserved, 'R'), (PageFlags.Private, 'p'), (PageFlags.Swapbacked, 's'), (PageFlags.HwPoison, 'X'),
    ];

    /// <summary>Flags as letters, map counts without the bias, page-table entries with what they name, block and row words in hex, anything else as a number.</summary>
    public static string? Default(ColumnInfo column, long value) => column.Name switch
    {
        "flags" => Flags((PageFlags)(uint)value),
        "mapcount" => MapCount.TypeOf((int)value) is PageType type and not PageType.None
            ? type.ToString().ToLowerInvariant()
            : MapCount.CountOf((int)value).ToString(CultureInfo.InvariantCulture),
        "pte" => Entry(new Pte((ulong)value)),
        _ => value is > -1024 and < 4096 ? null : string.Create(CultureInfo.InvariantCulture, $"0x{(ulong)value:x}"),
    };

    private static string Entry(Pte entry)
    {
        if (entry.IsNone) { return "none"; }
        if ((entry.Raw & WordTrees.InnerBit) != 0) { return string.Create(CultureInfo.InvariantCulture, $"table {entry.Pfn.Value}"); }
        string bits = $"{(entry.IsHuge ? "h" : "")}{(entry.IsWritable ? "w" : "")}{(entry.IsDirty ? "d" : "")}{(entry.IsYoung ? "y" : "")}";
        string what = entry.IsMigration ? $"migration {entry.Kind.ToString().ToLowerInvariant()} " : string.Empty;
        return string.Create(CultureInfo.InvariantCulture, $"{what}pfn {entry.Pfn.Value}{(bits.Length == 0 ? "" : " ")}{bits}");
    }

    private static string Flags(PageFlags flags)
    {
        StringBuilder text = new();
        PageFlags named = PageFlags.None;
        foreach ((PageFlags flag, char letter) in s_letters)
        {
            if ((flags & flag) == 0) { continue; }
            text.Append(letter);
            named |= flag;
        }
        PageFlags rest = flags & PageFlags.All & ~named;
        if (rest != 0) { text.Append(CultureInfo.InvariantCulture, $"+0x{(uint)rest:x}"); }
        return text.Length == 0 ? "-" : text.ToString();
    }
}
