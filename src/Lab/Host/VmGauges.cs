using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lab.Host;

/// <summary>Counts that follow from the frames' words alone, in base pages where the kernel counts these.</summary>
internal static class VmGauges
{
    private const PageFlags SwapCache = PageFlags.OwnerPriv1 | PageFlags.Swapbacked;

    /// <summary>Names and values in the order of the kernel's text. At rest only.</summary>
    public static IReadOnlyList<KeyValuePair<string, long>> Of(FrameTable table)
    {
        FrameColumns at = table.AtRest;
        long inactiveAnon = 0, activeAnon = 0, inactiveFile = 0, activeFile = 0, unevictable = 0;
        long mlocked = 0, anon = 0, mapped = 0, file = 0, dirty = 0, writeback = 0, tables = 0, hugeAnon = 0, swapCached = 0;
        for (int pfn = 0; pfn < table.Frames;)
        {
            if (!FrameTable.IsAllocated(at.Generation[pfn]))
            {
                pfn++;
                continue;
            }
            int order = CompoundWord.OrderOf(at.Compound[pfn]);
            int frames = 1 << order;
            PageFlags flags = (PageFlags)at.Flags[pfn];
            long owner = at.Mapping[pfn];
            bool isAnon = MappingWord.IsAnon(owner);
            bool isFile = owner != 0 && !isAnon;
            PageType type = MapCount.TypeOf(at.MapCount[pfn]);
            if ((flags & PageFlags.Lru) != 0)
            {
                bool active = (flags & PageFlags.Active) != 0;
                if ((flags & PageFlags.Unevictable) != 0) { unevictable += frames; }
                else if ((flags & PageFlags.Swapbacked) != 0) { (active ? ref activeAnon : ref inactiveAnon) += frames; }
                else { (active ? ref activeFile : ref inactiveFile) += frames; }
            }
            if ((flags & PageFlags.Mlocked) != 0) { mlocked += frames; }
            if (type == PageType.Table) { tables += frames; }
            bool swap = type == PageType.None && (flags & SwapCache) == SwapCache;
            if (swap) { swapCached += frames; }
            if (isFile || swap) { file += frames; }
            if (isFile && (flags & PageFlags.Dirty) != 0 && (flags & PageFlags.Swapbacked) == 0) { dirty += frames; }
            if ((flags & PageFlags.Writeback) != 0) { writeback += frames; }
            bool isHuge = HostExporter.EntireMappings(at, pfn) > 0;
            int pages = isHuge ? frames : type == PageType.None && owner != 0 ? MappedFrames(at.MapCount.Slice(pfn, frames)) : 0;
            if (isAnon) { anon += pages; }
            else { mapped += pages; }
            if (isAnon && isHuge) { hugeAnon++; }
            pfn += frames;
        }
        return
        [
            new("nr_inactive_anon", inactiveAnon), new("nr_active_anon", activeAnon), new("nr_inactive_file", inactiveFile),
            new("nr_active_file", activeFile), new("nr_unevictable", unevictable), new("nr_mlock", mlocked), new("nr_anon_pages", anon),
            new("nr_mapped", mapped), new("nr_file_pages", file), new("nr_dirty", dirty), new("nr_writeback", writeback),
            new("nr_anon_transparent_hugepages", hugeAnon), new("nr_page_table_pages", tables), new("nr_swapcached", swapCached),
        ];
    }

    private static int MappedFrames(Strided<int> words)
    {
        int mapped = 0;
        foreach (int word in words) { mapped += MapCount.CountOf(word) > 0 ? 1 : 0; }
        return mapped;
    }
}
