using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>What allocation and free do to a frame that bears no trace of another owner: its whole record in one compare.</summary>
/// <remarks>
/// Whatever is not as it should be makes the answer false before anything is written; <see cref="FrameTable"/> has the way to find out what it
/// was. Held by value: whoever copies this reaches a frame by one address and its number. With the seam on the same is done word by word.
/// </remarks>
internal readonly struct FrameLives(
    RecordColumn<uint> flags, RecordColumn<int> refCount, RecordColumn<int> mapCount, RecordColumn<uint> generation, RecordColumn<long> mapping, RecordColumn<long> privates)
{
    private readonly RecordColumn<uint> _flags = flags; // first in the record
    private readonly RecordColumn<int> _refCount = refCount;
    private readonly RecordColumn<int> _mapCount = mapCount;
    private readonly RecordColumn<uint> _generation = generation;
    private readonly RecordColumn<long> _mapping = mapping;
    private readonly RecordColumn<long> _private = privates;

    // No flag but a broken memory's, no reference, no mapping, even generation. What the owner wrote for itself may be left.
    private static Vector256<uint> FreeMask => Vector256.Create((uint)PageFlags.CheckAtPrep, uint.MaxValue, uint.MaxValue, 1, uint.MaxValue, uint.MaxValue, 0, 0);

    private static Vector256<uint> Free => Vector256.Create(0, 0, uint.MaxValue, 0, 0, 0, 0, 0);

    private static Vector256<uint> IdleMask => Vector256.Create(0, uint.MaxValue, uint.MaxValue, 0, 0, 0, 0, 0);

    /// <summary>Begins the life of a free frame that bears no trace, with so many references. False: it is in use or bears one; nothing has changed.</summary>
    /// <remarks>Allocator only; the caller owns the frame alone.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryBegin(Pfn pfn, int references)
    {
        nuint at = (uint)pfn.Value;
        if (at >= (uint)_flags.Count || !IsFree(at)) { return false; }
        ref uint generation = ref GenerationOf(at);
        Atomic.Store(ref generation, Atomic.PlainLoad(ref generation) + 1); // Pairs with FrameTable.Generation: walkers by frame number look without a reference.
        Atomic.Store(ref RefCountOf(at), references);
        return true;
    }

    /// <summary>Ends the life of a frame that bears no trace of its owner at all. False: it is free or bears one; nothing has changed.</summary>
    /// <remarks>Allocator only; the caller dropped the last reference.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnd(Pfn pfn)
    {
        nuint at = (uint)pfn.Value;
        if (at >= (uint)_flags.Count) { return false; }

        // Word by word: the owner wrote some of them a moment ago, and a wide load would wait until they are in the cache.
        ref uint generation = ref GenerationOf(at);
        uint now = Atomic.PlainLoad(ref generation);
        long traces = (Atomic.Load(ref _flags.Known(at)) & (uint)PageFlags.All) | (uint)Atomic.Load(ref RefCountOf(at)) | (uint)~Atomic.Load(ref MapCountOf(at))
            | (~now & 1) | Atomic.Load(ref MappingOf(at)) | Atomic.PlainLoad(ref PrivateOf(at));
        if (traces != 0) { return false; }
        Atomic.Store(ref generation, now + 1); // Pairs with FrameTable.Generation: to see the life over is to see the frame wiped.
        return true;
    }

    /// <summary>True when none of some frames has a reference, a mapping or a type. Sole owner, and the seam off.</summary>
    public bool AreIdle(int first, int count)
    {
        if (count == 0) { return true; }
        _ = _flags[first];
        _ = _flags[first + count - 1];
        Vector256<uint> differs = Vector256<uint>.Zero;
        for (nuint at = (uint)first; at < (uint)(first + count); at++) { differs |= Of(at) ^ Free; }
        return (differs & IdleMask) == Vector256<uint>.Zero;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsFree(nuint at)
    {
        if (!Seam.On) { return (Of(at) & FreeMask) == Free; }
        long traces = (Atomic.Load(ref _flags.Known(at)) & (uint)PageFlags.CheckAtPrep) | (uint)Atomic.Load(ref RefCountOf(at)) | (uint)~Atomic.Load(ref MapCountOf(at))
            | (Atomic.PlainLoad(ref GenerationOf(at)) & 1) | Atomic.Load(ref MappingOf(at));
        return traces == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<uint> Of(nuint at) => Unsafe.As<uint, Vector256<uint>>(ref _flags.Known(at));

    // On Metal an offset from the record's address, which is computed once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref uint GenerationOf(nuint at) => ref Seam.Exploring ? ref _generation.Known(at) : ref Beside<uint>(at, FrameRecord.GenerationAt);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref int RefCountOf(nuint at) => ref Seam.Exploring ? ref _refCount.Known(at) : ref Beside<int>(at, FrameRecord.RefCountAt);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref int MapCountOf(nuint at) => ref Seam.Exploring ? ref _mapCount.Known(at) : ref Beside<int>(at, FrameRecord.MapCountAt);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref long MappingOf(nuint at) => ref Seam.Exploring ? ref _mapping.Known(at) : ref Beside<long>(at, FrameRecord.MappingAt);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref long PrivateOf(nuint at) => ref Seam.Exploring ? ref _private.Known(at) : ref Beside<long>(at, FrameRecord.PrivateAt);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref T Beside<T>(nuint at, nuint bytes) => ref Unsafe.As<uint, T>(ref Unsafe.AddByteOffset(ref _flags.Known(at), bytes));
}
