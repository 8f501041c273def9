using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>The one list linkage of each frame: an LRU list, a private list of isolated folios, a driver's list. Entries are frame number plus one.</summary>
internal sealed class FolioLinks(EngineBase engine)
{
    internal readonly Column<int> Next = engine.Arena.Add<int>("lru_next", engine.Frames.Frames, ColumnKind.State); // (L), or owned by whoever cleared Lru
    internal readonly Column<int> Prev = engine.Arena.Add<int>("lru_prev", engine.Frames.Frames, ColumnKind.State); // the same

    /// <summary>The columns, for loops to copy.</summary>
    public LinkColumns Columns => new(Next, Prev);

    /// <summary>Asks for the links of a folio. The number is in range.</summary>
    public void Prefetch(Pfn pfn)
    {
        Next.Prefetch(pfn.Value);
        Prev.Prefetch(pfn.Value);
    }

    /// <summary>Asks for the links of a folio's neighbours, before it is known whether it will be taken off its list. The number is in range.</summary>
    public void PrefetchNeighbours(Pfn pfn)
    {
        int next = Atomic.Load(ref Next[pfn.Value]);
        int prev = Atomic.Load(ref Prev.Known((uint)pfn.Value));
        if (next != 0) { Prev.Prefetch(next - 1); }
        if (prev != 0) { Next.Prefetch(prev - 1); }
    }
}

/// <summary>The links by value: what links folios whose numbers were checked.</summary>
internal readonly struct LinkColumns(Column<int> next, Column<int> prev)
{
    private const string AlreadyLinked = "folio put on a list while it is on one";

    private readonly Column<int> _next = next;
    private readonly Column<int> _prev = prev;

    /// <summary>Links a folio in front of a chain that begins with <paramref name="first"/>. Returns its new beginning.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PushOnto(int first, Pfn pfn)
    {
        int entry = Claim(pfn);
        Bug.If(first == entry, ViolationKind.BrokenList, AlreadyLinked, pfn.Value);
        Atomic.PlainStore(ref _prev.Known((uint)(first - 1)), entry);
        Atomic.PlainStore(ref _next.Known((uint)pfn.Value), first);
        return entry;
    }

    /// <summary>The entry of a folio that is about to be linked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Claim(Pfn pfn)
    {
        int links = Atomic.PlainLoad(ref _next.Known((uint)pfn.Value)) | Atomic.PlainLoad(ref _prev.Known((uint)pfn.Value));
        Bug.If(links != 0, ViolationKind.BrokenList, AlreadyLinked, pfn.Value);
        return pfn.Value + 1;
    }
}

/// <summary>A fixed number of private lists in the arena, for instance one for each task. The lists of a task are its own.</summary>
internal sealed class FolioLists(EngineBase engine, FolioLinks links, string name, int lists)
{
    private readonly WordRows _words = new(engine.Arena, name, lists, WordRows.Line, "head", "tail", "count");

    public int Lists { get; } = lists;

    public FolioList this[int list] => new(ref _words[list, 0], ref _words[list, 1], ref _words[list, 2], links);
}
