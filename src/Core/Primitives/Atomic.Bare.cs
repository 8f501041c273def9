#pragma warning disable RS0030 // The files of Atomic are the door that the ban is about.
using MemCore.Native;

namespace MemCore.Primitives;

/// <summary>The bare operation behind each <see cref="AccessKind"/>, for hosts that pass an access on.</summary>
internal static class Bare
{
    public static int Apply(AccessKind kind, ref int word, int operand, int comparand) => kind switch
    {
        AccessKind.Load => Volatile.Read(ref word),
        AccessKind.Store => Store(ref word, operand),
        AccessKind.PlainLoad => word,
        AccessKind.PlainStore => word = operand,
        AccessKind.CompareExchange => Interlocked.CompareExchange(ref word, operand, comparand),
        AccessKind.Exchange => Interlocked.Exchange(ref word, operand),
        AccessKind.Add => Interlocked.Add(ref word, operand),
        AccessKind.Or => Interlocked.Or(ref word, operand),
        AccessKind.And => Interlocked.And(ref word, operand),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static long Apply(AccessKind kind, ref long word, long operand, long comparand) => kind switch
    {
        AccessKind.Load => Volatile.Read(ref word),
        AccessKind.Store => Store(ref word, operand),
        AccessKind.PlainLoad => word,
        AccessKind.PlainStore => word = operand,
        AccessKind.CompareExchange => Interlocked.CompareExchange(ref word, operand, comparand),
        AccessKind.Exchange => Interlocked.Exchange(ref word, operand),
        AccessKind.Add => Interlocked.Add(ref word, operand),
        AccessKind.Or => Interlocked.Or(ref word, operand),
        AccessKind.And => Interlocked.And(ref word, operand),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static void Fence() => Interlocked.MemoryBarrier();

    public static void FenceAll() => ProcessBarrier.FullFence();

    private static int Store(ref int word, int value)
    {
        Volatile.Write(ref word, value);
        return value;
    }

    private static long Store(ref long word, long value)
    {
        Volatile.Write(ref word, value);
        return value;
    }
}
