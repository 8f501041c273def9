using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>What allocation and free do to a frame that bears no trace of another owner: all its words behind one check of its number.</summary>
/// <remarks>
/// Columns of one length, held by value: whoever copies this reaches a word by the column's address and the frame's number, and nothing
/// else. Whatever is not as it should be makes the answer false before anything is written; <see cref="FrameTable"/> has the way to find out
/// what it was.
/// </remarks>
internal readonly struct FrameLives(
    Column<uint> flags, Column<int> refCount, Column<int> mapCount, Column<uint> generation, Column<long> mapping, Column<long> privates)
{
    private readonly Column<uint> _flags = flags;
    private readonly Column<int> _refCount = refCount;
    private readonly Column<int> _mapCount = mapCount;
    private readonly Column<uint> _generation = generation;
    private readonly Column<long> _mapping = mapping;
    private readonly Column<long> _private = privates;

    /// <summary>Begins the life of a free frame that bears no trace, with so many references. False: it is in use or bears one; nothing has changed.</summary>
    /// <remarks>Allocator only; the caller owns the frame alone.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryBegin(Pfn pfn, int references)
    {
        nuint at = (uint)pfn.Value;
        if (at >= (uint)_refCount.Count) { return false; }
        uint generation = Atomic.PlainLoad(ref _generation.Known(at));
        long traces = (Atomic.Load(ref _flags.Known(at)) & (uint)PageFlags.CheckAtPrep) | (generation & 1) | TracesOf(at);
        if (traces != 0) { return false; }
        Atomic.Store(ref _generation.Known(at), generation + 1); // Pairs with FrameTable.Generation: walkers by frame number look without a reference.
        Atomic.Store(ref _refCount.Known(at), references);
        return true;
    }

    /// <summary>Wipes a frame that bears no trace of its owner but harmless flags, and ends its life. False: it is free or bears one; nothing has changed.</summary>
    /// <remarks>Allocator only; the caller dropped the last reference.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnd(Pfn pfn)
    {
        nuint at = (uint)pfn.Value;
        if (at >= (uint)_refCount.Count) { return false; }
        uint generation = Atomic.PlainLoad(ref _generation.Known(at));
        uint now = Atomic.Load(ref _flags.Known(at));
        long traces = (now & (uint)(PageFlags.CheckAtFree | PageFlags.HwPoison)) | (~generation & 1) | TracesOf(at);
        if (traces != 0) { return false; }

        // Few frames have these, and a line that is not written need not be fetched for writing.
        if ((now & (uint)PageFlags.CheckAtPrep) != 0) { Atomic.Store(ref _flags.Known(at), now & ~(uint)PageFlags.CheckAtPrep); }
        if (Atomic.PlainLoad(ref _private.Known(at)) != 0) { Atomic.PlainStore(ref _private.Known(at), 0); }
        Atomic.Store(ref _generation.Known(at), generation + 1); // Pairs with FrameTable.Generation: to see the life over is to see the frame wiped.
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long TracesOf(nuint at) =>
        (uint)(Atomic.Load(ref _refCount.Known(at)) | ~Atomic.Load(ref _mapCount.Known(at))) | Atomic.Load(ref _mapping.Known(at));
}
