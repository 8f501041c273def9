using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Lab.Formats;

namespace MemCore.Lab.Host;

/// <summary>Translates between KPF words and the engine's words. Total in both directions; what has no place on the other side is left out.</summary>
/// <remarks><code>
/// KPF bit                              engine
/// REFERENCED .. ARCH, see the shifts   flag of the same name (OWNER_PRIVATE: OwnerPriv1)
/// SWAPCACHE                            OwnerPriv1 with Swapbacked
/// SLAB, PGTABLE, OFFLINE, HUGE         page type
/// BUDDY                                an even generation
/// MMAP                                 a map count above zero in the folio
/// ANON, KSM                            tags of the mapping
/// THP                                  a folio of several frames with a mapping
/// COMPOUND_HEAD, COMPOUND_TAIL         the compound word
/// </code>
/// LOCKED and WRITEBACK are written from the engine's flags but not taken over: whoever would clear them stayed on the host.
/// </remarks>
internal static class HostWords
{
    /// <summary>Bits that the engine has no place for, or does not take over: kept beside it and added again on the way out.</summary>
    public const ulong Homeless = Kpf.Locked | Kpf.Error | Kpf.Writeback | Kpf.NoPage | Kpf.ZeroPage | Kpf.Uncached | Kpf.SoftDirty | Kpf.Arch2 | Kpf.Arch3;

    private const ulong SameLow = Kpf.Referenced | Kpf.Uptodate | Kpf.Dirty | Kpf.Lru;
    private const uint SwapCacheFlags = (uint)(PageFlags.OwnerPriv1 | PageFlags.Swapbacked);

    /// <summary>The flags of a KPF word that have a place in the engine's flags word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PageFlags FlagsOf(ulong kpf)
    {
        uint low = (uint)(kpf & SameLow);
        uint word = low
            | Move(kpf, 6, 8) // ACTIVE
            | Move(kpf, 9, 16) // RECLAIM
            | Move(kpf, 14, 17) // SWAPBACKED
            | Move(kpf, 18, 18) // UNEVICTABLE
            | Move(kpf, 19, 21) // HWPOISON
            | Move(kpf, 25, 23) // IDLE
            | Move(kpf, 32, 13) // RESERVED
            | Move(kpf, 33, 20) // MLOCKED
            | Move(kpf, 34, 11) // OWNER_2
            | Move(kpf, 35, 14) // PRIVATE
            | Move(kpf, 36, 15) // PRIVATE_2
            | Move(kpf, 37, 10) // OWNER_PRIVATE
            | Move(kpf, 38, 12); // ARCH
        return (PageFlags)word;
    }

    /// <summary>The KPF bits of a flags word: the way back, with LOCKED, WRITEBACK and SWAPCACHE.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong KpfOf(PageFlags flags)
    {
        ulong word = (uint)flags;
        ulong kpf = (word & SameLow)
            | (word & (ulong)PageFlags.Locked)
            | Back(word, 1, 8) // WRITEBACK
            | Back(word, 8, 6)
            | Back(word, 16, 9)
            | Back(word, 17, 14)
            | Back(word, 18, 18)
            | Back(word, 21, 19)
            | Back(word, 23, 25)
            | Back(word, 13, 32)
            | Back(word, 20, 33)
            | Back(word, 11, 34)
            | Back(word, 14, 35)
            | Back(word, 15, 36)
            | Back(word, 10, 37)
            | Back(word, 12, 38);
        return ((uint)flags & SwapCacheFlags) == SwapCacheFlags ? kpf | Kpf.SwapCache : kpf;
    }

    /// <summary>The KPF word of every frame of a live folio, without the compound bits.</summary>
    /// <param name="flags">The head's flags.</param>
    /// <param name="map">The head's map count word.</param>
    /// <param name="mapping">The head's mapping.</param>
    /// <param name="large">The folio has several frames.</param>
    /// <param name="mapped">Any frame of it is mapped.</param>
    public static ulong KpfOfFolio(uint flags, int map, long mapping, bool large, bool mapped)
    {
        ulong kpf = KpfOf((PageFlags)flags & PageFlags.All);
        if (mapped) { kpf |= Kpf.Mmap; }
        if (mapping != 0)
        {
            MappingTag tag = MappingWord.TagOf(mapping);
            if ((tag & MappingTag.Anon) != 0) { kpf |= Kpf.Anon; }
            if (tag == MappingTag.Ksm) { kpf |= Kpf.Ksm; }
        }
        PageType type = MapCount.TypeOf(map);
        if (type == PageType.None) { return large && mapping != 0 ? kpf | Kpf.Thp : kpf; }
        return kpf | type switch
        {
            PageType.Slab => Kpf.Slab,
            PageType.Table => Kpf.PgTable,
            PageType.Offline => Kpf.Offline,
            PageType.Hugetlb => Kpf.Huge,
            _ => 0,
        };
    }

    private static uint Move(ulong kpf, int from, int to) => (uint)((kpf >> from) & 1) << to;

    private static ulong Back(ulong word, int from, int to) => ((word >> from) & 1) << to;
}
