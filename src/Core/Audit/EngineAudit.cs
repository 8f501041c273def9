using MemCore.Frames;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Audit;

/// <summary>Checks everything that must hold while nobody runs: every frame, every reference, every queue.</summary>
/// <remarks>
/// The frames may be checked by several threads, each its <see cref="Slice"/>; one of them then calls <see cref="Finish"/>. No frame is
/// exempt: what an import could not explain has the host as its holder, and what tasks hold they say themselves.
/// </remarks>
internal sealed class EngineAudit(FrameTable table, WaitTable? waits = null, FrameContents? contents = null)
{
    private const int Grain = 1 << FrameTable.MaxOrder;

    /// <summary>The frames of one of <paramref name="parts"/> slices; folios never cross their borders.</summary>
    public (int From, int To) Slice(int part, int parts)
    {
        long grains = (table.Frames + Grain - 1) / Grain;
        return ((int)(grains * part / parts) * Grain, Math.Min((int)(grains * (part + 1) / parts) * Grain, table.Frames));
    }

    /// <summary>Checks one slice. <paramref name="held"/> is sorted.</summary>
    public AuditPart CheckFrames(int from, int to, HeldFolios held)
    {
        AuditPart part = new();
        new FrameAudit(table, contents, held, part, from).Walk(from, to);
        return part;
    }

    /// <summary>Sums the parts and checks what belongs to no slice.</summary>
    public AuditPart Finish(IEnumerable<AuditPart> parts)
    {
        AuditPart all = new();
        foreach (AuditPart part in parts) { all.Add(part); }
        waits?.AuditAtRest((kind, text) => all.Report(Invariant.NobodyWaits, kind, Pfn.None.Value, text));
        return all;
    }

    /// <summary>The whole audit by the calling thread.</summary>
    public AuditPart Run(HeldFolios held) => Finish([CheckFrames(0, table.Frames, held)]);
}
