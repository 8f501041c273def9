using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Reclaim;

/// <summary>Finds destinations from a zone's end downwards. Section 8.4 of the reference.</summary>
/// <remarks>
/// Only blocks of movable type that are neither isolated nor wholly free. A wholly free block is never opened: when none above the sources is
/// partly free, what remains to be moved fills blocks, and moving it into a free one would make as many blocks full as it empties.
/// A block's counter says whether it is worth a look, so there are neither hints nor strides. Frames that come back unused to a block that was
/// left are free, but not found again in this sweep.
/// </remarks>
internal sealed class FreeScanner(EngineBase engine, FrameAllocator allocator, ZoneScans zones)
{
    /// <summary>Takes up to <paramref name="wanted"/> frames onto the list, from the highest down. Returns how many; 0: the scanners meet.</summary>
    /// <remarks>Only inside a claim of the zone. Lock-free; at most all blocks of the zone are passed.</remarks>
    public int Refill(TaskId task, int zone, int wanted, FolioList list)
    {
        int end = zones.EndBlock(zone);
        int got = 0;
        while (got < wanted)
        {
            int block = zones.FreeBlock(zone);
            TakenFrames taken = block < end ? allocator.TakeFree(task, block, wanted - got) : TakenFrames.None;
            if (taken.Count == 0)
            {
                if (!zones.TryLeaveFree(zone, block)) { break; }
                engine.Events.Count(task, EventCounter.CompactFreeScanned, allocator.BlockFrames);
                continue;
            }
            got += taken.Count;
            engine.Events.Count(task, EventCounter.CompactFreeScanned, taken.Count);
            engine.Events.Count(task, EventCounter.CompactIsolated, taken.Count);
            for (; taken.Count != 0; taken = taken.WithoutHighest) { list.AddTail(taken.Highest); }
        }
        return got;
    }
}
