using System.Runtime.InteropServices;

namespace MemCore.Perf.Measuring;

/// <summary>Two threads that wake each other and sleep, by bare futex calls: what a parked wake costs at least.</summary>
/// <remarks>An operation is one way: from the store before the wake to the sleeper's return.</remarks>
internal sealed unsafe class FutexHandOff : IDisposable
{
    private byte* _words = (byte*)NativeMemory.AlignedAlloc(2 * PingPong.LineBytes, PingPong.LineBytes);

    public FutexHandOff() => NativeMemory.Clear(_words, 2 * PingPong.LineBytes);

    public Side One => new(n =>
    {
        for (int i = 0; i < n; i += 2)
        {
            Post(Word(1));
            Await(Word(0));
        }
    });

    public Side Two => new(n =>
    {
        for (int i = 0; i < n; i += 2)
        {
            Await(Word(1));
            Post(Word(0));
        }
    });

    public void Dispose()
    {
        NativeMemory.AlignedFree(_words);
        _words = null;
    }

    private static void Post(int* word)
    {
        Volatile.Write(ref *word, 1);
        Libc.FutexWake(word);
    }

    private static void Await(int* word)
    {
        while (Volatile.Read(ref *word) == 0) { Libc.FutexWait(word, 0); }
        Volatile.Write(ref *word, 0);
    }

    private int* Word(int thread) => (int*)(_words + (thread * PingPong.LineBytes));
}
