using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>One folio's reference count: 0 is free or frozen, n is n holders.</summary>
/// <remarks>Safe from any thread. Each change is one interlocked operation; nothing here waits or allocates.</remarks>
internal readonly ref struct FolioRef(ref int word)
{
    private readonly ref int _word = ref word;

    /// <summary>The count now; stale by the time it is used, unless the folio is locked and unmapped.</summary>
    public int CountUnsafe => Atomic.Load(ref _word);

    /// <summary>Waits until the count differs from <paramref name="seen"/>. Blocking on any holder.</summary>
    public void SpinWhile(int seen, ref int spins) => Atomic.SpinWhile(ref _word, seen, ref spins);

    /// <summary>Takes another reference for a caller that owns one already. Wait-free: one xadd.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Get() => Get(1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Get(int references)
    {
        int now = Atomic.Add(ref _word, references);
        Bug.If(now <= references, ViolationKind.RefUnderflow, "reference taken on a folio that has none");
    }

    /// <summary>Takes a reference unless the count is zero. False: gone or frozen, so look the folio up again.</summary>
    /// <remarks>Lock-free: a retry means that another task's change went through. A full fence on success, nothing on failure.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGet() => TryGet(1);

    /// <summary>As above, <paramref name="references"/> at once: a pin takes many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGet(int references)
    {
        int seen = Atomic.Load(ref _word);
        while (seen != 0 || Plant.Is(PlantedBug.TryGetFromZero))
        {
            Bug.If(seen < 0, ViolationKind.RefUnderflow, "reference count below zero");

            // Pairs with FolioRef.Unfreeze: to see the count is to see what was written while the folio was frozen.
            int now = Atomic.CompareExchange(ref _word, seen + references, seen);
            if (now == seen) { return true; }
            seen = now;
        }
        return false;
    }

    /// <summary>Drops one reference. True for exactly one caller: the one who dropped the last, and now owns the folio alone.</summary>
    /// <remarks>Wait-free: one xadd. After false the caller must not touch the folio.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool PutTestZero() => SubTestZero(1);

    /// <summary>Drops <paramref name="references"/> at once. True: they were the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool SubTestZero(int references)
    {
        if (Plant.Is(PlantedBug.PutTwice)) { references++; }
        int now = Atomic.Add(ref _word, -references);
        Bug.If(now < 0, ViolationKind.RefUnderflow, "reference dropped that was not there");
        return now == 0;
    }

    /// <summary>Trades exactly <paramref name="expected"/> references for a frozen zero. False: someone else holds one; nothing has changed.</summary>
    /// <remarks>Wait-free: one attempt. The winner owns the folio alone until <see cref="Unfreeze"/>.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryFreeze(int expected)
    {
        if (Atomic.Fails(FaultPoint.FreezeRefused)) { return false; }
        if (Plant.Is(PlantedBug.FreezeIgnoresHolders))
        {
            Atomic.Exchange(ref _word, 0);
            return true;
        }
        return Atomic.CompareExchange(ref _word, 0, expected) == expected;
    }

    /// <summary>Ends the freeze with <paramref name="count"/> references. Releases. Pairs with FolioRef.TryGet and FolioWord.TryGetAndClear.</summary>
    public void Unfreeze(int count)
    {
        Bug.If(Atomic.Load(ref _word) != 0 || count <= 0, ViolationKind.BadUnfreeze, "unfreeze of a folio that is not frozen, or to no holder");
        if (Plant.Is(PlantedBug.UnfreezeWrongCount)) { count++; }
        if (Plant.Is(PlantedBug.UnfreezePlain)) { Atomic.PlainStore(ref _word, count); }
        else { Atomic.Store(ref _word, count); }
    }

    /// <summary>Publishes a fresh folio with its first references. Releases. Only for the allocator's caller-to-be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish(int count) => Atomic.Store(ref _word, count);
}
