using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <summary>Walks page tables: every entry must belong to a VMA, name a live folio that knows of it, and be counted there. Nothing runs meanwhile.</summary>
internal sealed class EntryAudit(FrameTable table, AuditedMapping mapping, AuditPart part)
{
    private readonly RmapAudit _rmap = new(mapping, part);
    private readonly List<(VmaId Id, Vma Vma)> _vmas = [];
    private MmId _mm;
    private int _at;

    /// <summary>Checks the Mms that fall to one of <paramref name="parts"/> threads.</summary>
    public void Walk(int slice, int parts) => mapping.Mms.ForEachAtRest((mm, root) =>
    {
        if (mm.Value % parts == slice) { CheckMm(mm, root); }
    });

    private void CheckMm(MmId mm, int root)
    {
        _mm = mm;
        _at = 0;
        _vmas.Clear();
        mapping.Mms.ForEachVmaAtRest(mm, (id, vma) => _vmas.Add((id, vma)));
        _vmas.Sort(static (left, right) => left.Vma.Start.CompareTo(right.Vma.Start));
        CheckVmas(mm, root);
        mapping.Tables.ForEachAtRest(root, CheckEntry);
    }

    private void CheckVmas(MmId mm, int root)
    {
        part.Vmas += _vmas.Count;
        long end = 0;
        foreach ((VmaId id, Vma vma) in _vmas)
        {
            string? wrong = vma.Mm != mm ? $"belongs to mm {vma.Mm.Value}"
                : vma.Root != root ? "names another page table"
                : vma.Start >= vma.End ? "is empty"
                : vma.Start < end ? "overlaps the one before it"
                : null;
            if (wrong is not null) { Report(Invariant.VmasDisjoint, ViolationKind.BrokenList, Pfn.None.Value, vma.Start, $"vma {id.Value} {wrong}"); }
            end = vma.End;
            if (!vma.Cache.IsNone) { _rmap.CheckCacheKnows(id, vma); }
            if (vma.AnonVma != 0) { _rmap.CheckAnonVmaKnows(id, vma.AnonVma, vma.Start, Pfn.None.Value); }
        }
    }

    private void CheckEntry(long page, PteSlot slot, Pte pte)
    {
        if (pte.IsMigration)
        {
            Report(Invariant.NoMigrationEntries, ViolationKind.StaleEntry, pte.Pfn.Value, page, $"a migration entry ({pte.Kind}) at rest");
            return;
        }
        if (!pte.IsPresent)
        {
            Report(Invariant.EntryOwnsReference, ViolationKind.StaleEntry, Pfn.None.Value, page, $"an entry of no kind: 0x{pte.Raw:x}");
            return;
        }
        int pfn = pte.Pfn.Value;
        if ((uint)pfn >= (uint)table.Frames || pte.IsHuge != (slot.Level != 0))
        {
            Report(Invariant.EntryOwnsReference, ViolationKind.StaleEntry, Pfn.None.Value, page, $"a level {slot.Level} entry that cannot be: 0x{pte.Raw:x}");
            return;
        }
        FrameColumns at = table.AtRest;
        uint compound = at.Compound[pfn];
        int head = CompoundWord.IsTail(compound) ? CompoundWord.HeadOf(compound).Value : pfn;
        if ((uint)head >= (uint)table.Frames || !FrameTable.IsAllocated(at.Generation[head]))
        {
            Report(Invariant.FreedIsForgotten, ViolationKind.UseAfterFree, pfn, page, "maps a frame that is free");
            return;
        }
        Count(pfn, head, page, pte);
        (VmaId id, Vma vma) = VmaOf(page);
        if (id.IsNone)
        {
            Report(Invariant.EntryInVma, ViolationKind.StaleEntry, pfn, page, "is mapped, but belongs to no VMA");
            return;
        }
        CheckPermission(page, pte, vma, head, at);
        CheckOwner(page, pfn, head, id, vma, at);
    }

