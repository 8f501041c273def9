using System.Numerics;
using MemCore.Lab.Exploration;

namespace MemCore.Tests.Exploration;

/// <summary>Random picks that stay with the current actor with a probability drawn at the start.</summary>
internal sealed class Dice : IDecider
{
    private readonly Random _random;
    private readonly int _stay;

    public Dice(int seed)
    {
        _random = new Random(seed);
        _stay = _random.Next(10);
    }

    public int Pick(int current, uint enabled)
    {
        if (current >= 0 && (enabled & (1u << current)) != 0 && _random.Next(10) < _stay) { return current; }
        for (int skip = _random.Next(BitOperations.PopCount(enabled)); skip > 0; skip--) { enabled &= enabled - 1; }
        return Runner.Lowest(enabled);
    }

    public int Choose(int current, int count) => _random.Next(count);
}
