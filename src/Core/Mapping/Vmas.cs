using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

[Flags]
internal enum VmaFlags
{
    None = 0,
    Write = 1,

    /// <summary>A file's pages are shared: a write goes to the cache. Without it a write copies.</summary>
    Shared = 2,

    /// <summary>Merged pages: the reverse map is in the stable node, not in an anon_vma.</summary>
    Ksm = 4,

    /// <summary>A fork leaves it out.</summary>
    DontFork = 8,
}

/// <summary>A VMA as it is now. Stable while its mmap lock is held, or the rmap lock of what it is linked to.</summary>
/// <param name="AnonVma">Its own anon_vma, 0 before the first anonymous fault.</param>
/// <param name="Offset">Page offset of Start in the object: index of a page = page - Start + Offset.</param>
internal readonly record struct Vma(MmId Mm, int Root, long Start, long End, VmaFlags Flags, int AnonVma, CacheId Cache, long Offset)
{
    public bool Contains(long page) => page >= Start && page < End;

    public long IndexOf(long page) => page - Start + Offset;
}

/// <summary>The pool of VMAs: columns, and links that the objects they map keep (rmap lists) and that their Mm keeps.</summary>
internal sealed class Vmas(EngineBase engine, MappingOptions options)
{
    /// <summary>Takes a VMA from the pool. None: exhausted. Lock-free.</summary>
    public VmaId Allocate(TaskId task, Vma vma) => throw new InvalidOperationException("stub");

    public void Free(TaskId task, VmaId id) => throw new InvalidOperationException("stub");

    public Vma Read(VmaId id) => throw new InvalidOperationException("stub");

    public void SetAnonVma(VmaId id, int anonVma) => throw new InvalidOperationException("stub");

    /// <summary>The VMA's link words: next and previous on the list of its page cache, or of its Mm. Under that list's lock.</summary>
    public ref int CacheNext(VmaId id) => throw new InvalidOperationException("stub");

    public ref int CachePrev(VmaId id) => throw new InvalidOperationException("stub");

    public ref int MmNext(VmaId id) => throw new InvalidOperationException("stub");

    public ref int MmPrev(VmaId id) => throw new InvalidOperationException("stub");

    /// <summary>The first of its links to anon_vmas (AnonVmas owns them). Under the mmap lock, alone.</summary>
    public ref int AnonLinks(VmaId id) => throw new InvalidOperationException("stub");
}
