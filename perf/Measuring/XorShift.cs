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

    /// <summary>All numbers below <paramref name="count"/>, each once.</summary>
    public int[] Shuffled(int count)
    {
        int[] numbers = new int[count];
        for (int i = 0; i < count; i++)
        {
            int pick = Below(i + 1);
            numbers[i] = numbers[pick];
            numbers[pick] = i;
        }
        return numbers;
    }
}
