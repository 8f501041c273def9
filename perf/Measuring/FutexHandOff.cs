using System.Runtime.InteropServices;

namespace MemCore.Perf.Measuring;

/// <summary>Two threads that wake each other by bare futex calls: what the wake of a sleeper costs at least.</summary>
internal sealed unsafe class FutexHandOff : IDisposable
{
    private byte* _words = (byte*)NativeMemory.AlignedAlloc(2 * PingPong.LineBytes, PingPong.LineBytes);

    public FutexHandOff() => NativeMemory.Clear(_words, 2 * PingPong.LineBytes);

    public WakeTimes NewTimes() => new(_ => Post(Word(1)), _ => Await(Word(0)), _ => Post(Word(0)), _ => Await(Word(1)));

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
