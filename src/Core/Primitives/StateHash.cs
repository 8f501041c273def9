using System.Runtime.CompilerServices;

namespace MemCore.Primitives;

/// <summary>A 128-bit hash of a state: the sum of one hash per (location, value), so that a change costs two word hashes.</summary>
/// <remarks>A zero word contributes nothing: fresh memory hashes to zero, and gaps need no care.</remarks>
internal struct StateHash : IEquatable<StateHash>
{
    public ulong Low;
    public ulong High;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int location, uint value)
    {
        if (value == 0) { return; }
        (ulong high, ulong low) = Word(location, value);
        Low += low;
        High += high;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Remove(int location, uint value)
    {
        if (value == 0) { return; }
        (ulong high, ulong low) = Word(location, value);
        Low -= low;
        High -= high;
    }

    /// <summary>Mixes in something ordered: what was observed, in the order it was observed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Chain(ulong value)
    {
        (ulong high, ulong low) = Mix(value ^ Low, High + 0x9E3779B97F4A7C15UL);
        Low = low ^ (High << 1);
        High = high + value;
    }

    public readonly bool Equals(StateHash other) => Low == other.Low && High == other.High;

    public override readonly bool Equals(object? obj) => obj is StateHash other && Equals(other);

    public override readonly int GetHashCode() => (int)Low;

    public override readonly string ToString() => $"{High:x16}{Low:x16}";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (ulong High, ulong Low) Word(int location, uint value) =>
        Mix(((ulong)(uint)location << 32) | value, 0xD6E8FEB86659FD93UL);

    // Two rounds of multiply and fold; both halves of the product are kept.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (ulong High, ulong Low) Mix(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a ^ 0xA0761D6478BD642FUL, b ^ 0xE7037ED1A0B428DBUL, out ulong low);
        ulong high2 = Math.BigMul(high ^ a, low ^ 0x8EBC6AF09C88C6E3UL, out ulong low2);
        return (high2 ^ low, low2 ^ high);
    }
}
