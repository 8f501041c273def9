using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <summary>Walks page caches: every slot names a live folio that names the slot, by its head. Nothing runs meanwhile.</summary>
internal static class CacheAudit
{
    /// <summary>Checks the slots of all caches. No two slots have one index, so matching is enough.</summary>
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
        int head = pfn.Value;
        if (!FrameTable.IsAllocated(at.Generation[head]))
        {
            part.Report(Invariant.FreedIsForgotten, ViolationKind.UseAfterFree, pfn.Value, $"{slot} names a frame that is free, or no head");
            return;
        }
        if (at.Mapping[head] != MappingWord.Make(cache.Value, MappingTag.File))
        {
            part.Report(Invariant.SlotsMatch, ViolationKind.CacheMismatch, pfn.Value, $"{slot} names a folio of mapping 0x{at.Mapping[head]:x}");
        }
        else if (index < at.Index[head] || index >= at.Index[head] + (1 << CompoundWord.OrderOf(at.Compound[head])))
        {
            part.Report(Invariant.SlotsMatch, ViolationKind.CacheMismatch, pfn.Value, $"{slot} names a folio of index 0x{at.Index[head]:x}");
        }
    });

    /// <summary>Names the frames that say they are in a cache and are in no slot. For after a mismatch: <paramref name="marks"/> are 0, before and after.</summary>
    public static void NameMissing(FrameTable table, PageCaches caches, EntryCounts marks, AuditPart part)
    {
        FrameColumns at = table.AtRest;
        caches.ForEachAtRest((_, index, pfn) =>
        {
            long frame = (uint)pfn.Value < (uint)table.Frames ? pfn.Value + (index - table.AtRest.Index[pfn.Value]) : -1;
            if ((ulong)frame < (ulong)table.Frames) { marks.Add((int)frame); }
        });
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
