namespace MemCore.Perf.Peers;

/// <summary>The locks of .NET as loops of enter and leave. One instance a thread for a lock of its own, one for both to contend.</summary>
internal sealed class LockPeers
{
    // Objects of two threads side by side would share a line.
    private readonly byte[] _before = new byte[256];
    private readonly object _monitor = new();
    private readonly byte[] _between = new byte[256];
    private readonly Lock _lock = new();
    private readonly byte[] _after = new byte[256];
    private PaddedSpinLock _spin = new();

    public int PaddingBytes => _before.Length + _between.Length + _after.Length;

    public void MonitorPairs(int n)
    {
        for (int i = 0; i < n; i++)
        {
            Monitor.Enter(_monitor);
            Monitor.Exit(_monitor);
        }
    }

    public void LockPairs(int n)
    {
        for (int i = 0; i < n; i++)
        {
            _lock.Enter();
            _lock.Exit();
        }
    }

    public void SpinLockPairs(int n)
    {
        ref SpinLock spin = ref _spin.Lock;
        for (int i = 0; i < n; i++)
        {
            bool taken = false;
            spin.Enter(ref taken);
            spin.Exit(useMemoryBarrier: false);
        }
    }
}
