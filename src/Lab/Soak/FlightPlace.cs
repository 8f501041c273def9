namespace MemCore.Lab.Soak;

/// <summary>What a <see cref="FlightPlace"/> names.</summary>
internal enum FlightPlaceKind
{
    None,

    /// <summary>A slot of <see cref="RefSlots"/>.</summary>
    Slot,

    /// <summary>A page of an Mm.</summary>
    Page,

    /// <summary>A page of a cache.</summary>
    CachePage,

    /// <summary>Another task.</summary>
    Task,
}

/// <summary>What else than a frame an operation is about, packed into one word.</summary>
/// <remarks><code>
/// bit  63 .... 60 59 .......... 40 39 ........ 0
///      [ kind    ] [ Mm or cache ] [ page, slot or task ]    0: none
/// </code></remarks>
internal readonly record struct FlightPlace(long Raw)
{
    private const int KindShift = 60;
    private const int OwnerShift = 40;
    private const int OwnerMask = (1 << (KindShift - OwnerShift)) - 1;

    public FlightPlaceKind Kind => (FlightPlaceKind)((ulong)Raw >> KindShift);

    public bool IsNone => Raw == 0;

    /// <summary>The Mm or cache.</summary>
    public int Owner => (int)(Raw >> OwnerShift) & OwnerMask;

    /// <summary>The page, slot or task.</summary>
    public long Index => Raw & ((1L << OwnerShift) - 1);

    public static FlightPlace Slot(int slot) => Of(FlightPlaceKind.Slot, 0, slot);

    public static FlightPlace Page(int mm, long page) => Of(FlightPlaceKind.Page, mm, page);

    public static FlightPlace CachePage(int cache, long index) => Of(FlightPlaceKind.CachePage, cache, index);

    public static FlightPlace Task(int task) => Of(FlightPlaceKind.Task, 0, task);

    public static FlightPlace Of(FlightPlaceKind kind, int owner, long index) =>
        new(((long)kind << KindShift) | ((long)(owner & OwnerMask) << OwnerShift) | index);
}
