using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>The one list linkage of each frame: an LRU list, a private list of isolated folios, a driver's list. Entries are frame number plus one.</summary>
internal sealed class FolioLinks(EngineBase engine)
{
    internal readonly Column<int> Next = engine.Arena.Add<int>("lru_next", engine.Frames.Frames, ColumnKind.State); // (L), or owned by whoever cleared Lru
    internal readonly Column<int> Prev = engine.Arena.Add<int>("lru_prev", engine.Frames.Frames, ColumnKind.State); // the same

    /// <summary>Asks for the links of a folio's neighbours, before it is known whether it will be taken off its list. The number is in range.</summary>
    public void PrefetchNeighbours(Pfn pfn)
    {
        int next = Atomic.Load(ref Next[pfn.Value]);
        int prev = Atomic.Load(ref Prev.Known((uint)pfn.Value));
        if (next != 0) { Prev.Prefetch(next - 1); }
        if (prev != 0) { Next.Prefetch(prev - 1); }
    }
}

/// <summary>A fixed number of private lists in the arena, for instance one for each task. The lists of a task are its own.</summary>
internal sealed class FolioLists(EngineBase engine, FolioLinks links, string name, int lists)
{
    private readonly WordRows _words = new(engine.Arena, name, lists, WordRows.Line, "head", "tail", "count");

    public int Lists { get; } = lists;

    public FolioList this[int list] => new(ref _words[list, 0], ref _words[list, 1], ref _words[list, 2], links);
}
