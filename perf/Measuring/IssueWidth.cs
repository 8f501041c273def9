using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace MemCore.Perf.Measuring;

/// <summary>How many simple operations the core does in a cycle: few when a neighbour runs on its other hardware thread.</summary>
/// <remarks>
/// A raw RMW waits and does not notice such a neighbour; short code without waits takes up to twice as long beside one. The length of a cycle
/// comes from a chain in which each operation needs the one before, so neither clock rate nor machine matters. Of the calling thread's CPU only.
/// </remarks>
internal static class IssueWidth
{
    private const int Readings = 101;
    private const int Iterations = 2000;

    private static ulong s_sink;

    /// <summary>Operations a cycle, the median of readings of some ten microseconds: 4 to 6 for a core of today on its own.</summary>
    public static double Read()
    {
        double[] widths = new double[Readings];
        for (int i = 0; i < Readings; i++)
        {
            long began = Stopwatch.GetTimestamp();
            s_sink += Chain(Iterations, 0x9e37_79b9, s_sink | 1);
            long between = Stopwatch.GetTimestamp();
            s_sink += Chains(Iterations, 0x9e37_79b9, s_sink | 1);
            long ended = Stopwatch.GetTimestamp();
            widths[i] = (between - began) / (double)(ended - between);
        }
        Array.Sort(widths);
        return widths[Readings / 2];
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
