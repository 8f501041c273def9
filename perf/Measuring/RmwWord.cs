using System.Runtime.InteropServices;

namespace MemCore.Perf.Measuring;

/// <summary>The raw read-modify-write, on a line of its own.</summary>
internal sealed unsafe class RmwWord : IDisposable
{
    private int* _word = (int*)NativeMemory.AlignedAlloc(PingPong.LineBytes, PingPong.LineBytes);

    public RmwWord() => *_word = 0;

    public void Loop(int n)
    {
        ref int word = ref *_word;
        for (int i = 0; i < n; i++)
        {
            int seen = Volatile.Read(ref word);
            Interlocked.CompareExchange(ref word, seen + 1, seen);
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_word);
        _word = null;
    }
}
