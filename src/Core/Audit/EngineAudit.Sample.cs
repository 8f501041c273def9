using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <content>The check of one folio while tasks run.</content>
internal sealed partial class EngineAudit
{
    /// <summary>Reads of words that several tasks change are a finding when each of so many says so: by then all who were under way have ended.</summary>
    private const int LooksMost = 64;

    private const PageFlags Both = PageFlags.Active | PageFlags.Unevictable;

    /// <summary>
    /// Looks at a frame that any task may be using: takes a reference and the folio lock if they are to be had, and checks what holds then.
    /// Null: nothing wrong, or it could not be looked at now.
    /// </summary>
    /// <remarks>Any task, with no folio lock and no spinning lock held. Never waits for the folio lock; blocking on the lru lock when it puts the last reference.</remarks>
    public AuditFinding? Sample(TaskId task, Pfn pfn)
    {
        if (engine.Locks is not { } locks) { return null; }
        FrameTable table = engine.Table;
        if (!table.Ref(pfn).TryGet()) { return null; }
        locks.Base.Ledger.Take(task, pfn, RefHolder.Speculative);
        AuditFinding? found = null;

        // With a reference the frame keeps its shape; with the lock its mapping and index, hence what its cache holds.
        if (locks.Folio.TryLock(task, pfn))
        {
            found = SampleLocked(pfn);
            locks.Folio.Unlock(task, pfn);
        }
        locks.Base.Ledger.Drop(task, pfn, RefHolder.Speculative);
        locks.Folios.Put(task, pfn);
        return found;
    }

    private AuditFinding? SampleLocked(Pfn pfn)
    {
        FrameTable table = engine.Table;
        uint compound = table.Compound(pfn).Raw;
        if (CompoundWord.IsTail(compound)) { return Of(Invariant.TailNamesHead, ViolationKind.BrokenCompound, pfn, "a tail gave a reference of its own"); }
        int order = CompoundWord.OrderOf(compound);
        if (order > FrameTable.MaxOrder || (pfn.Value & ((1 << order) - 1)) != 0)
        {
            return Of(Invariant.FoliosAligned, ViolationKind.BrokenCompound, pfn, $"a folio of order {order} does not begin here");
        }
        if (!FrameTable.IsAllocated(table.Generation(pfn))) { return Of(Invariant.HeldIsAlive, ViolationKind.UseAfterFree, pfn, "a free frame gave a reference"); }
        long mapping = table.Mapping(pfn).Raw;
        return SampleMapping(pfn, mapping) ?? SampleFlags(pfn) ?? SampleCounts(pfn, order, mapping);
    }

    private AuditFinding? SampleMapping(Pfn pfn, long mapping)
    {
        MappingTag tag = MappingWord.TagOf(mapping);
        if (mapping != 0 && (MappingWord.OwnerOf(mapping) <= 0 || tag is not (MappingTag.File or MappingTag.Anon or MappingTag.Ksm)))
        {
            return Of(Invariant.EntryMatchesFolio, ViolationKind.CacheMismatch, pfn, $"mapping 0x{mapping:x} names nobody");
        }
        PageType type = engine.Table.Map(pfn).Type;
        return type is PageType.Buddy or PageType.Unaccepted ? Of(Invariant.FreeIsClean, ViolationKind.MapcountAtFree, pfn, $"in use as page type {type}") : null;
    }

    private AuditFinding? SampleFlags(Pfn pfn)
    {
        // A flush changes the two one after the other, under the lru lock.
        int spins = 0;
        for (int look = 0; look < LooksMost; look++)
        {
            if ((engine.Table.Flags(pfn).Read() & Both) != Both) { return null; }
            Atomic.Retry(ref spins);
        }
        return Of(Invariant.ActiveOrUnevictable, ViolationKind.FlagContradiction, pfn, "active and unevictable, and it stays so");
    }

    private AuditFinding? SampleCounts(Pfn pfn, int order, long mapping)
    {
        FrameTable table = engine.Table;
        int cache = mapping != 0 && !MappingWord.IsAnon(mapping) ? 1 << order : 0;
        int count = 0;
        long mappings = 0;
        int spins = 0;
        for (int look = 0; look < LooksMost; look++)
        {
            // Each mapping takes its reference before it counts, and counts off before it puts: so the count read later covers those seen before
            // it, but for what was unmapped in between.
            mappings = MappingsNow(pfn, order);
            count = table.Ref(pfn).CountUnsafe;
            if (count > 0 && count >= mappings + cache + 1) { return null; }
            Atomic.Retry(ref spins);
        }
        return Of(count < 0 ? Invariant.CountNotNegative : Invariant.CountCoversMappings, ViolationKind.RefMissing, pfn,
            $"refcount {count}, and it stays below mapping {mappings}, cache {cache} and this look at it");
    }

    private int MappingsNow(Pfn pfn, int order)
    {
        FrameTable table = engine.Table;
        if (order == 0) { return table.Map(pfn).Count; }
        return table.Map(pfn).Type == PageType.None ? table.PageMapsOf(pfn, order) + table.HugeMapsOf(pfn) : 0;
    }

    private static AuditFinding Of(string invariant, ViolationKind kind, Pfn pfn, string text) => new(invariant, kind, pfn, text);
}
