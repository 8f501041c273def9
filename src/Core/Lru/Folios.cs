using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>What becomes of a folio whose last reference is dropped: off the LRU, flags cleared, back to the allocator.</summary>
/// <remarks>All layers above drop references here, so that no folio is freed while it is listed. Section 6.1 of the reference.</remarks>
internal sealed class Folios(EngineBase engine, LruVecs lru, FrameAllocator allocator) : IFolioRelease
{
    public void Put(TaskId task, Pfn head) => throw new InvalidOperationException("stub");

    /// <summary>Drops several at once: pins.</summary>
    public void Put(TaskId task, Pfn head, int references) => throw new InvalidOperationException("stub");

    public void Release(TaskId task, Pfn head) => throw new InvalidOperationException("stub");
}
