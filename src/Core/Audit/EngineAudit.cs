using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Audit;

/// <summary>What an audit looks at. Whatever is null is not there.</summary>
internal sealed record AuditedEngine(FrameTable Table)
{
    public FrameAllocator? Allocator { get; init; }

    public WaitTable? Waits { get; init; }

    public CpuSlots? Cpus { get; init; }

    public FrameContents? Contents { get; init; }
}

/// <summary>Checks everything that must hold while nobody runs: every frame, every reference, every queue.</summary>
/// <remarks>
/// Several threads may share the work: each calls <see cref="Check"/> with its part, then one calls <see cref="Finish"/>. No frame is
/// exempt: what an import could not explain has the host as its holder, and what tasks hold they say themselves.
/// </remarks>
internal sealed class EngineAudit(AuditedEngine engine)
{
    private const int Grain = 1 << FrameTable.MaxOrder;

    private int Frames => engine.Table.Frames;

    /// <summary>Checks one of <paramref name="parts"/> parts of the frames and of the allocator's trees. <paramref name="held"/> is sorted.</summary>
    public AuditPart Check(int part, int parts, HeldFolios held)
    {
        AuditPart found = new();
        long grains = (Frames + Grain - 1) / Grain;
        int from = (int)(grains * part / parts) * Grain;
        int to = Math.Min((int)(grains * (part + 1) / parts) * Grain, Frames);
        new FrameAudit(engine.Table, engine.Allocator, engine.Contents, held, found, from).Walk(from, to);
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
        engine.Waits?.AuditAtRest((kind, text) => all.Report(Invariant.NobodyWaits, kind, Pfn.None.Value, text));
        for (int cpu = 0; cpu < (engine.Cpus?.Cpus ?? 0); cpu++)
        {
            if (!engine.Cpus!.IsIdle(new CpuId(cpu))) { all.Report(Invariant.NobodyWaits, ViolationKind.StuckState, Pfn.None.Value, $"the guard of cpu {cpu} is taken"); }
        }
        if (engine.Allocator is { } allocator) { CheckTotals(allocator, all); }
        return all;
    }

    /// <summary>The whole audit by the calling thread.</summary>
    public AuditPart Run(HeldFolios held) => Finish([Check(0, 1, held)]);

    private void CheckTotals(FrameAllocator allocator, AuditPart all)
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
