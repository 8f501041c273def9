using System.Globalization;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>Invariant I-10, at rest: Lru set if and only if on exactly one list, which is that of the flags.</summary>
internal sealed partial class LruVecs
{
    private const int ReportedMax = 32;

    /// <summary>Walks every list; reports broken links, a wrong size, a folio without Lru, of another kind or node, or on no list (I-10).</summary>
    /// <remarks>A folio has one pair of links, so one that is met again, on this list or another, does not point back to where the walk came from.</remarks>
    /// <returns>Folios on lists, the unevictable ones included by their flags' count.</returns>
    public long AuditAtRest(Action<ViolationKind, int, string> report)
    {
        long listed = 0;
        for (int node = 0; node < Nodes; node++)
        {
            Check(report, _nodes[node, LockWord] == 0, ViolationKind.StuckState, -1, $"the lru lock of node {node} is taken");
            for (int kind = 0; kind < Lists; kind++) { listed += AuditList(report, node, (LruKind)kind); }
        }
        long flagged = CountFlagged(report, out long unevictable);
        if (flagged != listed) { NameUnlisted(report, flagged, listed); }
        return listed + unevictable;
    }

    private long AuditList(Action<ViolationKind, int, string> report, int node, LruKind kind)
    {
        FrameColumns at = engine.Frames.AtRest;
        Span<int> next = links.Next.AtRest;
        Span<int> prev = links.Prev.AtRest;
        uint wanted = (uint)PageFlags.Lru | FlagsOf(kind);
        const uint Judged = (uint)(PageFlags.Lru | PageFlags.Active | PageFlags.Unevictable | PageFlags.Swapbacked);
        int first = FirstList + ((int)kind * 3);
        int before = 0;
        long folios = 0;
        long pages = 0;
        for (int entry = _nodes[node, first]; entry != 0; entry = next[entry - 1])
        {
            int pfn = entry - 1;
            if ((uint)pfn >= (uint)next.Length || prev[pfn] != before)
            {
                report(ViolationKind.BrokenList, pfn, string.Create(CultureInfo.InvariantCulture, $"{kind} of node {node}: linked after 0x{before - 1:x}, but it does not point back"));
                return folios;
            }
            uint flags = at.Flags[pfn];
            if ((flags & Judged) != wanted || NodeIn(flags) != node || CompoundWord.IsTail(at.Compound[pfn]))
            {
                report(ViolationKind.BrokenList, pfn, $"on {kind} of node {node}, but {Describe(flags, at.Compound[pfn])}");
            }
            folios++;
            pages += 1 << CompoundWord.OrderOf(at.Compound[pfn]);
            before = entry;
        }
        Check(report, _nodes[node, first + 1] == before, ViolationKind.BrokenList, before - 1, $"last of {kind} of node {node}, but the list's tail is another");
        Check(report, _nodes[node, first + 2] == folios, ViolationKind.CounterMismatch, -1, $"{kind} of node {node} counts {_nodes[node, first + 2]} folios and has {folios}");
        int size = _nodes[node, FirstSize + (int)kind];
        Check(report, size == pages, ViolationKind.CounterMismatch, -1, $"{kind} of node {node} counts {size} pages and has {pages}");
        return folios;
    }

    // Folios with Lru that must be on a list with links; the unevictable ones are on theirs by their flags alone.
    private long CountFlagged(Action<ViolationKind, int, string> report, out long unevictable)
    {
        FrameColumns at = engine.Frames.AtRest;
        long flagged = 0;
        unevictable = 0;
        long[] pages = new long[Nodes];
        for (int pfn = 0; pfn < at.Flags.Length; pfn++)
        {
            uint flags = at.Flags[pfn];
            if ((flags & (uint)PageFlags.Lru) == 0) { continue; }
            if ((flags & (uint)PageFlags.Unevictable) == 0)
            {
                flagged++;
                continue;
            }
            unevictable++;
            pages[NodeIn(flags)] += 1 << CompoundWord.OrderOf(at.Compound[pfn]);
            if ((flags & (uint)PageFlags.Active) != 0) { report(ViolationKind.FlagContradiction, pfn, "active and unevictable, on the LRU"); }
        }
        for (int node = 0; node < Nodes; node++)
        {
            int size = _nodes[node, FirstSize + (int)LruKind.Unevictable];
            Check(report, size == pages[node], ViolationKind.CounterMismatch, -1, $"Unevictable of node {node} counts {size} pages and has {pages[node]}");
        }
        return flagged;
    }

    private void NameUnlisted(Action<ViolationKind, int, string> report, long flagged, long listed)
    {
        FrameColumns at = engine.Frames.AtRest;
        Span<int> next = links.Next.AtRest;
        bool[] isListed = new bool[at.Flags.Length];
        long steps = 0;
        for (int list = 0; list < Nodes * Lists; list++)
        {
            int entry = _nodes[list / Lists, FirstList + (list % Lists * 3)];
            for (; entry != 0 && (uint)entry <= (uint)next.Length && steps <= at.Flags.Length; entry = next[entry - 1], steps++) { isListed[entry - 1] = true; }
        }
        int reported = 0;
        for (int pfn = 0; pfn < isListed.Length && reported < ReportedMax; pfn++)
        {
            uint flags = at.Flags[pfn];
            if ((flags & (uint)PageFlags.Lru) == 0 || (flags & (uint)PageFlags.Unevictable) != 0 || isListed[pfn]) { continue; }
            reported++;
            report(ViolationKind.BrokenList, pfn, $"on no list, but {Describe(flags, at.Compound[pfn])}");
        }
        Check(report, reported != 0, ViolationKind.BrokenList, -1, $"{listed} folios on lists, {flagged} with Lru");
    }

    private int NodeIn(uint flags) => Math.Min((int)(flags >> PageFlagsLayout.NodeShift), Nodes - 1);

    private static uint FlagsOf(LruKind kind) =>
        (uint)(kind is LruKind.InactiveAnon or LruKind.ActiveAnon ? PageFlags.Swapbacked : PageFlags.None)
        | (uint)(kind is LruKind.ActiveAnon or LruKind.ActiveFile ? PageFlags.Active : PageFlags.None);

    private string Describe(uint flags, uint compound) => string.Create(CultureInfo.InvariantCulture,
        $"{(CompoundWord.IsTail(compound) ? "a tail" : "a folio")} of node {NodeIn(flags)} with flags {FolioDump.Names((PageFlags)flags & PageFlags.All)}");

    private static void Check(Action<ViolationKind, int, string> report, bool holds, ViolationKind kind, int pfn, FormattableString text)
    {
        if (!holds) { report(kind, pfn, FormattableString.Invariant(text)); }
    }
}
