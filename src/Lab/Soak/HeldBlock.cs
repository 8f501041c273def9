using System.Runtime.CompilerServices;
using MemCore.Audit;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>A block that a worker got from the allocator and has not given back, packed into one word for holdings and rings.</summary>
/// <remarks><code>
/// bit  63 ....... 40 39 ...... 36 35      34       33 ... 32 31 .... 0
///      [ version   ] [ order    ] [plain] [stamped] [ 0    ] [ pfn   ]
/// </code>
/// A plain block is not compound: its tails are frames of their own without references.
/// </remarks>
internal readonly record struct HeldBlock(long Raw)
{
    private const int OrderShift = 36;
    private const int VersionShift = 40;
    private const long PlainBit = 1L << 35;
    private const long StampedBit = 1L << 34;

    /// <summary>Keeps any block, also order 0 at pfn 0, apart from "none".</summary>
    private const long PresentBit = 1L << 32;

    public Pfn Pfn => new((int)Raw);

    public int Order => (int)(Raw >> OrderShift) & 0xf;

    public bool IsPlain => (Raw & PlainBit) != 0;

    public bool IsStamped => (Raw & StampedBit) != 0;

    public uint Version => (uint)(Raw >> VersionShift) & 0xff_ffff;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HeldBlock Of(Pfn pfn, int order, bool plain, bool stamped, uint version) =>
        new((uint)pfn.Value | PresentBit | ((long)order << OrderShift) | (plain ? PlainBit : 0) | (stamped ? StampedBit : 0)
            | ((long)(version & 0xff_ffff) << VersionShift));

    /// <summary>The block as an audit wants to hear of it.</summary>
    public HeldFolio ForAudit(TaskId task) => new(Pfn, References: 1, Order, IsPlain, IsLocked: false, task.Value);

    /// <summary>What the frames hold while the block is held: who stamped it, which stamp, and where.</summary>
    public PageSignature Signature(uint owner, Pfn pfn) => new(owner, Version, pfn.Value);
}
