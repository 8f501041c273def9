using System.Runtime.CompilerServices;

namespace MemCore.Lab.Soak;

/// <summary>A worker's own random numbers: xorshift64*, one multiplication a draw. The run's seed and the task decide all of them.</summary>
internal struct Xorshift
{
    private ulong _state;

    public Xorshift(ulong seed, int stream)
    {
        // One round of splitmix, so that neighbouring seeds and streams have nothing in common.
        ulong x = seed + ((ulong)(stream + 1) * 0x9E3779B97F4A7C15UL);
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        x ^= x >> 31;
        _state = x == 0 ? 1 : x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Next()
    {
        ulong x = _state;
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        _state = x;
        return x * 0x2545F4914F6CDD1DUL;
    }

    /// <summary>0 to <paramref name="count"/> − 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Below(int count) => (int)(((Next() >> 32) * (ulong)count) >> 32);

    /// <summary>True once in <paramref name="times"/> draws.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool OneIn(int times) => Below(times) == 0;

    /// <summary>A number whose logarithm is even between the two.</summary>
    public double LogUniform(double least, double most) => least * Math.Pow(most / least, (Next() >> 11) * (1.0 / (1UL << 53)));
}
