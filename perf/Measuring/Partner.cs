using System.Diagnostics;
using MemCore.Native;

namespace MemCore.Perf.Measuring;

/// <summary>A second thread, pinned to a CPU of its own, that runs a loop whenever the first one does.</summary>
/// <remarks>Between loops it spins, so that its core stays awake; nothing is allocated on either side.</remarks>
internal sealed class Partner : IDisposable
{
    private readonly Thread _thread;
    private Action<int>? _loop;
    private int _count;
    private int _asked; // rises with each loop; −1 ends the thread
    private int _ready;
    private int _done;
    private long _ticks;
    private long _allocatedBytes;

    public Partner(int cpu)
    {
        _thread = new Thread(() => Serve(cpu)) { IsBackground = true, Name = "partner" };
        _thread.Start();
        while (Volatile.Read(ref _ready) == 0) { Thread.Yield(); }
    }

    /// <summary>True when the thread sits on its CPU.</summary>
    public bool Pinned { get; private set; }

    /// <summary>Managed bytes that the partner's last loop allocated.</summary>
    public long AllocatedBytes => _allocatedBytes;

    /// <summary>Runs both loops at the same time. The mean of the two times, in ticks of the stopwatch.</summary>
    public double RunBoth(Action<int> mine, Action<int> theirs, int count)
    {
        _loop = theirs;
        _count = count;
        int turn = _asked + 1;
        Volatile.Write(ref _asked, turn);
        while (Volatile.Read(ref _ready) != turn + 1) { Thread.SpinWait(1); }
        long start = Stopwatch.GetTimestamp();
        Opaque.Call(mine, count);
        long ticks = Stopwatch.GetTimestamp() - start;
        while (Volatile.Read(ref _done) != turn) { Thread.SpinWait(1); }
        return (ticks + _ticks) / 2.0;
    }

    public void Dispose()
    {
        Volatile.Write(ref _asked, -1);
        _thread.Join();
    }

    private void Serve(int cpu)
    {
        Pinned = ThreadPinning.TryPin(cpu).IsPinned;
        Volatile.Write(ref _ready, 1);
        for (int turn = 1; ; turn++)
        {
            int asked;
            while ((asked = Volatile.Read(ref _asked)) != turn && asked != -1) { Thread.SpinWait(1); }
            if (asked == -1) { return; }
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            Volatile.Write(ref _ready, turn + 1);
            long start = Stopwatch.GetTimestamp();
            Opaque.Call(_loop!, _count);
            _ticks = Stopwatch.GetTimestamp() - start;
            _allocatedBytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Volatile.Write(ref _done, turn);
        }
    }
}