    private void Count(int pfn, int head, long page, Pte pte)
    {
        if (!pte.IsHuge)
        {
            part.Entries++;
            mapping.Entries.Add(pfn);
            return;
        }
        part.HugeEntries++;
        part.HugeByHead[head] = part.HugeByHead.GetValueOrDefault(head) + 1;
        int pages = mapping.Tables.TablePages;
        bool aligned = (pfn - head) % pages == 0 && page % pages == 0 && 1 << CompoundWord.OrderOf(table.AtRest.Compound[head]) >= pages;
        if (!aligned) { Report(Invariant.EntryOwnsReference, ViolationKind.BrokenCompound, pfn, page, "a huge entry that does not map a folio of its size"); }
    }

    private void CheckPermission(long page, Pte pte, in Vma vma, int head, in FrameColumns at)
    {
        if (!pte.IsWritable) { return; }
        if ((vma.Flags & VmaFlags.Write) == 0) { Report(Invariant.WritableIsPermitted, ViolationKind.StaleEntry, head, page, "writable in a VMA that is not"); }
        long owner = at.Mapping[head];
        bool single = CompoundWord.OrderOf(at.Compound[head]) == 0;
        if (!single || !MappingWord.IsAnon(owner)) { return; }
        if (MappingWord.TagOf(owner) == MappingTag.Ksm) { Report(Invariant.WritableIsAlone, ViolationKind.StaleEntry, head, page, "a merged page, mapped writable"); }
        else if (MapCount.CountOf(at.MapCount[head]) > 1)
        {
            Report(Invariant.WritableIsAlone, ViolationKind.StaleEntry, head, page, $"a private page, mapped writable although {MapCount.CountOf(at.MapCount[head])} entries map it");
        }
    }

    private void CheckOwner(long page, int pfn, int head, VmaId id, in Vma vma, in FrameColumns at)
    {
        long owner = at.Mapping[head];
        long index = at.Index[head] + (pfn - head);
        long own = MappingWord.OwnerOf(owner);
        if (owner == 0)
        {
            // Special mappings of a host: it has the page, the VMA names no object, and no reverse map leads here.
            if (at.HostRefs[head] != 0 && vma.Cache.IsNone && (vma.Flags & VmaFlags.Write) == 0) { return; }
            Report(Invariant.EntryOwnsReference, ViolationKind.CacheMismatch, pfn, page, "maps a folio that belongs to nobody");
            return;
        }
        if (MappingWord.TagOf(owner) == MappingTag.Ksm)
        {
            _rmap.CheckNodeKnows((int)own, id, page, pfn);
            return;
        }
        if (index != vma.IndexOf(page))
        {
            Report(Invariant.EntryMatchesFolio, ViolationKind.CacheMismatch, pfn, page, $"maps index 0x{index:x} where vma {id.Value} has index 0x{vma.IndexOf(page):x}");
        }
        if (MappingWord.IsAnon(owner))
        {
            if ((vma.Flags & VmaFlags.Shared) != 0) { Report(Invariant.EntryMatchesFolio, ViolationKind.CacheMismatch, pfn, page, "an anonymous page in a shared mapping"); }
            _rmap.CheckAnonVmaKnows(id, (int)own, page, pfn);
        }
        else if (vma.Cache.Value != own)
        {
            Report(Invariant.EntryMatchesFolio, ViolationKind.CacheMismatch, pfn, page, $"a page of cache {own}, where vma {id.Value} maps cache {vma.Cache.Value}");
        }
    }

    /// <summary>The VMA of a page; pages come in ascending order, so the search goes on where it ended.</summary>
    private (VmaId Id, Vma Vma) VmaOf(long page)
    {
        if (_at < _vmas.Count && page < _vmas[_at].Vma.Start) { _at = 0; }
        while (_at < _vmas.Count && page >= _vmas[_at].Vma.End) { _at++; }
        return _at < _vmas.Count && _vmas[_at].Vma.Contains(page) ? _vmas[_at] : default;
    }

    private void Report(string invariant, ViolationKind kind, int pfn, long page, string text) =>
        part.Report(invariant, kind, pfn, $"mm {_mm.Value} page 0x{page:x}: {text}");
}
