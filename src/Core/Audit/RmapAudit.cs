using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <summary>Whether the reverse map leads from a folio's owner to a VMA. What was found once is remembered: entries come in thousands for one VMA.</summary>
internal sealed class RmapAudit(AuditedMapping mapping, AuditPart part)
{
    // Links are walked without a lock, at rest; a ring that damage made must end too.
    private const int LinksMost = 1 << 20;

    private readonly Dictionary<(int Vma, int AnonVma), bool> _anon = [];
    private (int Vma, int AnonVma) _last;

    /// <summary>The walk over an anon_vma must find the VMA, or a migration would miss its entries.</summary>
    public void CheckAnonVmaKnows(VmaId id, int anonVma, long page, int pfn)
    {
        (int, int) pair = (id.Value, anonVma);
        if (pair == _last) { return; }
        if (!_anon.TryGetValue(pair, out bool known))
        {
            known = AnonVmaLeadsTo(id, anonVma);
            _anon.Add(pair, known);
        }
        if (known) { _last = pair; }
        else
        {
            part.Report(Invariant.RmapFindsEntries, ViolationKind.BrokenList, pfn, $"page 0x{page:x} is in vma {id.Value}, to which anon_vma {anonVma} does not lead");
        }
    }

    public void CheckCacheKnows(VmaId id, in Vma vma)
    {
        VmaId at = mapping.Caches.FirstMapLocked(vma.Cache);
        for (int links = 0; !at.IsNone && links < LinksMost; links++)
        {
            if (at == id) { return; }
            at = new VmaId(Atomic.PlainLoad(ref mapping.Vmas.CacheNext(at)));
        }
        part.Report(Invariant.RmapFindsEntries, ViolationKind.BrokenList, Pfn.None.Value, $"vma {id.Value} maps cache {vma.Cache.Value}, which does not know it");
    }

    public void CheckNodeKnows(int node, VmaId id, long page, int pfn)
    {
        int item = mapping.Ksm.FirstItem(node);
        for (int links = 0; item != 0 && links < LinksMost; links++)
        {
            if (mapping.Ksm.VmaOf(item) == id && mapping.Ksm.PageOf(item) == page) { return; }
            item = mapping.Ksm.NextItem(item);
        }
        part.Report(Invariant.RmapFindsEntries, ViolationKind.BrokenList, pfn, $"page 0x{page:x} of vma {id.Value} maps merged node {node}, which does not know it");
    }

    private bool AnonVmaLeadsTo(VmaId id, int anonVma)
    {
        int link = mapping.AnonVmas.FirstLink(anonVma);
        for (int links = 0; link != 0 && links < LinksMost; links++)
        {
            if (mapping.AnonVmas.VmaOf(link) == id) { return true; }
            link = mapping.AnonVmas.NextLink(link);
        }
        return false;
    }
}
