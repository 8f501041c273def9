using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <summary>Walks page caches: every slot names the head of a live folio that names the slot. Nothing runs meanwhile.</summary>
internal static class CacheAudit
{
    /// <summary>Checks the slots of all caches. Two slots of a folio of one frame cannot both match it, so matching is enough.</summary>
    public static void Walk(FrameTable table, PageCaches caches, AuditPart part) => caches.ForEachAtRest((cache, index, pfn) =>
    {
        FrameColumns at = table.AtRest;
        part.CacheSlots++;
        string slot = $"cache {cache.Value} index 0x{index:x}";
        if ((uint)pfn.Value >= (uint)table.Frames)
        {
            part.Report(Invariant.SlotsMatch, ViolationKind.CacheMismatch, Pfn.None.Value, $"{slot} names frame {pfn}");
            return;
        }
        uint compound = at.Compound[pfn.Value];
        if (CompoundWord.IsTail(compound))
        {
            part.Report(Invariant.SlotsMatch, ViolationKind.CacheMismatch, pfn.Value, $"{slot} names a tail of {CompoundWord.HeadOf(compound)}");
            return;
        }
        if (!FrameTable.IsAllocated(at.Generation[pfn.Value]))
        {
            part.Report(Invariant.FreedIsForgotten, ViolationKind.UseAfterFree, pfn.Value, $"{slot} names a frame that is free");
            return;
        }
        long first = at.Index[pfn.Value];
        if (at.Mapping[pfn.Value] != MappingWord.Make(cache.Value, MappingTag.File))
        {
            part.Report(Invariant.SlotsMatch, ViolationKind.CacheMismatch, pfn.Value, $"{slot} names a folio of mapping 0x{at.Mapping[pfn.Value]:x}");
        }
        else if (index < first || index >= first + (1 << CompoundWord.OrderOf(compound)))
        {
            part.Report(Invariant.SlotsMatch, ViolationKind.CacheMismatch, pfn.Value, $"{slot} names a folio of index 0x{first:x}");
        }
    });

    /// <summary>Names the folios that say they are in a cache and are not in as many slots as they have frames. For after a mismatch.</summary>
    /// <param name="table">The frames.</param>
    /// <param name="caches">The caches.</param>
    /// <param name="marks">All 0, before and after.</param>
    /// <param name="part">Gets the findings.</param>
    public static void NameMissing(FrameTable table, PageCaches caches, EntryCounts marks, AuditPart part)
    {
        FrameColumns at = table.AtRest;
        caches.ForEachAtRest((_, _, pfn) =>
        {
            if ((uint)pfn.Value < (uint)table.Frames) { marks.Add(pfn.Value); }
        });
        for (int pfn = 0; pfn < table.Frames; pfn++)
        {
            bool isCached = FrameTable.IsAllocated(at.Generation[pfn]) && at.Mapping[pfn] != 0 && !MappingWord.IsAnon(at.Mapping[pfn]);
            int frames = 1 << CompoundWord.OrderOf(at.Compound[pfn]);
            if (!isCached || marks.AtRest[pfn] == frames) { continue; }
            part.Report(Invariant.SlotsMatch, ViolationKind.CacheMismatch, pfn,
                $"says it is index 0x{at.Index[pfn]:x} of cache {MappingWord.OwnerOf(at.Mapping[pfn])}, but {marks.AtRest[pfn]} slots name it, not {frames}");
        }
        marks.Clear();
    }
}
