using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Reclaim;

/// <summary>A memory balloon: pages that a guest gave away, typed Offline, on the balloon's list, movable through its driver.</summary>
internal sealed class Balloon(EngineBase engine, FolioLinks links, FrameAllocator allocator, Waiting.FolioLock locks, Folios folios) : IMovableOps
{
    /// <summary>Takes a page from the allocator into the balloon. False: no memory.</summary>
    public bool Inflate(TaskId task) => throw new InvalidOperationException("stub");

    /// <summary>Gives one page back. False: the list is empty (all isolated, or none).</summary>
    public bool Deflate(TaskId task) => throw new InvalidOperationException("stub");

    public bool Isolate(TaskId task, Pfn page) => throw new InvalidOperationException("stub");

    public bool Migrate(TaskId task, Pfn target, Pfn source) => throw new InvalidOperationException("stub");

    public void Putback(TaskId task, Pfn page) => throw new InvalidOperationException("stub");

    public int Pages => throw new InvalidOperationException("stub");
}
