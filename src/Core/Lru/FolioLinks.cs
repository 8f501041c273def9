using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>The one list linkage of each frame: an LRU list, a private list of isolated folios, a driver's list. Entries are frame number plus one.</summary>
internal sealed class FolioLinks(EngineBase engine)
{
    internal readonly Column<int> Next = engine.Arena.Add<int>("lru_next", engine.Frames.Frames, ColumnKind.State); // (L), or owned by whoever cleared Lru
    internal readonly Column<int> Prev = engine.Arena.Add<int>("lru_prev", engine.Frames.Frames, ColumnKind.State); // the same
}

/// <summary>A doubly linked list of folios in the arena. Plain accesses: its owner is alone, or holds its lock.</summary>
internal readonly ref struct FolioList(ref int head, ref int tail, ref int count, FolioLinks links)
{
    private readonly ref int _head = ref head;
    private readonly ref int _tail = ref tail;
    private readonly ref int _count = ref count;

    public int Count => throw new InvalidOperationException("stub");

    public bool IsEmpty => throw new InvalidOperationException("stub");

    public Pfn First => throw new InvalidOperationException("stub"); // Pfn.None: empty

    public Pfn NextOf(Pfn pfn) => throw new InvalidOperationException("stub");

    public void AddHead(Pfn pfn) => throw new InvalidOperationException("stub");

    public void AddTail(Pfn pfn) => throw new InvalidOperationException("stub");

    public void Remove(Pfn pfn) => throw new InvalidOperationException("stub");

    /// <summary>Takes the first folio off. Pfn.None: empty.</summary>
    public Pfn PopFirst() => throw new InvalidOperationException("stub");

    /// <summary>Moves all of <paramref name="from"/> to the tail of this one.</summary>
    public void SpliceTail(FolioList from) => throw new InvalidOperationException("stub");
}

/// <summary>A fixed number of private lists in the arena, for instance one for each task. The lists of a task are its own.</summary>
internal sealed class FolioLists(EngineBase engine, FolioLinks links, string name, int lists)
{
    private readonly Column<int> _words = engine.Arena.Add<int>(name, lists * 3, ColumnKind.State);

    public FolioList this[int list] => new(ref _words[list * 3], ref _words[(list * 3) + 1], ref _words[(list * 3) + 2], links);
}
