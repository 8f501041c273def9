using System.Diagnostics;

namespace MemCore.Perf.Quick;

/// <summary>One thing that is measured: its loop, and the times that its slices took.</summary>
/// <remarks>
/// A slice is far shorter than a turn of the OS's scheduler, so that on a shared machine most slices run undisturbed and the median is one of
/// those. Slices of a round follow each other at once: what they take or leave behind (a bulk) is carried from one to the next.
/// </remarks>
internal sealed class Subject(string name, Action<int> loop, Action<int> partnerLoop)
{
    private const int CalibrationTries = 9;
    private const int CalibrationOperations = 500;

    private static readonly double s_nsPerTick = 1e9 / Stopwatch.Frequency;

    private double[] _alone = [];
    private double[] _both = [];
    private int _operations;
    private int _slices;

    public string Name => name;

    /// <summary>Median ns of an operation on one thread.</summary>
    public double Ns { get; private set; }

    public double MinNs { get; private set; }

    /// <summary>Median ns of an operation while the partner does the same; 0 when that was not measured.</summary>
    public double NsOfTwo { get; private set; }

    /// <summary>Managed bytes that the slices allocated. Anything but 0 is a fault of the engine.</summary>
    public long AllocatedBytes { get; private set; }

    public void Warm(int operations) => loop(operations);

    public void WarmPartner(int operations) => partnerLoop(operations);

    /// <summary>Chooses how many operations last about a slice.</summary>
    public void Calibrate(int sliceUs)
    {
        double best = double.MaxValue;
        for (int i = 0; i < CalibrationTries; i++) { best = Math.Min(best, Time(CalibrationOperations)); }
        _operations = (int)Math.Clamp(sliceUs * 1000 / best, 16, 1 << 20);
    }

    /// <summary>Fixes the operations of a slice.</summary>
    public void UseSlices(int operations) => _operations = operations;

    /// <summary>Makes room for the times.</summary>
    public void Prepare(int rounds, int slices)
    {
        _slices = slices;
        _alone = new double[rounds * slices];
        _both = new double[rounds * slices];
    }

    public void RunAlone(int round)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < _slices; i++) { _alone[(round * _slices) + i] = Time(_operations); }
        AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - before;
    }

    public void RunBoth(Partner partner, int round)
    {
        for (int i = 0; i < _slices; i++)
        {
            _both[(round * _slices) + i] = partner.RunBoth(loop, partnerLoop, _operations) * s_nsPerTick / _operations;
        }
    }

    /// <summary>Computes the medians. The times are sorted in place.</summary>
    public void Finish(bool two)
    {
        Array.Sort(_alone);
        Array.Sort(_both);
        Ns = _alone[_alone.Length / 2];
        MinNs = _alone[0];
        NsOfTwo = two ? _both[_both.Length / 2] : 0;
    }

    private double Time(int operations)
    {
        long start = Stopwatch.GetTimestamp();
        loop(operations);
        return (Stopwatch.GetTimestamp() - start) * s_nsPerTick / operations;
    }
}
