using MemCore.Allocation;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>How fragmented a machine is: free blocks by order, and how many page blocks could be free if everything movable were moved away.</summary>
/// <param name="FreeByOrder">Free blocks that are part of no larger one, one element an order; the CPUs' lists are left out.</param>
/// <param name="Blocks">Page blocks with a frame that is memory.</param>
/// <param name="WhollyFree">Page blocks without a frame in use.</param>
/// <param name="WithoutUnmovable">Page blocks whose frames are all free, single pages of the LRU, or pages of a balloon: the kind that can move.</param>
/// <param name="Emptiable">Those of them in which also nobody holds a page: no reference of the host, no writeback, no private data that stays.</param>
/// <param name="Attainable">So many of those can be free at once: what is in them needs room elsewhere. The most that compaction can do.</param>
internal sealed record BlockCensus(IReadOnlyList<long> FreeByOrder, int Blocks, int WhollyFree, int WithoutUnmovable, int Emptiable, int Attainable)
{
    private enum Kind
    {
        Hole,
        Free,
        Movable,

        /// <summary>Of a kind that moves, but migration refuses it.</summary>
        Held,
        Unmovable,
    }

    /// <summary>Counts. At rest only; looks at every frame.</summary>
    public static BlockCensus Of(Machine machine)
    {
        FrameAllocator allocator = machine.Allocator;
        long[] free = new long[FrameTable.MaxOrder + 1];
        allocator.FreeBlocksPerOrderAtRest(free, null);
        int blocks = 0, movable = 0, emptiable = 0;
        for (int start = 0; start < machine.Frames.Frames; start += allocator.BlockFrames)
        {
            Kind worst = Kind.Free;
            bool hole = false, memory = false;
            int end = Math.Min(start + allocator.BlockFrames, machine.Frames.Frames);
            for (int pfn = start; pfn < end; pfn++)
            {
                Kind kind = KindOf(machine, pfn);
                hole |= kind == Kind.Hole;
                memory |= kind != Kind.Hole;
                if (kind > worst) { worst = kind; }
            }
            if (!memory) { continue; }
            blocks++;

            // A hole keeps its block from ever being free as a whole.
            if (hole || worst == Kind.Unmovable) { continue; }
            movable++;
            emptiable += worst < Kind.Held ? 1 : 0;
        }
        int roomy = (int)(allocator.FreeFramesAtRest() / allocator.BlockFrames);
        return new BlockCensus(free, blocks, allocator.WhollyFreeBlocksAtRest(), movable, emptiable, Math.Min(emptiable, roomy));
    }

    /// <summary>True for a frame whose page migration can move away. At rest only.</summary>
    public static bool CanMove(Machine machine, int pfn) => KindOf(machine, pfn) == Kind.Movable;

    private static Kind KindOf(Machine machine, int pfn)
    {
        FrameColumns at = machine.Frames.AtRest;
        if (!FrameTable.IsAllocated(at.Generation[pfn])) { return machine.Allocator.IsFreeAtRest(new Pfn(pfn)) ? Kind.Free : Kind.Hole; }
        PageFlags flags = (PageFlags)at.Flags[pfn];
        if (MapCount.TypeOf(at.MapCount[pfn]) == PageType.Offline) { return (flags & MovableOps.Movable) != 0 ? Kind.Movable : Kind.Unmovable; }
        if ((flags & PageFlags.Lru) == 0 || (flags & (PageFlags.Reserved | PageFlags.HwPoison)) != 0 || at.Compound[pfn] != 0) { return Kind.Unmovable; }
        return at.HostRefs[pfn] != 0 || (flags & PageFlags.Writeback) != 0 || HasBuffersThatStay(machine, flags, at.Mapping[pfn]) ? Kind.Held : Kind.Movable;
    }

    private static bool HasBuffersThatStay(Machine machine, PageFlags flags, long mapping)
    {
        if ((flags & PageFlags.Private) == 0) { return false; }
        return mapping == 0 || MappingWord.TagOf(mapping) != MappingTag.File
            || machine.Caches.PrivateDataOf(new CacheId((int)MappingWord.OwnerOf(mapping))) == PrivateData.Stays;
    }
}
