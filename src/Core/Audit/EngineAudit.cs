using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <summary>Checks everything that must hold while nobody runs: every frame, every reference, every entry, every list, every queue.</summary>
/// <remarks>
/// Several threads may share the work. One collects what tasks hold and calls <see cref="Prepare"/>, each calls <see cref="Check"/> with its
/// part, then one calls <see cref="Finish"/>. No frame is exempt: what an import could not explain has the host as its holder, what tasks
/// hold they say themselves, and what batches and drivers hold is in their words.
/// </remarks>
internal sealed partial class EngineAudit(AuditedEngine engine)
{
    private const int Grain = 1 << FrameTable.MaxOrder;

    private int Frames => engine.Table.Frames;

    /// <summary>Adds what the engine's own words say is held to what tasks say, and sorts it.</summary>
    public void Prepare(HeldFolios held)
    {
        engine.Batches?.ForEachAtRest((cpu, _, pfn) => held.Add(HeldFolio.Parked(pfn, cpu.Value)));
        held.Sort();
    }

    /// <summary>Checks one of <paramref name="parts"/> parts of the frames, Mms, lists and allocator's trees. <paramref name="held"/> is prepared.</summary>
    public AuditPart Check(int part, int parts, HeldFolios held)
    {
        AuditPart found = new();
        long grains = (Frames + Grain - 1) / Grain;
        int from = (int)(grains * part / parts) * Grain;
        int to = Math.Min((int)(grains * (part + 1) / parts) * Grain, Frames);
        new FrameAudit(engine, held, found, from).Walk(from, to);
        if (engine.Mapping is { } mapping)
        {
            new EntryAudit(engine.Table, mapping, found).Walk(part, parts);
            if (part == parts - 1) { CacheAudit.Walk(engine.Table, mapping.Caches, found); }
            if (part == parts / 2) { TranslationAudit.Walk(mapping, found); }
        }
        if (part == 0 && engine.Lru is { } lru) { found.Linked = lru.AuditAtRest((kind, pfn, text) => found.Report(Invariant.Listed, kind, pfn, text)); }
        if (engine.Allocator is { } allocator)
        {
            long trees = allocator.Trees;
            allocator.AuditTreesAtRest((int)(trees * part / parts), (int)(trees * (part + 1) / parts), (kind, text) =>
                found.Report(Invariant.AllocatorAgrees, kind, Pfn.None.Value, text));
        }
        return found;
    }

    /// <summary>Sums the parts and checks what belongs to none.</summary>
    public AuditPart Finish(IEnumerable<AuditPart> parts)
    {
        AuditPart all = new();
        foreach (AuditPart part in parts) { all.Add(part); }
        CheckNobodyIsInside(all);
        if (engine.Allocator is { } allocator) { CheckFreeFrames(allocator, all); }
        if (engine.Mapping is { } mapping) { CheckMapCounts(mapping, all); }
        CheckLists(all);
        return all;
    }

    /// <summary>The whole audit by the calling thread. <paramref name="held"/> is what tasks hold, in any order, and stays as it is.</summary>
    public AuditPart Run(HeldFolios held)
    {
        HeldFolios all = held.Copy();
        Prepare(all);
        return Finish([Check(0, 1, all)]);
    }
}
