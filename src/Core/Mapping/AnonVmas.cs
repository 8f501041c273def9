using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>anon_vmas: what an anonymous folio's mapping names, the VMAs that may map it, and the lock of a walk. Slots are type-stable and counted.</summary>
internal sealed class AnonVmas(EngineBase engine, Vmas vmas, MappingOptions options)
{
    /// <summary>anon_vma_prepare: gives the VMA an anon_vma of its own if it has none. False: exhausted. The mmap lock is shared at least.</summary>
    public bool Prepare(TaskId task, VmaId vma) => throw new InvalidOperationException("stub");

    /// <summary>anon_vma_fork: the child's VMA is linked to all that the parent's is linked to. False: exhausted, nothing remains.</summary>
    public bool Fork(TaskId task, VmaId parent, VmaId child) => throw new InvalidOperationException("stub");

    /// <summary>Also when a VMA is split: the new part is linked to the same ones.</summary>
    public bool Clone(TaskId task, VmaId from, VmaId to) => throw new InvalidOperationException("stub");

    /// <summary>unlink_anon_vmas.</summary>
    public void Unlink(TaskId task, VmaId vma) => throw new InvalidOperationException("stub");

    /// <summary>folio_get_anon_vma: a reference on the anon_vma of a locked, mapped anonymous folio; 0: it is not mapped any more.</summary>
    public int TryGet(TaskId task, Pfn folio) => throw new InvalidOperationException("stub");

    public void Put(TaskId task, int anonVma) => throw new InvalidOperationException("stub");

    public void Lock(TaskId task, int anonVma) => throw new InvalidOperationException("stub");

    public void Unlock(TaskId task, int anonVma) => throw new InvalidOperationException("stub");

    /// <summary>The first link of an anon_vma's VMAs, and the next; 0: no more. Under the lock.</summary>
    public int FirstLink(int anonVma) => throw new InvalidOperationException("stub");

    public int NextLink(int link) => throw new InvalidOperationException("stub");

    public VmaId VmaOf(int link) => throw new InvalidOperationException("stub");
}
