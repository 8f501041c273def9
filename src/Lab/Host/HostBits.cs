using MemCore.Primitives;

namespace MemCore.Lab.Host;

/// <summary>What of the recorded KPF words the engine has no place for, one word a frame, good for the frame's life at the import.</summary>
/// <remarks><code>
/// bit  63                62 .. 43   42 ............................ 0
///      [ used at import ]  0        [ recorded word XOR what the engine's words say ]
/// </code>
/// A life is told by its generation, which the import sets to 1 for used and 0 for free frames. Bits of <see cref="HostWords.Homeless"/>
/// are added to what the engine says later; other bits mark a contradiction of the recording and are flipped.
/// Bookkeeping: no decision of the engine reads it.
/// </remarks>
internal sealed class HostBits
{
    private const ulong UsedAtImport = 1UL << 63;

    private readonly Column<ulong> _bits;

    public HostBits(Arena arena, int frames) => _bits = arena.Add<ulong>("host_bits", frames, ColumnKind.Bookkeeping);

    public Span<ulong> AtRest => _bits.AtRest;

    /// <summary>The word to keep for a frame that the recording shows as <paramref name="recorded"/> and the engine as <paramref name="engine"/>.</summary>
    public static ulong Make(ulong recorded, ulong engine, bool used) => (recorded ^ engine) | (used ? UsedAtImport : 0);

    /// <summary>The KPF word to write for a frame, from what the engine says now.</summary>
    public static ulong Apply(ulong bits, ulong engine, uint generation)
    {
        uint then = (uint)(bits >> 63);
        if (generation != then) { return engine; }
        bits &= ~UsedAtImport;
        return (engine | (bits & HostWords.Homeless)) ^ (bits & ~HostWords.Homeless);
    }
}
