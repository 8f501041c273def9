using System.Runtime.InteropServices;

namespace MemCore.Perf.Measuring;

/// <summary>The C library's default mutex, on a line of its own.</summary>
internal sealed unsafe class PthreadMutex : IDisposable
{
    private nint _mutex = (nint)NativeMemory.AlignedAlloc(PingPong.LineBytes, PingPong.LineBytes);

    public PthreadMutex()
    {
        NativeMemory.Clear((void*)_mutex, PingPong.LineBytes);
        _ = Libc.MutexInit(_mutex, 0);
    }

    /// <summary>Lock and unlock. Who finds it taken pays one attempt more than C does, and a transition to native code, before it sleeps.</summary>
    public void Pairs(int n)
    {
        for (int i = 0; i < n; i++)
        {
            if (Libc.MutexTryLock(_mutex) != 0) { _ = Libc.MutexLockBlocking(_mutex); }
            _ = Libc.MutexUnlock(_mutex);
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree((void*)_mutex);
        _mutex = 0;
    }
}
