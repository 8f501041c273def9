using System.Diagnostics;

namespace MemCore.Perf.Measuring;

/// <summary>What it takes to wake a sleeper: from just before the waker's call until the sleeper runs again. Two threads wake each other by turns.</summary>
/// <remarks>
/// Between two wakes the waker lets some time pass, so that the other one really sleeps: two threads that answer each other at once never do.
/// Both read the same monotonic clock.
/// </remarks>
internal sealed class WakeTimes(Action<int> giveOne, Action<int> awaitOne, Action<int> giveTwo, Action<int> awaitTwo)
{
    private const int AsleepAfterUs = 60;
    private const int PerSlice = 16;

    private readonly double[] _ns = new double[2 * PerSlice];
    private readonly List<double> _rounds = [];
    private int _turn;
    private long _given;

    /// <summary>Wakes of a slice.</summary>
    public static int Operations => 2 * PerSlice;

    public double Ns => _rounds.Count == 0 ? 0 : _rounds.Order().ElementAt(_rounds.Count / 2);

    public double MinNs => _rounds.DefaultIfEmpty().Min();

    public double MaxNs => _rounds.DefaultIfEmpty().Max();

    public void Forget() => _rounds.Clear();

    /// <summary>One slice; its median is the round's figure.</summary>
    public void Round(Partner partner)
    {
        partner.RunBoth(One, Two, PerSlice);
        _turn += PerSlice;
        Array.Sort(_ns);
        _rounds.Add(_ns[_ns.Length / 2]);
    }

    private void One(int n)
    {
        for (int i = 0; i < n; i++)
        {
            Give(giveOne, _turn + i);
            awaitOne(_turn + i);
            Note(2 * i);
        }
    }

    private void Two(int n)
    {
        for (int i = 0; i < n; i++)
        {
            awaitTwo(_turn + i);
            Note((2 * i) + 1);
            Give(giveTwo, _turn + i);
        }
    }

    private void Give(Action<int> give, int turn)
    {
        long end = Stopwatch.GetTimestamp() + (Stopwatch.Frequency * AsleepAfterUs / 1_000_000);
        long now;
        do { now = Stopwatch.GetTimestamp(); }
        while (now < end);
        Volatile.Write(ref _given, now);
        give(turn);
    }

    private void Note(int wake) => _ns[wake] = (Stopwatch.GetTimestamp() - Volatile.Read(ref _given)) * 1e9 / Stopwatch.Frequency;
}
