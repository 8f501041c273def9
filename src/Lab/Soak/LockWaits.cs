using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Lab.Soak;

/// <summary>A folio that tasks waited for: for how long all together, by estimate, and how many wait now.</summary>
internal sealed record LockWaitEntry(Pfn Pfn, int Bucket, double WaitedSeconds, int WaitingNow);

/// <summary>Which folios are waited for the longest, by looking every now and then at who waits for what.</summary>
/// <remarks>
/// A sampling profile: each task that is seen to wait adds the time since the last look to its folio. Lockers pay nothing for it.
/// The table has a fixed size; a folio that does not fit replaces the one with the least. Looks come from one thread, readers from any.
/// </remarks>
internal sealed class LockWaits(WaitTable waiters, int tasks)
{
    private const int Room = 64;

    private readonly Lock _gate = new();
    private readonly int[] _pfns = new int[Room];
    private readonly double[] _seconds = new double[Room];
    private readonly int[] _now = new int[Room];
    private int _used;

    /// <summary>One look; <paramref name="seconds"/> since the last one.</summary>
    public void Look(double seconds)
    {
        lock (_gate)
        {
            Array.Clear(_now);
            for (int task = 0; task < tasks; task++)
            {
                WaitReport wait = waiters.WaitsFor(new TaskId(task));
                if (wait.IsWaiting) { Note(wait.Pfn.Value, seconds); }
            }
        }
    }

    /// <summary>Those with the longest waits, the longest first.</summary>
    public IReadOnlyList<LockWaitEntry> Top(int most)
    {
        lock (_gate)
        {
            return
            [
                .. Enumerable.Range(0, _used).OrderByDescending(i => _seconds[i]).Take(most)
                    .Select(i => new LockWaitEntry(new Pfn(_pfns[i]), waiters.BucketOf(new Pfn(_pfns[i])), _seconds[i], _now[i])),
            ];
        }
    }

    private void Note(int pfn, double seconds)
    {
        int row = Array.IndexOf(_pfns, pfn, 0, _used);
        if (row < 0)
        {
            row = _used < Room ? _used++ : Least();
            (_pfns[row], _seconds[row], _now[row]) = (pfn, 0, 0);
        }
        _seconds[row] += seconds;
        _now[row]++;
    }

    private int Least()
    {
        int least = 0;
        for (int i = 1; i < Room; i++)
        {
            if (_seconds[i] < _seconds[least]) { least = i; }
        }
        return least;
    }
}
