using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <summary>Walks the translation caches: each cached translation must say what the page table says, or somebody could reach another's frame. Nothing runs meanwhile.</summary>
internal static class TranslationAudit
{
    public static void Walk(AuditedMapping mapping, AuditPart part)
    {
        Dictionary<MmId, int> roots = [];
        mapping.Mms.ForEachAtRest(roots.Add);
        mapping.Tlb.ForEachAtRest((cpu, mm, page, pfn, isForWriting) =>
        {
            string? wrong = !roots.TryGetValue(mm, out int root) ? "of an Mm that is gone" : Contradiction(mapping, root, page, pfn, isForWriting);
            if (wrong is not null)
            {
                part.Report(Invariant.TranslationsFresh, ViolationKind.StaleTranslation, pfn.Value, $"cpu {cpu.Value} translates mm {mm.Value} page 0x{page:x} to it: {wrong}");
            }
        });
    }

    private static string? Contradiction(AuditedMapping mapping, int root, long page, Pfn pfn, bool isForWriting)
    {
        PteSlot slot = mapping.Tables.Find(root, page);
        Pte pte = slot.IsNone ? Pte.None : mapping.Tables.Read(slot);
        if (!pte.IsPresent) { return pte.IsMigration ? "the entry is a migration entry" : "nothing is mapped there"; }
        Pfn mapped = pte.IsHuge ? pte.Pfn + (int)(page % mapping.Tables.TablePages) : pte.Pfn;
        if (mapped != pfn) { return $"the entry maps {mapped}"; }
        if (isForWriting && !pte.IsWritable) { return "for writing, which the entry does not allow"; }
        return isForWriting && !pte.IsDirty ? "for writing, but the entry is not dirty" : null;
    }
}
