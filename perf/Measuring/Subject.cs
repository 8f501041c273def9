namespace MemCore.Perf.Measuring;

/// <summary>One thing that is measured: its loops, and the times that its slices took.</summary>
/// <remarks>
/// A slice is far shorter than a turn of the OS's scheduler, so that on a shared machine most slices run undisturbed. A round's figure is the
/// median of its slices, and <see cref="Ns"/> the median of the rounds. Slices of a round follow each other at once: what they take or leave
/// behind (a bulk) is carried from one to the next.
/// </remarks>
internal sealed class Subject(string name, Side one, Side two, Turns turns = Turns.AloneAndBoth, TimeProvider? clock = null)
{
    private const int CalibrationTries = 9;
    private const int CalibrationOperations = 256;
    private const int OperationsMin = 16;
    private const int OperationsMax = 1 << 20;

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private double[] _slices = [];
    private double[] _alone = [];
    private double[] _both = [];

    public string Name => name;

    public Turns Turns => turns;

    /// <summary>Not the engine's code, hence not bound to allocate nothing.</summary>
    public bool IsPeer { get; init; }

    /// <summary>Done by the first thread before the slices of a round, outside the time.</summary>
    public Action? BeforeRound { get; init; }

    /// <summary>Operations of a slice, for each thread.</summary>
    public int Operations { get; private set; }

    /// <summary>Median ns of an operation on one thread.</summary>
    public double Ns { get; private set; }

    public double MinNs { get; private set; }

    public double MaxNs { get; private set; }

    /// <summary>Median ns of an operation while the partner is at it too; 0 when that was not measured.</summary>
    public double NsOfTwo { get; private set; }

    public double MinNsOfTwo { get; private set; }

    public double MaxNsOfTwo { get; private set; }

    /// <summary>What each round gave on one thread, in their order: neighbours in time are to be compared, not medians of different minutes.</summary>
    public IReadOnlyList<double> RoundsAlone => _alone;

    /// <summary>The same while the partner was at it too.</summary>
    public IReadOnlyList<double> RoundsOfTwo => _both;

    /// <summary>Managed bytes that the slices allocated, on both threads. Anything but 0 is a fault of the engine, unless it is a peer.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Garbage collections while slices ran.</summary>
    public int Collections { get; private set; }

    /// <summary>Fixes the operations of a slice, and the slices of a round, before <see cref="Prepare"/>. Otherwise they are found by trial.</summary>
    public Subject WithSlices(int operations, int slices)
    {
        Operations = operations;
        _slices = new double[slices];
        return this;
    }

    /// <summary>Calls the loops outside any measurement, so that they get compiled for good.</summary>
    public void Warm(int operations, Partner? partner)
    {
        if (_slices.Length != 0) { operations = Math.Min(operations, Operations); }
        if ((turns & Turns.Alone) != 0)
        {
            Alone(one, operations);
            Alone(two, operations);
        }
        if ((turns & Turns.Both) != 0 && partner is not null) { Together(partner, operations); }
    }

    /// <summary>Chooses how many operations last about a slice, and makes room for the times. Forgets the times of an earlier run.</summary>
    public void Prepare(int rounds, int slices, int sliceUs, Partner? partner)
    {
        if (_slices.Length == 0)
        {
            Operations = CalibrationOperations;
            double best = double.MaxValue;
            for (int i = 0; i < CalibrationTries; i++)
            {
                BeforeRound?.Invoke();
                best = Math.Min(best, (turns & Turns.Alone) != 0 ? Alone(one, Operations) : partner is null ? 1 : Together(partner, Operations));
            }
            WithSlices((int)Math.Clamp(sliceUs * 1000 / best, OperationsMin, OperationsMax), slices);
        }
        _alone = new double[rounds];
        _both = new double[rounds];
    }

    public void RunAlone(int round)
    {
        if ((turns & Turns.Alone) == 0) { return; }
        BeforeRound?.Invoke();
        for (int i = 0; i < _slices.Length; i++) { _slices[i] = Alone(one, Operations, measured: true); }
        _alone[round] = MedianOf(_slices);
    }

    public void RunBoth(Partner partner, int round)
    {
        if ((turns & Turns.Both) == 0) { return; }
        BeforeRound?.Invoke();
        for (int i = 0; i < _slices.Length; i++) { _slices[i] = Together(partner, Operations, measured: true); }
        _both[round] = MedianOf(_slices);
    }

    /// <summary>Computes the figures, over all rounds or over those that count.</summary>
    public void Finish(bool two, int[]? counted = null)
    {
        if (counted is not null)
        {
            _alone = [.. counted.Select(round => _alone[round])];
            _both = [.. counted.Select(round => _both[round])];
        }
        (MinNs, Ns, MaxNs) = OrderOf(_alone);
        if (two) { (MinNsOfTwo, NsOfTwo, MaxNsOfTwo) = OrderOf(_both); }
    }

    private static (double Least, double Median, double Greatest) OrderOf(double[] rounds)
    {
        double[] sorted = [.. rounds];
        double median = MedianOf(sorted);
        return (sorted[0], median, sorted[^1]);
    }

    // The times are sorted in place.
    private static double MedianOf(double[] times)
    {
        Array.Sort(times);
        return times[times.Length / 2];
    }

    private double Alone(Side side, int operations, bool measured = false)
    {
        Call(side.Before, operations);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        int collections = GC.CollectionCount(0);
        long start = _clock.GetTimestamp();
        Opaque.Call(side.Loop, operations);
        long ticks = _clock.GetTimestamp() - start;
        if (measured) { Account(GC.GetAllocatedBytesForCurrentThread() - allocated, collections); }
        Call(side.After, operations);
        return NsOf(ticks, operations);
    }

    private double Together(Partner partner, int operations, bool measured = false)
    {
        Unmeasured(partner, one.Before, two.Before, operations);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        int collections = GC.CollectionCount(0);
        double ticks = partner.RunBoth(one.Loop, two.Loop, operations);
        if (measured) { Account(GC.GetAllocatedBytesForCurrentThread() - allocated + partner.AllocatedBytes, collections); }
        Unmeasured(partner, one.After, two.After, operations);
        return NsOf(ticks, operations);
    }

    // On the thread that it is for: what it touches belongs into that core's cache.
    private static void Unmeasured(Partner partner, Action<int>? mine, Action<int>? theirs, int operations)
    {
        if (mine is not null && theirs is not null) { partner.RunBoth(mine, theirs, operations); }
        else { Call(mine, operations); }
    }

    private static void Call(Action<int>? loop, int operations)
    {
        if (loop is not null) { Opaque.Call(loop, operations); }
    }

    private void Account(long bytes, int collectionsBefore)
    {
        AllocatedBytes += bytes;
        Collections += GC.CollectionCount(0) - collectionsBefore;
    }

    private double NsOf(double ticks, int operations) => ticks * 1e9 / _clock.TimestampFrequency / operations;
}
