using System.Runtime.CompilerServices;

namespace MemCore.SeamProbe;

/// <summary>The twins of <see cref="EngineForms"/> with nothing between them and the instruction.</summary>
internal static class BareForms
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Load(ref int word) => Volatile.Read(ref word);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Store(ref int word, int value) => Volatile.Write(ref word, value);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong LoadWide(ref ulong word) => Volatile.Read(ref word);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StorePlain(ref ulong word, ulong value) => word = value;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Fence() => Interlocked.MemoryBarrier();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int CompareExchange(ref int word, int value, int comparand) => Interlocked.CompareExchange(ref word, value, comparand);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static uint CompareExchangeUnsigned(ref uint word, uint value, uint comparand) =>
        Interlocked.CompareExchange(ref word, value, comparand);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong CompareExchangeWide(ref ulong word, ulong value, ulong comparand) =>
        Interlocked.CompareExchange(ref word, value, comparand);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Exchange(ref int word, int value) => Interlocked.Exchange(ref word, value);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Add(ref int word, int value) => Interlocked.Add(ref word, value);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong AddWide(ref ulong word, ulong value) => Interlocked.Add(ref word, value);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Or(ref uint word, uint bits) => Interlocked.Or(ref word, bits);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void And(ref uint word, uint bits) => Interlocked.And(ref word, bits);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Get(ref int word) => new BareFolioRef(ref word).Get();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryGet(ref int word) => new BareFolioRef(ref word).TryGet();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool PutTestZero(ref int word) => new BareFolioRef(ref word).PutTestZero();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryFreeze(ref int word, int expected) => new BareFolioRef(ref word).TryFreeze(expected);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryLock(ref uint word) => new BareFlagsWord(ref word).TryLock();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool UnlockReturnsWaiters(ref uint word) => new BareFlagsWord(ref word).UnlockReturnsWaiters();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Noted(ref int word) => Volatile.Read(ref word);
}
