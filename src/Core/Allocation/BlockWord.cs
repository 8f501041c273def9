namespace MemCore.Allocation;

/// <summary>One block's word: how many of its frames may still be taken, and on which terms.</summary>
/// <remarks><code>
/// bit  31 ..... 16   15         14 13    12      11 ........ 0
///      [ unused   ] [isolated] [ type ] [whole] [ free      ]
///
/// free      frames that somebody may still get the right to. Never more than the clear bits of the block's rows: the counter falls
///           before bits are set and rises after bits are cleared.
/// whole     the block was taken as one: free is 0, and the rows are clear because they were never touched.
/// type      changed by a claim, together with the counters of the tree.
/// isolated  frees arrive, allocations do not; the block's free frames are not counted in its tree.
/// </code></remarks>
internal static class BlockWord
{
    public const uint FreeMask = (1u << 12) - 1;
    public const uint Whole = 1u << 12;
    public const int TypeShift = 13;
    public const uint TypeMask = 3u << TypeShift;
    public const uint Isolated = 1u << 15;

    public static int Free(uint word) => (int)(word & FreeMask);

    public static MigrateType Type(uint word) => (MigrateType)((word & TypeMask) >> TypeShift);

    public static bool IsWhole(uint word) => (word & Whole) != 0;

    public static bool IsIsolated(uint word) => (word & Isolated) != 0;

    public static bool IsWholeAndNotIsolated(uint word) => (word & (Whole | Isolated)) == Whole;

    /// <summary>True when allocations of the type may come from the block, if it has frames.</summary>
    public static bool Serves(uint word, MigrateType type) => (word & (Whole | Isolated | TypeMask)) == (uint)type << TypeShift;

    /// <summary>True when the block serves the type and has exactly so many frames.</summary>
    public static bool Serves(uint word, MigrateType type, int free) =>
        (word & (FreeMask | Whole | Isolated | TypeMask)) == ((uint)type << TypeShift | (uint)free);

    public static uint WithType(uint word, MigrateType type) => (word & ~TypeMask) | ((uint)type << TypeShift);
}
