using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <summary>Walks page caches: every slot names a live folio that names the slot. Nothing runs meanwhile.</summary>
internal static class CacheAudit
{
    /// <summary>Checks the slots of all caches. Two slots of one frame cannot both match it, so matching is enough.</summary>
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
        int head = CompoundWord.IsTail(compound) ? CompoundWord.HeadOf(compound).Value : pfn.Value;
        if ((uint)head >= (uint)table.Frames || !FrameTable.IsAllocated(at.Generation[head]))
        {
            part.Report(Invariant.FreedIsForgotten, ViolationKind.UseAfterFree, pfn.Value, $"{slot} names a frame that is free");
            return;
        }
        if (at.Mapping[head] != MappingWord.Make(cache.Value, MappingTag.File))
        {
            part.Report(Invariant.SlotsMatch, ViolationKind.CacheMismatch, pfn.Value, $"{slot} names a folio of mapping 0x{at.Mapping[head]:x}");
        }
        else if (at.Index[head] + (pfn.Value - head) != index)
        {
            part.Report(Invariant.SlotsMatch, ViolationKind.CacheMismatch, pfn.Value, $"{slot} names a folio of index 0x{at.Index[head]:x}");
        }
    });

    /// <summary>Names the frames that say they are in a cache and are in no slot. For after a mismatch: <paramref name="marks"/> are 0, before and after.</summary>
    public static void NameMissing(FrameTable table, PageCaches caches, EntryCounts marks, AuditPart part)
    {
        FrameColumns at = table.AtRest;
        caches.ForEachAtRest((_, _, pfn) => marks.Add(pfn.Value));
        for (int pfn = 0; pfn < table.Frames; pfn++)
        {
            bool isHead = FrameTable.IsAllocated(at.Generation[pfn]) && at.Mapping[pfn] != 0 && !MappingWord.IsAnon(at.Mapping[pfn]);
            if (!isHead) { continue; }
            int end = Math.Min(pfn + (1 << CompoundWord.OrderOf(at.Compound[pfn])), table.Frames);
            for (int frame = pfn; frame < end; frame++)
            {
                if (marks.AtRest[frame] != 1)
                {
                    part.Report(Invariant.SlotsMatch, ViolationKind.CacheMismatch, frame,
                        $"says it is index 0x{at.Index[pfn] + (frame - pfn):x} of cache {MappingWord.OwnerOf(at.Mapping[pfn])}, but {marks.AtRest[frame]} slots name it");
                }
            }
        }
        marks.Clear();
    }
}
