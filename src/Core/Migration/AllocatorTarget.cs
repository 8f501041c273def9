using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Migration;

/// <summary>Destinations from the allocator: any free movable frame will do.</summary>
internal sealed class AllocatorTarget(FrameTable frames, FrameAllocator allocator, Folios folios) : IMigrationTarget
{
    public Pfn Allocate(TaskId task, Pfn source) => allocator.AllocateFolio(task, frames.OrderOf(source), MigrateType.Movable);

    public void Free(TaskId task, Pfn target) => folios.Put(task, target);
}
