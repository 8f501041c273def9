using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lab.Host;

/// <summary>What of the recorded KPF words the engine has no place for, one word a frame, good for the frame's life at the import.</summary>
/// <remarks><code>
/// bit  63                62 ........ 43       42 ............................ 0
///      [ used at import ] [ place in folio ]  [ recorded word XOR what the engine's words say ]
/// </code>
/// A life is told by the head's generation, which the import sets to 1, and for a tail by the head that it names: a used frame keeps its
/// bits while it is in the same place of the same folio, an unused one until it is first handed out as a head. Bits of
/// <see cref="HostWords.Homeless"/> are added to what the engine says later; other bits mark a contradiction of the recording and are
/// flipped. Bookkeeping: no decision of the engine reads it.
/// </remarks>
internal sealed class HostBits
{
    private const ulong UsedAtImport = 1UL << 63;
    private const int PlaceShift = 43;
    private const int PlaceMask = (1 << 20) - 1;
    private const uint FirstLife = 1;

    private readonly Column<ulong> _bits;

    public HostBits(Arena arena, int frames) => _bits = arena.Add<ulong>("host_bits", frames, ColumnKind.Bookkeeping);

    /// <summary>Room in the arena for the column.</summary>
    public static long BytesFor(int frames) => ((long)frames * sizeof(ulong)) + (64 << 10);

    public Span<ulong> AtRest => _bits.AtRest;

    /// <summary>The word to keep for a frame in use that the recording shows as <paramref name="recorded"/> and the engine as <paramref name="engine"/>.</summary>
    public static ulong Used(ulong recorded, ulong engine, int place) => (recorded ^ engine) | UsedAtImport | ((ulong)place << PlaceShift);

    /// <summary>The word to keep for a frame that is free or no memory.</summary>
    public static ulong Unused(ulong recorded, ulong engine) => recorded ^ engine;

    /// <summary>The KPF word to write for a frame, from what the engine says now.</summary>
    public static ulong Apply(ulong bits, ulong engine, FrameColumns at, int pfn)
    {
        if (bits == 0 || !IsSameLife(bits, at, pfn)) { return engine; }
        bits &= HostMap.KnownBits;
        return (engine | (bits & HostWords.Homeless)) ^ (bits & ~HostWords.Homeless);
    }

    private static bool IsSameLife(ulong bits, FrameColumns at, int pfn)
    {
        uint compound = at.Compound[pfn];
        if ((bits & UsedAtImport) == 0) { return at.Generation[pfn] == 0 && compound == 0; }
        int place = (int)(bits >> PlaceShift) & PlaceMask;
        if (place == 0) { return at.Generation[pfn] == FirstLife && !CompoundWord.IsTail(compound); }
        Pfn head = new(pfn - place);
        return compound == CompoundWord.Tail(head) && at.Generation[head.Value] == FirstLife;
    }
}
