using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>What allocation and free do to a frame that bears no trace of another owner: its whole record behind one check of its number.</summary>
/// <remarks>
/// Word by word: the owner wrote some of them a moment ago, and a wide load would wait until they are in the cache.
/// Whatever is not as it should be makes the answer false before anything is written; <see cref="FrameTable"/> has the way to find out what it
/// was. Held by value: whoever copies this reaches a frame by one address and its number.
/// </remarks>
internal readonly struct FrameLives(
    RecordColumn<uint> flags, RecordColumn<int> refCount, RecordColumn<int> mapCount, RecordColumn<uint> generation, RecordColumn<long> mapping, RecordColumn<long> privates)
{
    private const int FramesPerStep = 4;

    private readonly RecordColumn<uint> _flags = flags; // first in the record
    private readonly RecordColumn<int> _refCount = refCount;
    private readonly RecordColumn<int> _mapCount = mapCount;
    private readonly RecordColumn<uint> _generation = generation;
    private readonly RecordColumn<long> _mapping = mapping;
    private readonly RecordColumn<long> _private = privates;

    // Of the first four words of a record.
    private static Vector128<uint> Idle => Vector128.Create(0, 0, uint.MaxValue, 0);

    private static Vector128<uint> IdleMask => Vector128.Create(0, uint.MaxValue, uint.MaxValue, 0);

    /// <summary>Begins the life of a free frame that bears no trace, with so many references. False: it is in use or bears one; nothing has changed.</summary>
    /// <remarks>Allocator only; the caller owns the frame alone, and there is such a frame: its number is not checked.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryBegin(Pfn pfn, int references)
    {
        nuint at = (uint)pfn.Value;
        ref uint record = ref _flags.Known(at);
        uint now = Atomic.PlainLoad(ref GenerationOf(ref record, at));
        long traces = (Atomic.Load(ref record) & (uint)PageFlags.CheckAtPrep) | (uint)Atomic.Load(ref RefCountOf(ref record, at)) | (uint)~Atomic.Load(ref MapCountOf(ref record, at))
            | (now & 1) | Atomic.Load(ref MappingOf(ref record, at));
        if (traces != 0) { return false; }
        Atomic.Store(ref GenerationOf(ref record, at), now + 1); // Pairs with FrameTable.Generation: walkers by frame number look without a reference.
        Atomic.Store(ref RefCountOf(ref record, at), references);
        return true;
    }

    /// <summary>Ends the life of a frame that bears no trace of its owner at all. False: it is free or bears one; nothing has changed.</summary>
    /// <remarks>Allocator only; the caller dropped the last reference.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnd(Pfn pfn)
    {
        if ((uint)pfn.Value >= (uint)_flags.Count) { return false; }
        nuint at = (uint)pfn.Value;
        ref uint record = ref _flags.Known(at);
        uint now = Atomic.PlainLoad(ref GenerationOf(ref record, at));
        long traces = (Atomic.Load(ref record) & (uint)PageFlags.All) | (uint)Atomic.Load(ref RefCountOf(ref record, at)) | (uint)~Atomic.Load(ref MapCountOf(ref record, at))
            | (~now & 1) | Atomic.Load(ref MappingOf(ref record, at)) | Atomic.PlainLoad(ref PrivateOf(ref record, at));
        if (traces != 0) { return false; }
        Atomic.Store(ref GenerationOf(ref record, at), now + 1); // Pairs with FrameTable.Generation: to see the life over is to see the frame wiped.
        return true;
    }

    /// <summary>As <see cref="TryEnd"/> for a frame that its owner has used: flags that a free does not check, an anonymous mapping and the private word are wiped.</summary>
    /// <remarks>An anonymous folio is one until here: see the reverse map. False as there: also for all that a free reports or forgives.</remarks>
    public bool TryEndUsed(Pfn pfn)
    {
        if ((uint)pfn.Value >= (uint)_flags.Count) { return false; }
        nuint at = (uint)pfn.Value;
        ref uint record = ref _flags.Known(at);
        uint flags = Atomic.Load(ref record);
        uint now = Atomic.PlainLoad(ref GenerationOf(ref record, at));
        ref long mapping = ref MappingOf(ref record, at);
        long owner = Atomic.Load(ref mapping);
        long traces = (flags & (uint)(PageFlags.CheckAtFree | PageFlags.HwPoison)) | (uint)Atomic.Load(ref RefCountOf(ref record, at)) | (uint)~Atomic.Load(ref MapCountOf(ref record, at))
            | (~now & 1) | (MappingWord.IsAnon(owner) ? 0 : owner);
        if (traces != 0) { return false; }
        Atomic.Store(ref mapping, 0);
        Atomic.Store(ref record, flags & ~(uint)PageFlags.CheckAtPrep);
        Atomic.PlainStore(ref PrivateOf(ref record, at), 0);
        Atomic.Store(ref GenerationOf(ref record, at), now + 1); // Pairs with FrameTable.Generation: to see the life over is to see the frame wiped.
        return true;
    }

    /// <summary>Asks for the record of a frame that will be wanted soon; there is such a frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(Pfn pfn) => _flags.Prefetch(pfn.Value);

    /// <summary>True when none of some frames has a reference, a mapping or a type. Sole owner, and the seam off.</summary>
    public bool AreIdle(int first, int count)
    {
        if (count == 0) { return true; }
        ref uint record = ref _flags[first];
        _ = _flags[first + count - 1];
        Vector128<uint> idle = Idle;
        Vector128<uint> differs = Vector128<uint>.Zero;
        for (; count >= FramesPerStep; count -= FramesPerStep)
        {
            differs |= (FourWords(ref record, 0) ^ idle) | (FourWords(ref record, 1) ^ idle) | (FourWords(ref record, 2) ^ idle) | (FourWords(ref record, 3) ^ idle);
            record = ref RecordWords.After<uint>(ref record, FramesPerStep * Arena.RecordBytes);
        }
        for (; count > 0; count--)
        {
            differs |= FourWords(ref record, 0) ^ idle;
            record = ref RecordWords.After<uint>(ref record, Arena.RecordBytes);
        }
        return (differs & IdleMask) == Vector128<uint>.Zero;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref uint GenerationOf(ref uint record, nuint at) => ref Seam.Exploring ? ref _generation.Known(at) : ref RecordWords.After<uint>(ref record, FrameRecord.GenerationAt);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref int RefCountOf(ref uint record, nuint at) => ref Seam.Exploring ? ref _refCount.Known(at) : ref RecordWords.After<int>(ref record, FrameRecord.RefCountAt);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref int MapCountOf(ref uint record, nuint at) => ref Seam.Exploring ? ref _mapCount.Known(at) : ref RecordWords.After<int>(ref record, FrameRecord.MapCountAt);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref long MappingOf(ref uint record, nuint at) => ref Seam.Exploring ? ref _mapping.Known(at) : ref RecordWords.After<long>(ref record, FrameRecord.MappingAt);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref long PrivateOf(ref uint record, nuint at) => ref Seam.Exploring ? ref _private.Known(at) : ref RecordWords.After<long>(ref record, FrameRecord.PrivateAt);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> FourWords(ref uint record, nuint frame) => RecordWords.After<Vector128<uint>>(ref record, frame * Arena.RecordBytes);
}
