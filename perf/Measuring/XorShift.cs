namespace MemCore.Perf.Measuring;

/// <summary>xorshift64*, so that every run sees the same numbers.</summary>
internal struct XorShift(ulong seed)
{
    private ulong _state = seed * 0x9E3779B97F4A7C15UL;

    public int Below(int bound)
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return (int)Math.BigMul(_state * 0x2545F4914F6CDD1DUL, (ulong)bound, out _);
    }

    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int pick = Below(i + 1);
            (items[i], items[pick]) = (items[pick], items[i]);
        }
    }

    /// <summary>All numbers below <paramref name="count"/>, each once.</summary>
    public int[] Shuffled(int count)
    {
        int[] numbers = [.. Enumerable.Range(0, count)];
        Shuffle<int>(numbers);
        return numbers;
    }
}
