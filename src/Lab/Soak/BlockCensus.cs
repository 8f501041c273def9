using MemCore.Allocation;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>How fragmented a machine is: free blocks by order, and how many page blocks could be free if everything movable were moved away.</summary>
/// <param name="FreeByOrder">Free blocks that are part of no larger one, one element an order; the CPUs' lists are left out.</param>
/// <param name="Blocks">Page blocks with a frame that is memory.</param>
/// <param name="WhollyFree">Page blocks without a frame in use.</param>
/// <param name="WithoutUnmovable">Page blocks whose frames are all free, single pages of the LRU, or pages of a balloon: the most that compaction can empty.</param>
internal sealed record BlockCensus(IReadOnlyList<long> FreeByOrder, int Blocks, int WhollyFree, int WithoutUnmovable)
{
    /// <summary>Counts. At rest only; looks at every frame.</summary>
    public static BlockCensus Of(Machine machine)
    {
        FrameAllocator allocator = machine.Allocator;
        long[] free = new long[FrameTable.MaxOrder + 1];
        allocator.FreeBlocksPerOrderAtRest(free, null);
        int blocks = 0, movable = 0;
        for (int start = 0; start < machine.Frames.Frames; start += allocator.BlockFrames)
        {
            (bool any, bool allMovable) = Look(machine, start, Math.Min(start + allocator.BlockFrames, machine.Frames.Frames));
            blocks += any ? 1 : 0;
            movable += any && allMovable ? 1 : 0;
        }
        return new BlockCensus(free, blocks, allocator.WhollyFreeBlocksAtRest(), movable);
    }

    /// <summary>True when migration may free the frame: a single page on the LRU that nobody but its mappings and cache holds, or a balloon's.</summary>
    private static bool IsMovable(FrameColumns at, int pfn)
    {
        PageFlags flags = (PageFlags)at.Flags[pfn];
        if (MapCount.TypeOf(at.MapCount[pfn]) == PageType.Offline) { return (flags & PageFlags.Uptodate) != 0; }
        const PageFlags Fixed = PageFlags.Reserved | PageFlags.HwPoison | PageFlags.Head;
        return (flags & PageFlags.Lru) != 0 && (flags & Fixed) == 0 && at.Compound[pfn] == 0;
    }

    private static (bool Any, bool AllMovable) Look(Machine machine, int start, int end)
    {
        FrameColumns at = machine.Frames.AtRest;
        bool any = false;
        for (int pfn = start; pfn < end; pfn++)
        {
            if (FrameTable.IsAllocated(at.Generation[pfn]))
            {
                any = true;
                if (!IsMovable(at, pfn)) { return (true, false); }
            }
            else if (machine.Allocator.IsFreeAtRest(new Pfn(pfn))) { any = true; }
            else { return (any || HasMemory(machine, pfn + 1, end), false); }
        }
        return (any, any);
    }

    // A hole keeps its block from ever being free as a whole.
    private static bool HasMemory(Machine machine, int from, int end)
    {
        FrameColumns at = machine.Frames.AtRest;
        for (int pfn = from; pfn < end; pfn++)
        {
            if (FrameTable.IsAllocated(at.Generation[pfn]) || machine.Allocator.IsFreeAtRest(new Pfn(pfn))) { return true; }
        }
        return false;
    }
}
