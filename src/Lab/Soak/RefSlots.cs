using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>Shared slots, each of which names a folio in one of its lives and owns one reference to it.</summary>
/// <remarks><code>
/// bit  63 ........ 60 59 ......... 28 27 .... 0
///      [ maker      ] [ generation  ] [ pfn   ]    0: empty; the maker is its task number, cut to four bits
/// </code></remarks>
internal sealed class RefSlots(Arena arena)
{
    public const int Slots = 512;

    /// <summary>The first few are used far more than the others.</summary>
    public const int Hot = 8;

    private const int PfnBits = 28;
    private const int MakerShift = 60;
    private const int MakerMask = 0xf;

    private readonly PaddedColumn<long> _slots = arena.AddPadded<long>("ref_slot", Slots, ColumnKind.State); // (A)

    /// <summary>What a folio of the slot holds in its signature; no pfn is negative.</summary>
    public static long VirtualPageOf(int slot) => -1 - slot;

    public static long Pack(FolioHandle handle, TaskId maker) =>
        (long)(((ulong)(maker.Value & MakerMask) << MakerShift) | ((ulong)handle.Generation << PfnBits) | (uint)handle.Pfn.Value);

    public static FolioHandle HandleOf(long word) => new(new Pfn((int)(word & ((1 << PfnBits) - 1))), (uint)(word >> PfnBits));

    public static bool IsMadeBy(long word, TaskId task) => (int)((ulong)word >> MakerShift) == (task.Value & MakerMask);

    public long Read(int slot) => Atomic.Load(ref _slots[slot]);

    /// <summary>Swaps the slot; the caller owns the reference of what comes out.</summary>
    public long Exchange(int slot, long word) => Atomic.Exchange(ref _slots[slot], word);

    /// <summary>Puts a folio into an empty slot. False: it has been filled; the caller keeps the reference.</summary>
    public bool TryFill(int slot, long word) => Atomic.CompareExchange(ref _slots[slot], word, 0) == 0;
}
