#pragma warning disable RS0030 // This file, Atomic.Bare.cs and Atomic.Metal.cs are the door that the ban is about.
using System.Runtime.CompilerServices;

namespace MemCore.Primitives;

/// <summary>The only door to shared words. Off, each member is the bare instruction; on, the machine decides when it happens.</summary>
/// <remarks>
/// Ordering, as .NET gives it: Load acquires, Store releases, every read-modify-write is a full fence, Plain accesses order nothing.
/// Or and And return the old value and Add the new one; a used result of Or or And is a compare-exchange loop in machine code, so hot
/// words are changed by Add or CompareExchange. Every member is wait-free except SpinWhile, Retry and Park, which block on what their
/// arguments name.
/// </remarks>
internal static class Atomic
{
    /// <summary>Reads with acquire order: to see a value is to see what was written before its release.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Load(ref int word) =>
        Seam.On ? Hooked(AccessKind.Load, ref word, 0, 0) : Volatile.Read(ref word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Load(ref uint word) => (uint)Load(ref As(ref word));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Load(ref long word) =>
        Seam.On ? Hooked(AccessKind.Load, ref word, 0, 0) : Volatile.Read(ref word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Load(ref ulong word) => (ulong)Load(ref As(ref word));

    /// <summary>Writes with release order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ref int word, int value)
    {
        if (Seam.On) { Hooked(AccessKind.Store, ref word, value, 0); }
        else { Volatile.Write(ref word, value); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ref uint word, uint value) => Store(ref As(ref word), (int)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ref long word, long value)
    {
        if (Seam.On) { Hooked(AccessKind.Store, ref word, value, 0); }
        else { Volatile.Write(ref word, value); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ref ulong word, ulong value) => Store(ref As(ref word), (long)value);

    /// <summary>Reads a word that nobody else can write now: under a lock, or not yet published.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PlainLoad(ref int word) =>
        Seam.On ? Hooked(AccessKind.PlainLoad, ref word, 0, 0) : word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint PlainLoad(ref uint word) => (uint)PlainLoad(ref As(ref word));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long PlainLoad(ref long word) =>
        Seam.On ? Hooked(AccessKind.PlainLoad, ref word, 0, 0) : word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong PlainLoad(ref ulong word) => (ulong)PlainLoad(ref As(ref word));

    /// <summary>Writes a word that nobody else can touch now: under a lock, or not yet published.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PlainStore(ref int word, int value)
    {
        if (Seam.On) { Hooked(AccessKind.PlainStore, ref word, value, 0); }
        else { word = value; }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PlainStore(ref uint word, uint value) => PlainStore(ref As(ref word), (int)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PlainStore(ref long word, long value)
    {
        if (Seam.On) { Hooked(AccessKind.PlainStore, ref word, value, 0); }
        else { word = value; }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PlainStore(ref ulong word, ulong value) => PlainStore(ref As(ref word), (long)value);

    /// <summary>Writes <paramref name="value"/> if the word equals <paramref name="comparand"/>. Returns what was there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CompareExchange(ref int word, int value, int comparand) =>
        Seam.On ? Hooked(AccessKind.CompareExchange, ref word, value, comparand) : Interlocked.CompareExchange(ref word, value, comparand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint CompareExchange(ref uint word, uint value, uint comparand) =>
        (uint)CompareExchange(ref As(ref word), (int)value, (int)comparand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long CompareExchange(ref long word, long value, long comparand) =>
        Seam.On ? Hooked(AccessKind.CompareExchange, ref word, value, comparand) : Interlocked.CompareExchange(ref word, value, comparand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong CompareExchange(ref ulong word, ulong value, ulong comparand) =>
        (ulong)CompareExchange(ref As(ref word), (long)value, (long)comparand);

    /// <summary>Writes and returns what was there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Exchange(ref int word, int value) =>
        Seam.On ? Hooked(AccessKind.Exchange, ref word, value, 0) : Interlocked.Exchange(ref word, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Exchange(ref uint word, uint value) => (uint)Exchange(ref As(ref word), (int)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Exchange(ref long word, long value) =>
        Seam.On ? Hooked(AccessKind.Exchange, ref word, value, 0) : Interlocked.Exchange(ref word, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Exchange(ref ulong word, ulong value) => (ulong)Exchange(ref As(ref word), (long)value);

    /// <summary>Adds and returns the new value: one instruction that cannot fail.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Add(ref int word, int value) =>
        Seam.On ? Hooked(AccessKind.Add, ref word, value, 0) : Interlocked.Add(ref word, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Add(ref uint word, uint value) => (uint)Add(ref As(ref word), (int)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Add(ref long word, long value) =>
        Seam.On ? Hooked(AccessKind.Add, ref word, value, 0) : Interlocked.Add(ref word, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Add(ref ulong word, ulong value) => (ulong)Add(ref As(ref word), (long)value);

    /// <summary>Sets bits and returns the old value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Or(ref int word, int bits) =>
        Seam.On ? Hooked(AccessKind.Or, ref word, bits, 0) : Interlocked.Or(ref word, bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Or(ref uint word, uint bits) => (uint)Or(ref As(ref word), (int)bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Or(ref ulong word, ulong bits) =>
        Seam.On ? (ulong)Hooked(AccessKind.Or, ref As(ref word), (long)bits, 0) : Interlocked.Or(ref word, bits);

    /// <summary>Keeps only <paramref name="bits"/> and returns the old value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int And(ref int word, int bits) =>
        Seam.On ? Hooked(AccessKind.And, ref word, bits, 0) : Interlocked.And(ref word, bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint And(ref uint word, uint bits) => (uint)And(ref As(ref word), (int)bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong And(ref ulong word, ulong bits) =>
        Seam.On ? (ulong)Hooked(AccessKind.And, ref As(ref word), (long)bits, 0) : Interlocked.And(ref word, bits);

    /// <summary>Orders everything before it with everything after it: a store before is seen by others before a load after reads.</summary>
    /// <remarks>Only a plain or releasing store followed by a load needs one; every read-modify-write is one already.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fence()
    {
        if (Seam.On) { HookedFence(); }
        else { Interlocked.MemoryBarrier(); }
    }

    /// <summary>A full fence of every task at once: the rare side of a pair whose frequent side then needs none. Microseconds.</summary>
    public static void FenceAll()
    {
        if (Seam.On && Seam.Host is { } host) { host.FenceAll(); }
        else { Bare.FenceAll(); }
    }

    /// <summary>Waits until the word differs from <paramref name="seen"/>, the value that the failed attempt returned.</summary>
    /// <remarks>A value from a fresh load would be the wrong thing to wait on: after a release it waits for the next owner.</remarks>
    public static void SpinWhile(ref int word, int seen, ref int spins)
    {
        if (Seam.On && Seam.Host is { } host) { host.SpinWhile(ref word, seen, ref spins); }
        else { Metal.SpinWhile(ref word, seen, ref spins); }
    }

    /// <summary>Pauses before another attempt that waits for no single word: enabled again when any word the attempt read has changed.</summary>
    public static void Retry(ref int spins)
    {
        if (Seam.On && Seam.Host is { } host) { host.Retry(ref spins); }
        else { Metal.Relax(ref spins); }
    }

    /// <summary>Sleeps while the word equals <paramref name="expected"/>; test and sleep are one step. May return early.</summary>
    /// <remarks>Only <see cref="Wake"/> or <see cref="WakeAll"/> ends a sleep: a change of the word alone does not.</remarks>
    public static void Park(ref int word, int expected)
    {
        if (Seam.On && Seam.Host is { } host) { host.Park(ref word, expected, -1); }
        else { Metal.Park(ref word, expected, -1); }
    }

    /// <summary>As <see cref="Park"/>, at most <paramref name="timeoutMs"/> long. False: the time passed.</summary>
    public static bool ParkFor(ref int word, int expected, int timeoutMs) =>
        Seam.On && Seam.Host is { } host ? host.Park(ref word, expected, timeoutMs) : Metal.Park(ref word, expected, timeoutMs);

    /// <summary>Ends the sleep of one task parked on the word, if there is one.</summary>
    public static void Wake(ref int word)
    {
        if (Seam.On && Seam.Host is { } host) { host.Wake(ref word, all: false); }
        else { Metal.Wake(ref word, all: false); }
    }

    /// <summary>Ends the sleep of every task parked on the word.</summary>
    public static void WakeAll(ref int word)
    {
        if (Seam.On && Seam.Host is { } host) { host.Wake(ref word, all: true); }
        else { Metal.Wake(ref word, all: true); }
    }

    /// <summary>A decision that no word determines: 0 to <paramref name="count"/> − 1. The explorer tries all, chaos draws, otherwise 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Choose(int count) => Seam.On && Seam.Host is { } host ? host.Choose(count) : 0;

    /// <summary>True when the machine wants the slow path here. Off: the constant false.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Fails(FaultPoint point) => Seam.On && Seam.Host is { } host && host.Fails(point);

    /// <summary>Names the step that follows in a printed interleaving. Off: nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Note(string text)
    {
        if (Seam.Exploring) { Seam.Host?.Note(text); }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Hooked(AccessKind kind, ref int word, int operand, int comparand) =>
        Seam.Host is { } host ? host.Access(kind, ref word, operand, comparand) : Bare.Apply(kind, ref word, operand, comparand);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Hooked(AccessKind kind, ref long word, long operand, long comparand) =>
        Seam.Host is { } host ? host.Access(kind, ref word, operand, comparand) : Bare.Apply(kind, ref word, operand, comparand);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void HookedFence()
    {
        if (Seam.Host is { } host) { host.Fence(); }
        else { Bare.Fence(); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref int As(ref uint word) => ref Unsafe.As<uint, int>(ref word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref long As(ref ulong word) => ref Unsafe.As<ulong, long>(ref word);
}
