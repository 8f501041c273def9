using System.Numerics;

namespace MemCore.Lab.Soak;

/// <summary>Latencies in buckets that grow by an eighth of a power of two, so a percentile is right to within 13 %. One writer, no lock.</summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 3;
    private const int Buckets = (64 - SubBits) << SubBits;

    private readonly long[] _counts = new long[Buckets];

    public long Samples { get; private set; }

    public long MaxNs { get; private set; }

    public void Record(long ns)
    {
        if (ns < 0) { ns = 0; }
        _counts[BucketOf(ns)]++;
        Samples++;
        if (ns > MaxNs) { MaxNs = ns; }
    }

    /// <summary>Adds another's samples. The other's writer must be at rest for exact numbers.</summary>
    public void Add(LatencyHistogram other)
    {
        for (int i = 0; i < Buckets; i++) { _counts[i] += other._counts[i]; }
        Samples += other.Samples;
        MaxNs = Math.Max(MaxNs, other.MaxNs);
    }

    /// <summary>The upper end of the bucket that holds the given part of the samples; 0 without samples.</summary>
    public long PercentileNs(double part)
    {
        long wanted = (long)Math.Ceiling(Samples * part);
        long seen = 0;
        for (int i = 0; i < Buckets && wanted > 0; i++)
        {
            seen += _counts[i];
            if (seen >= wanted) { return Math.Min(UpperEnd(i), MaxNs); }
        }
        return 0;
    }

    private static int BucketOf(long ns)
    {
        int top = 63 - BitOperations.LeadingZeroCount((ulong)ns | 1);
        if (top < SubBits) { return (int)ns; }
        return ((top - SubBits + 1) << SubBits) + (int)((ns >> (top - SubBits)) & ((1 << SubBits) - 1));
    }

    private static long UpperEnd(int bucket)
    {
        if (bucket < 1 << SubBits) { return bucket; }
        int shift = (bucket >> SubBits) - 1;
        long first = (long)((1 << SubBits) + (bucket & ((1 << SubBits) - 1))) << shift;
        return first + (1L << shift) - 1;
    }
}
