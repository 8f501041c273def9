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
    public static bool IsOne => !Seam.On && !Plant.Armed;

    private ref long Both => ref Unsafe.As<uint, long>(ref _flags);

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
        Bug.If(now < 0, ViolationKind.RefUnderflow, "reference dropped that was not there");
        Bug.If((now & (long)flag) == 0, ViolationKind.FlagContradiction, "flag set that nobody but the caller may set");
        return now < OneReference;
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
