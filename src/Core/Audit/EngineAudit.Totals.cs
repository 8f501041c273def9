using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <content>What belongs to no single frame: sums that must agree, and queues and locks that must be empty and free.</content>
internal sealed partial class EngineAudit
{
    private void CheckNobodyIsInside(AuditPart all)
    {
        engine.Waits?.AuditAtRest((kind, text) => all.Report(Invariant.NobodyWaits, kind, Pfn.None.Value, text));
        engine.Batches?.AuditAtRest((kind, pfn, text) => all.Report(Invariant.BatchesAgree, kind, pfn, text));
        engine.Drain?.AuditAtRest((kind, pfn, text) => all.Report(Invariant.NobodyWaits, kind, pfn, text));
        engine.Balloon?.AuditAtRest((kind, pfn, text) => all.Report(Invariant.BalloonAgrees, kind, pfn, text));
        if (engine.Batches is { DisableCount: not 0 } batches)
        {
            all.Report(Invariant.DrainsBalanced, ViolationKind.StuckState, Pfn.None.Value, $"batches are disabled {batches.DisableCount} times, and nobody runs who would enable them");
        }
        if (engine.Cpus is not { } cpus) { return; }
        for (int cpu = 0; cpu < cpus.Cpus; cpu++)
        {
            if (!cpus.IsIdle(new CpuId(cpu))) { all.Report(Invariant.NobodyWaits, ViolationKind.StuckState, Pfn.None.Value, $"the guard of cpu {cpu} is taken"); }
        }
        for (int task = 0; task < cpus.Tasks; task++)
        {
            if (engine.Mapping?.Tlb.HasDeferred(new TaskId(task)) ?? false)
            {
                all.Report(Invariant.TranslationsFresh, ViolationKind.StuckState, Pfn.None.Value, $"task {task} owes a flush of translations");
            }
            if (!cpus.Ranks.HoldsNone(new TaskId(task))) { all.Report(Invariant.NobodyWaits, ViolationKind.LockRank, Pfn.None.Value, $"task {task} holds a spinning lock"); }
        }
    }

    private void CheckLists(AuditPart all)
    {
        if (engine.Lru is not null && all.Linked != all.OnLists)
        {
            all.Report(Invariant.Listed, ViolationKind.BrokenList, Pfn.None.Value, $"{all.OnLists} folios have the Lru flag, {all.Linked} are on lists");
        }
        if (engine.Events is not { } events || engine.Lru is null) { return; }
        long counted = events.Sum(EventCounter.NrIsolatedAnon) + events.Sum(EventCounter.NrIsolatedFile);
        if (counted != all.Isolated && !Seam.Exploring)
        {
            all.Report(Invariant.IsolatedCounted, ViolationKind.StatMismatch, Pfn.None.Value,
                $"nr_isolated_anon {events.Sum(EventCounter.NrIsolatedAnon)} and nr_isolated_file {events.Sum(EventCounter.NrIsolatedFile)}, tasks have isolated {all.Isolated}");
        }
    }

    private void CheckMapCounts(AuditedMapping mapping, AuditPart all)
    {
        FrameColumns at = engine.Table.AtRest;
        Span<int> counted = mapping.Entries.AtRest;
        int pfn = -1;
        while ((pfn = mapping.Entries.NextDifference(at.MapCount, pfn + 1)) >= 0)
        {
            // Free ones were judged as such; leaked ones are not judged.
            if (counted[pfn] == 0 && !IsOfLiveFolio(at, pfn)) { continue; }
            PageType type = MapCount.TypeOf(at.MapCount[pfn]);
            all.Report(Invariant.MapCountsAgree, ViolationKind.MapcountMismatch, pfn,
                type == PageType.None ? $"map count {MapCount.CountOf(at.MapCount[pfn])}, {counted[pfn]} entries map it" : $"a page of type {type}, but {counted[pfn]} entries map it");
        }
        mapping.Entries.Clear();
        foreach ((int head, int entries) in all.HugeByHead)
        {
            long entire = head + 1 < at.Index.Length ? at.Index[head + 1] : 0;
            if (entire != entries) { ReportHuge(head, entire, entries, all); }
        }
        if (all.HugeEntries != all.HugeMappings) { NameUncountedHuge(all); }
        int vmas = mapping.Vmas.UsedAtRest();
        if (vmas != all.Vmas) { all.Report(Invariant.VmasReachable, ViolationKind.CounterMismatch, Pfn.None.Value, $"{vmas} VMAs are in use, the Mms lead to {all.Vmas}"); }
        if (all.CacheSlots == all.CacheFrames) { return; }
        CacheAudit.NameMissing(engine.Table, mapping.Caches, mapping.Entries, all);
        all.Report(Invariant.SlotsMatch, ViolationKind.CacheMismatch, Pfn.None.Value, $"{all.CacheSlots} slots of page caches, {all.CacheFrames} frames that say they are in one");
    }

