using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>Gives blocks back.</summary>
internal static class HeldBlocks
{
    /// <summary>Drops the holder's reference; what nobody else refers to is freed.</summary>
    public static void GiveBack(FrameAllocator allocator, FrameTable frames, TaskId task, HeldBlock block)
    {
        if (!block.IsPlain)
        {
            allocator.Put(task, block.Pfn);
            return;
        }
        if (frames.Ref(block.Pfn).TryFreeze(1))
        {
            allocator.Free(task, block.Pfn, block.Order);
            return;
        }

        // Somebody holds a speculative reference to the first frame: it is left to him, and the frames go one by one.
        allocator.Split(task, block.Pfn, block.Order);
        for (int i = 1; i < 1 << block.Order; i++) { allocator.Free(task, block.Pfn + i, 0); }
        allocator.Put(task, block.Pfn);
    }
}
