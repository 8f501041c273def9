using System.Runtime.CompilerServices;

namespace MemCore.Allocation;

/// <summary>One tree's word: for each type, how many frames its blocks have, and whether a CPU has reserved it.</summary>
/// <remarks><code>
/// bit  63 ... 60   59         58 ........ 45   ...   14         13 ......... 0
///      [ unused ] [reserved] [ HighAtomic   ] ...   [reserved] [ Unmovable    ]
/// </code>
/// A counter is never below the sum of the free counters of its type's blocks that are not isolated: it falls after theirs and rises
/// before theirs. So it may promise too much for a moment, never too little, and never borrows from its neighbour.
/// The reserved bit only tells other CPUs to look elsewhere first; nothing depends on it.
/// </remarks>
internal static class TreeWord
{
    /// <summary>The most frames of a tree; a counter holds four times as many, for claims that are under way.</summary>
    public const int FramesMax = 4096;

    private const int FieldBits = 15;
    private const ulong CountMask = (1UL << 14) - 1;

    public static int Free(ulong word, MigrateType type) => (int)((word >> Shift(type)) & CountMask);

    public static ulong Frames(MigrateType type, int frames) => (ulong)frames << Shift(type);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Reserved(MigrateType type) => (CountMask + 1) << Shift(type);

    public static bool IsReserved(ulong word, MigrateType type) => (word & Reserved(type)) != 0;

    /// <summary>True when taking <paramref name="frames"/> away, which left this word, took more than there was.</summary>
    public static bool Borrowed(ulong word, MigrateType type, int frames) => Free(word, type) + frames > (int)CountMask;

    /// <summary>True when a claim may raise the counter: frees, which cannot be refused, must still fit.</summary>
    public static bool HasRoom(ulong word, MigrateType type, int frames) => Free(word, type) + frames <= (int)CountMask - FramesMax;

    private static int Shift(MigrateType type) => (int)type * FieldBits;
}
