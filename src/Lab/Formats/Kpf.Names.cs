using System.Numerics;
using System.Text;

namespace MemCore.Lab.Formats;

internal static partial class Kpf
{
    private static readonly KpfFlag[] s_flags =
    [
        new(0, 'L', "locked"), new(1, 'E', "error"), new(2, 'R', "referenced"), new(3, 'U', "uptodate"), new(4, 'D', "dirty"),
        new(5, 'l', "lru"), new(6, 'A', "active"), new(7, 'S', "slab"), new(8, 'W', "writeback"), new(9, 'I', "reclaim"),
        new(10, 'B', "buddy"), new(11, 'M', "mmap"), new(12, 'a', "anonymous"), new(13, 's', "swapcache"), new(14, 'b', "swapbacked"),
        new(15, 'H', "compound_head"), new(16, 'T', "compound_tail"), new(17, 'G', "huge"), new(18, 'u', "unevictable"),
        new(19, 'X', "hwpoison"), new(20, 'n', "nopage"), new(21, 'x', "ksm"), new(22, 't', "thp"), new(23, 'o', "offline"),
        new(24, 'z', "zero_page"), new(25, 'i', "idle_page"), new(26, 'g', "pgtable"),
        new(32, 'r', "reserved"), new(33, 'm', "mlocked"), new(34, 'd', "owner_2"), new(35, 'P', "private"), new(36, 'p', "private_2"),
        new(37, 'O', "owner_private"), new(38, 'h', "arch"), new(39, 'c', "uncached", InPageTypes: false), new(40, 'f', "softdirty"),
        new(41, 'H', "arch_2"), new(42, 'J', "arch_3", InPageTypes: false),
        new(47, 'd', "anon_exclusive"), new(48, 'I', "readahead"), new(50, 'A', "slub_frozen"), new(51, 'E', "slub_debug"),
        new(61, 'F', "file"), new(62, 'w', "swap"), new(63, '1', "mmap_exclusive"),
    ];

    private static readonly KpfFlag[] s_columns = [.. s_flags.Where(flag => flag.InPageTypes)];

    /// <summary>Every named bit, lowest first.</summary>
    public static ReadOnlySpan<KpfFlag> Flags => s_flags;

    /// <summary>The bits that have a column in page-types, lowest first.</summary>
    public static ReadOnlySpan<KpfFlag> Columns => s_columns;

    /// <summary>All bits that page-types can print. Any other bit makes the tool stop.</summary>
    public static ulong Printable { get; } = s_columns.Aggregate(0UL, (mask, flag) => mask | flag.Mask);

    /// <summary>The flags as page-types counts them by default: no developer bits, compound bits on hugetlb pages only.</summary>
    public static ulong WellKnown(ulong flags)
    {
        flags &= ~DeveloperBits;
        return (flags & Huge) == 0 ? flags & ~Compound : flags;
    }

    /// <summary>The flags as page-types counts them with -r: bits that mean something else in company get a bit of their own.</summary>
    public static ulong Expanded(ulong flags)
    {
        ulong expanded = flags;
        if ((flags & (Anon | Owner2)) == (Anon | Owner2))
        {
            expanded = expanded & ~Owner2 | AnonExclusive;
        }
        if ((flags & (Slab | Active)) == (Slab | Active))
        {
            expanded = expanded & ~Active | SlubFrozen;
        }
        if ((flags & (Slab | Error)) == (Slab | Error))
        {
            expanded = expanded & ~Error | SlubDebug;
        }
        if ((flags & (Reclaim | Writeback)) == Reclaim)
        {
            expanded = expanded & ~Reclaim | Readahead;
        }
        return expanded;
    }

    /// <summary>One letter or underscore per column.</summary>
    public static string Letters(ulong flags) => string.Create(s_columns.Length, flags, static (text, value) =>
    {
        for (int i = 0; i < text.Length; i++)
        {
            text[i] = (value & s_columns[i].Mask) != 0 ? s_columns[i].Letter : '_';
        }
    });

    /// <summary>Long names joined by commas; empty for no flags. Bits without a name do not appear.</summary>
    public static string Names(ulong flags)
    {
        var names = new StringBuilder();
        foreach (KpfFlag flag in s_flags)
        {
            if ((flags & flag.Mask) != 0)
            {
                names.Append(names.Length == 0 ? "" : ",").Append(flag.Name);
            }
        }
        return names.ToString();
    }

    /// <summary>The name of one bit, or <c>bit_N</c> when it has none.</summary>
    public static string NameOf(int bit)
    {
        int index = Array.FindIndex(s_flags, flag => flag.Bit == bit);
        return index < 0 ? $"bit_{bit}" : s_flags[index].Name;
    }

    /// <summary>
    /// The bits that a name stands for, as page-types reads it: the first flag, in bit order, that begins with it;
    /// any beginning of "compound" means head and tail. Zero: no such flag.
    /// </summary>
    public static ulong Find(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty)
        {
            return 0;
        }
        if ("compound".AsSpan().StartsWith(name, StringComparison.Ordinal))
        {
            return Compound;
        }
        foreach (KpfFlag flag in s_columns)
        {
            if (flag.Name.AsSpan().StartsWith(name, StringComparison.Ordinal))
            {
                return flag.Mask;
            }
        }
        return 0;
    }

    /// <summary>The lowest bit that page-types could not print, or -1.</summary>
    public static int FirstUnprintable(ulong flags) => (flags & ~Printable) == 0 ? -1 : BitOperations.TrailingZeroCount(flags & ~Printable);
}
