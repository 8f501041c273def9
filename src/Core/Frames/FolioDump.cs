using System.Globalization;
using System.Text;
using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>Prints a frame the way the kernel's page dump does, from reads that may be stale. For reports only.</summary>
internal static class FolioDump
{
    private static readonly (PageFlags Flag, string Name)[] s_names =
    [
        (PageFlags.Locked, "locked"), (PageFlags.Writeback, "writeback"), (PageFlags.Referenced, "referenced"),
        (PageFlags.Uptodate, "uptodate"), (PageFlags.Dirty, "dirty"), (PageFlags.Lru, "lru"), (PageFlags.Head, "head"),
        (PageFlags.Waiters, "waiters"), (PageFlags.Active, "active"), (PageFlags.Workingset, "workingset"),
        (PageFlags.OwnerPriv1, "owner_priv_1"), (PageFlags.Owner2, "owner_2"), (PageFlags.Arch1, "arch_1"),
        (PageFlags.Reserved, "reserved"), (PageFlags.Private, "private"), (PageFlags.Private2, "private_2"),
        (PageFlags.Reclaim, "reclaim"), (PageFlags.Swapbacked, "swapbacked"), (PageFlags.Unevictable, "unevictable"),
        (PageFlags.Dropbehind, "dropbehind"), (PageFlags.Mlocked, "mlocked"), (PageFlags.HwPoison, "hwpoison"),
        (PageFlags.Young, "young"), (PageFlags.Idle, "idle"),
    ];

    /// <summary>Flags by name, in bit order, joined by a bar; empty for none.</summary>
    public static string Names(PageFlags flags)
    {
        StringBuilder text = new();
        foreach ((PageFlags flag, string name) in s_names)
        {
            if ((flags & flag) == 0) { continue; }
            if (text.Length > 0) { text.Append('|'); }
            text.Append(name);
        }
        return text.ToString();
    }

    /// <summary>The dump of one frame, several lines, no trailing newline.</summary>
    public static string Dump(FrameTable table, Pfn pfn, string reason)
    {
        FrameColumns at = table.AtRest;
        int p = pfn.Value;
        uint compound = at.Compound[p];
        Pfn head = CompoundWord.IsTail(compound) ? CompoundWord.HeadOf(compound) : pfn;
        PageFlags flags = (PageFlags)at.Flags[p] & PageFlags.All;
        long mapping = at.Mapping[p];
        int map = at.MapCount[p];
        StringBuilder text = new();
        CultureInfo plain = CultureInfo.InvariantCulture;
        text.Append(plain, $"page: refcount:{at.RefCount[p]} mapcount:{MapCount.CountOf(map)} mapping:0x{mapping:x16} index:0x{at.Index[p]:x} pfn:0x{p:x}\n");
        if (compound != 0)
        {
            int order = CompoundWord.OrderOf(at.Compound[head.Value]);
            text.Append(plain, $"head: order:{order} head pfn:0x{head.Value:x} refcount:{at.RefCount[head.Value]}\n");
        }
        string kind = mapping == 0 ? string.Empty : MappingWord.TagOf(mapping) switch
        {
            MappingTag.Anon => "anon ",
            MappingTag.Ksm => "ksm ",
            _ => $"file:{MappingWord.OwnerOf(mapping)} ",
        };
        text.Append(plain, $"{kind}flags: 0x{at.Flags[p]:x8}({Names(flags)}) node:{at.Flags[p] >> PageFlagsLayout.NodeShift}\n");
        PageType type = MapCount.TypeOf(map);
        if (type != PageType.None) { text.Append(plain, $"page_type: f{(int)type & 0xf:x}({type.ToString().ToLowerInvariant()})\n"); }
        text.Append(plain, $"raw: flags {at.Flags[p]:x8} refcount {at.RefCount[p]:x8} mapcount {map:x8} compound {compound:x8} ");
        text.Append(plain, $"private {at.Private[p]:x16} generation {at.Generation[p]} host_refs {at.HostRefs[p]}\n");
        text.Append(plain, $"page dumped because: {reason}");
        return text.ToString();
    }
}
