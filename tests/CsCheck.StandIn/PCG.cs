namespace CsCheck;

/// <summary>Permuted congruential generator: 64 bits of state, 32 out, one of 2^31 streams. One thread at a time.</summary>
/// <remarks>A state and a stream name every value that follows; together, in base 64, they are the seed string.</remarks>
public sealed class PCG
{
    private const ulong Multiplier = 6364136223846793005UL;
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
    private const int StateDigits = 11, StreamDigitsMax = 6;

    private static int s_streams = Environment.TickCount;

    private readonly ulong _increment;

    public PCG(uint stream, ulong seed)
    {
        _increment = ((ulong)stream << 1) | 1UL;
        State = seed + _increment;
    }

    public ulong State { get; private set; }

    public uint Stream => (uint)(_increment >> 1);

    public ulong Seed => State - _increment;

    public uint Next()
    {
        ulong old = State;
        State = (old * Multiplier) + _increment;
        uint folded = (uint)(((old >> 18) ^ old) >> 27);
        return System.Numerics.BitOperations.RotateRight(folded, (int)(old >> 59));
    }

    public ulong Next64() => ((ulong)Next() << 32) | Next();

    /// <summary>Uniform below <paramref name="maxExclusive"/>, which is at least 1.</summary>
    public uint Next(uint maxExclusive)
    {
        uint threshold = unchecked(0U - maxExclusive) % maxExclusive; // Draws below it would make small values likelier.
        uint drawn;
        do
        {
            drawn = Next();
        }
        while (drawn < threshold);
        return drawn % maxExclusive;
    }

    /// <inheritdoc cref="Next(uint)"/>
    public ulong Next64(ulong maxExclusive)
    {
        if (maxExclusive <= uint.MaxValue) { return Next((uint)maxExclusive); }
        ulong threshold = unchecked(0UL - maxExclusive) % maxExclusive;
        ulong drawn;
        do
        {
            drawn = Next64();
        }
        while (drawn < threshold);
        return drawn % maxExclusive;
    }

    public override string ToString() => ToString(State);

    public string ToString(ulong state)
    {
        Span<char> text = stackalloc char[StateDigits + StreamDigitsMax];
        int length = 0;
        for (int digit = StateDigits - 1; digit >= 0; digit--) { text[length++] = Digits[(int)((state >> (6 * digit)) & 63)]; }
        uint rest = Stream;
        do
        {
            text[length++] = Digits[(int)(rest & 63)];
            rest >>= 6;
        }
        while (rest != 0);
        return new string(text[..length]);
    }

    /// <summary>Reads a seed string back; a string that is none is a <see cref="CsCheckException"/>.</summary>
    public static PCG Parse(string seed)
    {
        if (seed.Length is <= StateDigits or > StateDigits + StreamDigitsMax) { throw new CsCheckException($"not a seed: \"{seed}\""); }
        ulong state = 0, stream = 0;
        for (int i = 0; i < seed.Length; i++)
        {
            int digit = Digits.IndexOf(seed[i]);
            if (digit < 0) { throw new CsCheckException($"not a seed: \"{seed}\""); }
            if (i < StateDigits) { state = (state << 6) | (uint)digit; }
            else { stream |= (ulong)digit << (6 * (i - StateDigits)); }
        }
        return At((uint)stream, state);
    }

    /// <summary>A generator that goes on from a state seen earlier.</summary>
    internal static PCG At(uint stream, ulong state) => new(stream & (uint.MaxValue >> 1), 0) { State = state };

    /// <summary>A generator of its own for one thread.</summary>
    internal static PCG Fresh()
    {
        uint stream = (uint)Interlocked.Increment(ref s_streams) & 0xFFFF;
        return new PCG(stream, (ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue));
    }
}
