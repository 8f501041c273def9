using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <summary>A number for each frame, the audit's own: first how many page-table entries map it, later a mark. 0 between audits.</summary>
/// <remarks>Several threads may count at once; comparing and marking are one thread's.</remarks>
internal sealed class EntryCounts(Arena arena, int frames)
{
    private readonly Column<int> _counts = arena.Add<int>("audit_entries", frames, ColumnKind.Bookkeeping); // (A)

    public Span<int> AtRest => _counts.AtRest;

    public void Add(int pfn) => Atomic.Add(ref _counts[pfn], 1);

    public void Clear() => _counts.AtRest.Clear();

    /// <summary>The first frame at or above <paramref name="from"/> whose map count is not what was counted; -1: there is none.</summary>
    public int NextDifference(Strided<int> mapCounts, int from)
    {
        const int step = 256;
        ReadOnlySpan<int> counted = _counts.AtRest;
        for (int pfn = from; pfn < counted.Length;)
        {
            // Idle frames that nobody maps: most of them, and all of it vectorised.
            if (pfn + step <= counted.Length && !mapCounts.Slice(pfn, step).ContainsAnyExcept(MapCount.Idle) && !counted.Slice(pfn, step).ContainsAnyExcept(0))
            {
                pfn += step;
                continue;
            }
            int end = Math.Min(pfn + step, counted.Length);
            for (; pfn < end; pfn++)
            {
                if (MapCount.CountOf(mapCounts[pfn]) != counted[pfn]) { return pfn; }
            }
        }
        return -1;
    }
}
