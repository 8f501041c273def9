using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>What a typed page is used for. Shares the word of the map count: a typed page is never mapped.</summary>
public enum PageType : byte
{
    None = 0xff,
    Buddy = 0xf0,
    Offline = 0xf1,
    Table = 0xf2,
    Guard = 0xf3,
    Hugetlb = 0xf4,
    Slab = 0xf5,
    Zsmalloc = 0xf6,
    Unaccepted = 0xf7,
    LargeKmalloc = 0xf8,
    Netpp = 0xf9,
}

/// <summary>The number of page-table entries that map a frame, stored minus one, or the type of a page that is never mapped.</summary>
/// <remarks><code>
/// bit  31 ......... 24 23 ................ 0
///      [ page type   ] [ free for the type ]    0xf0 to 0xf9: typed
///      [ count of mappings minus one       ]    -1: unmapped, 0: mapped once
/// </code>
/// Safe from any thread. Each change is one interlocked operation.
/// </remarks>
internal readonly ref struct MapCount(ref int word)
{
    /// <summary>The word of an unmapped, untyped page.</summary>
    public const int Idle = -1;

    private const int TypeShift = 24;
    private const uint FirstType = 0xf0;
    private const uint LastType = 0xf9;

    private readonly ref int _word = ref word;

    /// <summary>Mappings now; 0 for a typed page. Stale unless the folio is locked.</summary>
    public int Count => CountOf(Atomic.Load(ref _word));

    /// <summary>The type now, or None.</summary>
    public PageType Type => TypeOf(Atomic.Load(ref _word));

    public bool IsIdle => Atomic.Load(ref _word) == Idle;

    public static int CountOf(int word) => TypeOf(word) == PageType.None ? word + 1 : 0;

    public static PageType TypeOf(int word)
    {
        uint top = (uint)word >> TypeShift;
        return top is >= FirstType and <= LastType ? (PageType)top : PageType.None;
    }

    public static int TypedWord(PageType type) => type == PageType.None ? Idle : (int)((uint)type << TypeShift);

    /// <summary>Adds <paramref name="mappings"/>. True: the page was unmapped before. Wait-free.</summary>
    public bool Add(int mappings = 1)
    {
        int now = Atomic.Add(ref _word, mappings);
        Bug.If(now - mappings < Idle, ViolationKind.MapcountAtFree, "mapping added to a typed page");
        return now - mappings == Idle;
    }

    /// <summary>Removes <paramref name="mappings"/>. True: the page is unmapped now. Wait-free.</summary>
    public bool Remove(int mappings = 1)
    {
        int now = Atomic.Add(ref _word, -mappings);
        Bug.If(now < Idle, ViolationKind.RefUnderflow, "mapping removed that was not there");
        return now == Idle;
    }

    /// <summary>Gives the page a type, or takes it. Only for an owner that nobody else maps; walkers by frame number may be looking. Releases.</summary>
    public void SetType(PageType type) => Atomic.Store(ref _word, TypedWord(type));

    /// <summary>Sets the count at import, before tasks run.</summary>
    public void SetPlain(int mappings) => Atomic.PlainStore(ref _word, mappings - 1);
}
