using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>A folio's flags and reference count for who changes both: with the seam off they are one word, and one instruction changes it.</summary>
/// <remarks>
/// <code>
/// bit  63 .......... 32 31 ........... 0
///      [ references   ] [ flags word   ]
/// </code>
/// With the seam on each change is two, of the flags and of the count. What one step does two steps can do as well, when nobody comes between
/// them: so whatever is found to hold for all interleavings of the two holds for the one. The order of the two is told at each member.
/// </remarks>
internal readonly ref struct FolioWord(ref uint flags, ref int references)
{
    private const long OneReference = 1L << 32;

    private readonly ref uint _flags = ref flags;
    private readonly ref int _references = ref references;

    /// <summary>True when one instruction changes both. Where in the word each of them is: FrameRecord and Arena see to that.</summary>
    public static bool IsOne
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => !Seam.On && !Plant.Armed;
    }

    /// <summary>The flags word with the node, now. Acquires.</summary>
    public uint Raw => Atomic.Load(ref _flags);

    /// <summary>The count now; stale by the time it is used.</summary>
    public int CountUnsafe => Atomic.Load(ref _references);

    /// <summary>True when the folio has more than one frame. Stale without a reference.</summary>
    public bool IsLarge => (Raw & (uint)PageFlags.Head) != 0;

    private ref long Both => ref RecordWords.After<long>(ref _flags, 0);

    /// <summary>Takes another reference for a caller that owns one already, as <see cref="FolioRef.Get()"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Get() => new FolioRef(ref _references).Get();

    /// <summary>Sets a flag that only the caller may set now and that is clear, then drops one reference. True: it was the last. Wait-free: one xadd.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool SetAndPut(PageFlags flag)
    {
        if (!IsOne)
        {
            new FlagsWord(ref _flags).Set(flag);
            return new FolioRef(ref _references).PutTestZero();
        }

        // A flag that was set before is a carry now, and clear.
        long now = Atomic.Add(ref Both, (long)flag - OneReference);
        Bug.If((now & (long)flag) == 0, ViolationKind.FlagContradiction, "flag set that nobody but the caller may set");
        int holders = (int)(now >> 32);
        if (holders > 0) { return false; }
        Bug.If(holders < 0, ViolationKind.RefUnderflow, "reference dropped that was not there");
        return true;
    }

    /// <summary>Clears a flag if it is set and takes a reference with it, unless there is none. False: nothing has changed. Only while it is one word.</summary>
    /// <remarks>Lock-free: a retry means that another task's change went through. A full fence on success, nothing on failure.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGetAndClear(PageFlags flag)
    {
        long seen = Atomic.Load(ref Both);
        while ((seen & (long)flag) != 0 && seen >= OneReference)
        {
            // Pairs with FolioRef.Unfreeze: to see the count is to see what was written while the folio was frozen.
            long now = Atomic.CompareExchange(ref Both, (seen & ~(long)flag) + OneReference, seen);
            if (now == seen) { return true; }
            seen = now;
        }
        return false;
    }
}

/// <summary>The words of all folios. Held by value: whoever copies this reaches one by an address and its number.</summary>
internal readonly struct FolioWords(RecordColumn<uint> flags, RecordColumn<int> references)
{
    private readonly RecordColumn<uint> _flags = flags;
    private readonly RecordColumn<int> _references = references;

    public FolioWord this[Pfn pfn]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ref uint flags = ref _flags[pfn.Value];
            return new FolioWord(ref flags, ref ReferencesBeside(ref flags, (uint)pfn.Value));
        }
    }

    /// <summary>As the indexer for a frame whose number was checked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FolioWord Known(Pfn pfn)
    {
        ref uint flags = ref _flags.Known((uint)pfn.Value);
        return new FolioWord(ref flags, ref ReferencesBeside(ref flags, (uint)pfn.Value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref int ReferencesBeside(ref uint flags, nuint at) =>
        ref Seam.Exploring ? ref _references.Known(at) : ref RecordWords.After<int>(ref flags, FrameRecord.RefCountAt);
}
