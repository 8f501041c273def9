using System.Runtime.InteropServices;

namespace MemCore.Perf;

/// <summary>Words on lines that nobody else touches: what the anchors work on.</summary>
internal sealed unsafe class OwnedWords : IDisposable
{
    // A line of its own each, with the neighbour that a prefetcher pairs it with.
    private const int StrideBytes = 128;
    private const int Words = 4;

    private byte* _base = (byte*)NativeMemory.AlignedAlloc(Words * StrideBytes, StrideBytes);

    public OwnedWords() => NativeMemory.Clear(_base, Words * StrideBytes);

    public ref int Rmw => ref *(int*)_base;

    public ref uint Flags => ref *(uint*)(_base + StrideBytes);

    public ref int Count => ref *(int*)(_base + (2 * StrideBytes));

    public ref int Lock => ref *(int*)(_base + (3 * StrideBytes));

    /// <summary>The unit of all costs: a load and a compare-exchange, so many times.</summary>
    public void RawRmw(int n)
    {
        ref int word = ref Rmw;
        for (int i = 0; i < n; i++)
        {
            int seen = Volatile.Read(ref word);
            Interlocked.CompareExchange(ref word, seen + 1, seen);
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_base);
        _base = null;
    }
}
