using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>Processes' memories: root of the page table, VMAs, the mmap lock.</summary>
internal sealed class Mms(EngineBase engine, PageTables tables, Vmas vmas, AnonVmas anonVmas, PageCaches caches, Rmap rmap, Tlb tlb, Folios folios)
{
    /// <summary>A new empty Mm. None: exhausted.</summary>
    public MmId Create(TaskId task) => throw new InvalidOperationException("stub");

    /// <summary>Unmaps everything and gives the Mm back. Nobody uses it any more but the reverse map.</summary>
    public void Exit(TaskId task, MmId mm) => throw new InvalidOperationException("stub");

    public int RootOf(MmId mm) => throw new InvalidOperationException("stub");

    /// <summary>mmap: a new VMA over pages that are free. None: no room, or they are taken.</summary>
    public VmaId Map(TaskId task, MmId mm, long start, long pages, VmaFlags flags, CacheId cache = default, long offset = 0) => throw new InvalidOperationException("stub");

    /// <summary>munmap of whole VMAs and parts of VMAs (which splits them). Returns pages zapped.</summary>
    public int Unmap(TaskId task, MmId mm, long start, long pages) => throw new InvalidOperationException("stub");

    /// <summary>MADV_DONTNEED: zaps the pages, the VMA stays. Shares the mmap lock with faults.</summary>
    public int Discard(TaskId task, MmId mm, long start, long pages) => throw new InvalidOperationException("stub");

    /// <summary>A copy-on-write child. None: out of Mms, VMAs or tables; nothing remains.</summary>
    public MmId Fork(TaskId task, MmId parent) => throw new InvalidOperationException("stub");

    /// <summary>The VMA of a page, with the mmap lock shared; give it back with <see cref="UnlockShared"/>, also when none was found.</summary>
    public VmaId LockShared(TaskId task, MmId mm, long page) => throw new InvalidOperationException("stub");

    public void UnlockShared(TaskId task, MmId mm) => throw new InvalidOperationException("stub");

    /// <summary>Import: an Mm's VMA and its entries without locks. At rest.</summary>
    public void ForEachAtRest(Action<MmId, int> mm) => throw new InvalidOperationException("stub");

    public void ForEachVmaAtRest(MmId mm, Action<VmaId, Vma> vma) => throw new InvalidOperationException("stub");
}
