using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.SeamProbe;

/// <summary>The reference count without a seam: the same views and the same checks, so that only the seam can make a difference.</summary>
internal readonly ref struct BareFolioRef(ref int word)
{
    private readonly ref int _word = ref word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Get()
    {
        int now = Interlocked.Add(ref _word, 1);
        Bug.If(now <= 1, ViolationKind.RefUnderflow, "reference taken on a folio that has none");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGet()
    {
        int seen = Volatile.Read(ref _word);
        while (seen != 0)
        {
            Bug.If(seen < 0, ViolationKind.RefUnderflow, "reference count below zero");
            int now = Interlocked.CompareExchange(ref _word, seen + 1, seen);
            if (now == seen) { return true; }
            seen = now;
        }
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool PutTestZero() => SubTestZero(1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool SubTestZero(int references)
    {
        int now = Interlocked.Add(ref _word, -references);
        Bug.If(now < 0, ViolationKind.RefUnderflow, "reference dropped that was not there");
        return now == 0;
    }

    public bool TryFreeze(int expected) => Interlocked.CompareExchange(ref _word, 0, expected) == expected;
}

/// <summary>The lock bit of the flags word without a seam.</summary>
internal readonly ref struct BareFlagsWord(ref uint word)
{
    private readonly ref uint _word = ref word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryLock()
    {
        uint seen = Volatile.Read(ref _word);
        while ((seen & (uint)PageFlags.Locked) == 0)
        {
            uint now = Interlocked.CompareExchange(ref _word, seen | (uint)PageFlags.Locked, seen);
            if (now == seen) { return true; }
            seen = now;
        }
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool UnlockReturnsWaiters()
    {
        uint now = Interlocked.Add(ref _word, unchecked(0u - (uint)PageFlags.Locked));
        Bug.If((now & (uint)PageFlags.Locked) != 0, ViolationKind.ForeignUnlock, "unlock of a folio that is not locked");
        return (now & (uint)PageFlags.Waiters) != 0;
    }
}
