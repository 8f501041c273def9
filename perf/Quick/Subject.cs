using System.Diagnostics;

namespace MemCore.Perf.Quick;

/// <summary>One thing that is measured: its loop, and the times that its rounds took.</summary>
internal sealed class Subject(string name, Action<int> loop, Action<int> partnerLoop, int count, int rounds)
{
    private static readonly double s_nsPerTick = 1e9 / Stopwatch.Frequency;

    private readonly double[] _alone = new double[rounds];
    private readonly double[] _both = new double[rounds];
    private readonly double[] _sorted = new double[rounds];

    public string Name => name;

    /// <summary>Median ns of an operation on one thread, and with the partner's at the same time.</summary>
    public double Ns => Median(_alone);

    public double NsOfTwo => Median(_both);

    /// <summary>Managed bytes that the rounds allocated. Anything but 0 is a fault of the engine.</summary>
    public long AllocatedBytes { get; private set; }

    public void Warm(int operations) => loop(operations);

    public void WarmPartner(int operations) => partnerLoop(operations);

    public void RunAlone(int round)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        loop(count);
        _alone[round] = (Stopwatch.GetTimestamp() - start) * s_nsPerTick / count;
        AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - before;
    }

    public void RunBoth(Partner partner, int round) => _both[round] = partner.RunBoth(loop, partnerLoop, count) * s_nsPerTick / count;

    private double Median(double[] values)
    {
        values.CopyTo(_sorted, 0);
        Array.Sort(_sorted);
        return _sorted[_sorted.Length / 2];
    }
}
