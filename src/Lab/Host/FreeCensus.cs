using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lab.Host;

/// <summary>Free blocks per migrate type and order in one zone, as the kernel would list them: maximal, aligned, of one type.</summary>
internal sealed class FreeCensus
{
    /// <summary>One row per type of <see cref="MigrateType"/>, then one for isolated blocks.</summary>
    public const int Rows = MigrateTypes.Count + 1;

    private const int Orders = FrameTable.MaxOrder + 1;

    private readonly long[] _counts = new long[Rows * Orders];

    public long this[int row, int order] => _counts[(row * Orders) + order];

    /// <summary>Blocks of all types.</summary>
    public long Blocks(int order)
    {
        long sum = 0;
        for (int row = 0; row < Rows; row++) { sum += this[row, order]; }
        return sum;
    }

    public long FreeFrames()
    {
        long sum = 0;
        for (int order = 0; order < Orders; order++) { sum += Blocks(order) << order; }
        return sum;
    }

    /// <summary>Adds a run of free frames, cut into the fewest aligned blocks.</summary>
    public void Add(int row, int start, int end)
    {
        while (start < end)
        {
            int order = Math.Min(start == 0 ? FrameTable.MaxOrder : int.TrailingZeroCount(start), FrameTable.MaxOrder);
            while (start + (1 << order) > end) { order--; }
            _counts[(row * Orders) + order]++;
            start += 1 << order;
        }
    }

    /// <summary>Counts a stretch of frames. Frames on lists of one CPU are left out, as in the kernel. At rest only.</summary>
    public static FreeCensus Of(FrameAllocator allocator, int from, int to)
    {
        FreeCensus census = new();
        bool listed = allocator.ListedFramesAtRest() > 0;
        int runStart = from;
        int runRow = -1;
        for (int pfn = from; pfn < to; pfn++)
        {
            bool free = allocator.IsFreeAtRest(new Pfn(pfn)) && !(listed && allocator.IsListedAtRest(new Pfn(pfn)));
            int row = free ? RowOf(allocator, pfn / allocator.BlockFrames) : -1;
            if (row == runRow) { continue; }
            if (runRow >= 0) { census.Add(runRow, runStart, pfn); }
            (runStart, runRow) = (pfn, row);
        }
        if (runRow >= 0) { census.Add(runRow, runStart, to); }
        return census;
    }

    /// <summary>The row of a block's type.</summary>
    public static int RowOf(FrameAllocator allocator, int block) => allocator.IsIsolated(block) ? MigrateTypes.Count : (int)allocator.TypeOf(block);
}
