using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace MemCore.Perf.Measuring;

/// <summary>How many simple operations the core does in a cycle: few when a neighbour runs on its other hardware thread.</summary>
/// <remarks>
/// A raw RMW waits and does not notice such a neighbour; short code without waits takes up to twice as long beside one. The length of a cycle
/// comes from a chain in which each operation needs the one before, so neither clock rate nor machine matters. Of the calling
/// thread's CPU.
/// </remarks>
internal sealed class IssueWidth
{
    /// <summary>Readings for <see cref="Read"/>, some ten microseconds each.</summary>
    public const int Readings = 51;

    private const int Iterations = 2000;

    private readonly double[] _widths = new double[Readings];
    private ulong _sink;

    /// <summary>Operations a cycle, the median of the last readings: 3 to 6 for a core of today on its own.</summary>
    public double Median { get; private set; }

    /// <summary>Takes so many readings, <see cref="Readings"/> at most, on the calling thread.</summary>
    public void Read(int readings)
    {
        for (int i = 0; i < readings; i++)
        {
            long began = Stopwatch.GetTimestamp();
            _sink += Chain(Iterations, 0x9e37_79b9, _sink | 1);
            long between = Stopwatch.GetTimestamp();
            _sink += Chains(Iterations, 0x9e37_79b9, _sink | 1);
            long ended = Stopwatch.GetTimestamp();
            _widths[i] = (between - began) / (double)(ended - between);
        }
        Array.Sort(_widths, 0, readings);
        Median = _widths[readings / 2];
    }

    // As many operations as cycles.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static ulong Chain(int iterations, ulong a, ulong b)
    {
        ulong x = a;
        for (int i = 0; i < iterations; i++)
        {
            x = (((((((x ^ a) + b) ^ a) + b) ^ a) + b) ^ a) + b;
            x = (((((((x ^ a) + b) ^ a) + b) ^ a) + b) ^ a) + b;
        }
        return x;
    }

    // As many operations, of which eight need nothing from each other.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static ulong Chains(int iterations, ulong a, ulong b)
    {
        ulong p = a, q = b, r = a, s = b, t = a, u = b, v = a, w = b;
        for (int i = 0; i < iterations; i++)
        {
            p = (p ^ a) + b;
            q = (q ^ a) + b;
            r = (r ^ a) + b;
            s = (s ^ a) + b;
            t = (t ^ a) + b;
            u = (u ^ a) + b;
            v = (v ^ a) + b;
            w = (w ^ a) + b;
        }
        return p ^ q ^ r ^ s ^ t ^ u ^ v ^ w;
    }
}
