using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>The shape of a folio, one word a frame.</summary>
/// <remarks><code>
/// bit  31 ................. 1   0
///      [ head's frame number ] 1    a tail
///      [ order               ] 0    a head, or a frame of its own (order 0)
/// </code>
/// Changes only while the folio is frozen, fresh or being freed; a walker without a reference reads it and validates later.
/// </remarks>
internal readonly ref struct CompoundWord(ref uint word)
{
    private readonly ref uint _word = ref word;

    public uint Raw => Atomic.Load(ref _word);

    public static uint Tail(Pfn head) => ((uint)head.Value << 1) | 1;

    public static uint Head(int order) => (uint)order << 1;

    public static bool IsTail(uint raw) => (raw & 1) != 0;

    public static Pfn HeadOf(uint raw) => new((int)(raw >> 1));

    public static int OrderOf(uint raw) => IsTail(raw) ? 0 : (int)(raw >> 1);
}
