using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.SeamProbe;

/// <summary>Word operations as the engine writes them. Each has a twin of the same name in <see cref="BareForms"/>.</summary>
internal static class EngineForms
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Load(ref int word) => Atomic.Load(ref word);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Store(ref int word, int value) => Atomic.Store(ref word, value);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong LoadWide(ref ulong word) => Atomic.Load(ref word);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StorePlain(ref ulong word, ulong value) => Atomic.PlainStore(ref word, value);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Fence() => Atomic.Fence();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int CompareExchange(ref int word, int value, int comparand) => Atomic.CompareExchange(ref word, value, comparand);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static uint CompareExchangeUnsigned(ref uint word, uint value, uint comparand) => Atomic.CompareExchange(ref word, value, comparand);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong CompareExchangeWide(ref ulong word, ulong value, ulong comparand) => Atomic.CompareExchange(ref word, value, comparand);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Exchange(ref int word, int value) => Atomic.Exchange(ref word, value);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Add(ref int word, int value) => Atomic.Add(ref word, value);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong AddWide(ref ulong word, ulong value) => Atomic.Add(ref word, value);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Or(ref uint word, uint bits) => Atomic.Or(ref word, bits);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void And(ref uint word, uint bits) => Atomic.And(ref word, bits);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Get(ref int word) => new FolioRef(ref word).Get();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryGet(ref int word) => new FolioRef(ref word).TryGet();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool PutTestZero(ref int word) => new FolioRef(ref word).PutTestZero();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryFreeze(ref int word, int expected) => new FolioRef(ref word).TryFreeze(expected);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryLock(ref uint word) => new FlagsWord(ref word).TryLock();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool UnlockReturnsWaiters(ref uint word) => new FlagsWord(ref word).UnlockReturnsWaiters();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Noted(ref int word)
    {
        Atomic.Note("a step of a printed interleaving");
        return Atomic.Fails(FaultPoint.FreezeRefused) ? Atomic.Choose(2) : Atomic.Load(ref word);
    }
}