    private static bool IsOfLiveFolio(in FrameColumns at, int pfn)
    {
        uint compound = at.Compound[pfn];
        int head = CompoundWord.IsTail(compound) ? CompoundWord.HeadOf(compound).Value : pfn;
        return (uint)head < (uint)at.Generation.Length && FrameTable.IsAllocated(at.Generation[head]);
    }

    /// <summary>Folios that count huge mappings though no entry maps them so. Slow; only after a mismatch.</summary>
    private void NameUncountedHuge(AuditPart all)
    {
        FrameColumns at = engine.Table.AtRest;
        for (int pfn = 0; pfn + 1 < Frames; pfn++)
        {
            bool isLarge = FrameTable.IsAllocated(at.Generation[pfn]) && CompoundWord.OrderOf(at.Compound[pfn]) > 0;
            if (isLarge && at.Index[pfn + 1] != 0 && !all.HugeByHead.ContainsKey(pfn)) { ReportHuge(pfn, at.Index[pfn + 1], 0, all); }
        }
    }

    private static void ReportHuge(int head, long entire, int entries, AuditPart all) =>
        all.Report(Invariant.MapCountsAgree, ViolationKind.MapcountMismatch, head, $"entire map count {entire}, {entries} huge entries map it");

    private void CheckFreeFrames(FrameAllocator allocator, AuditPart all)
    {
        allocator.AuditListsAtRest((kind, text) => all.Report(Invariant.AllocatorAgrees, kind, Pfn.None.Value, text));
        long leaked = allocator.LeakedFramesAtRest();
        if (all.Out != leaked)
        {
            HashSet<Pfn> reported = [.. allocator.BadPages.Select(page => page.Pfn)];
            foreach (Pfn pfn in all.FirstOut.Where(pfn => !reported.Contains(pfn)))
            {
                all.Report(Invariant.FramesConserved, ViolationKind.LostFrame, pfn.Value, "neither in use, nor free, nor leaked on purpose");
            }
            all.Report(Invariant.FramesConserved, ViolationKind.LostFrame, Pfn.None.Value,
                $"{all.Live} frames in use, {all.Free} free and {leaked} leaked on purpose; {all.Out} are none of these or leaked, of {Frames - all.Away}");
        }
        long free = allocator.FreeFramesAtRest();
        if (free == all.Free) { return; }
        NameUsedFreeFrames(allocator, all);
        all.Report(Invariant.FreeToAllocator, ViolationKind.CounterMismatch, Pfn.None.Value, $"the allocator counts {free} free frames, {all.Free} are free by their words");
    }

    /// <summary>Frames that the allocator would hand out although they belong to a folio or are no memory. Slow; only after a mismatch.</summary>
    private void NameUsedFreeFrames(FrameAllocator allocator, AuditPart all)
    {
        FrameColumns at = engine.Table.AtRest;
        for (int pfn = 0; pfn < Frames; pfn++)
        {
            bool used = at.Compound[pfn] != 0 || FrameTable.IsAllocated(at.Generation[pfn]) || MapCount.TypeOf(at.MapCount[pfn]) != PageType.None;
            if (used && allocator.IsFreeAtRest(new Pfn(pfn)))
            {
                all.Report(Invariant.FreeToAllocator, ViolationKind.DoubleOwner, pfn, "the allocator has it as free, but it is in use or no memory");
            }
        }
    }
}
