using MemCore.Primitives;

namespace MemCore.Perf.Growth;

/// <summary>As many words as there are frames, and nothing else: what it costs to touch one of them somewhere in the set.</summary>
/// <remarks>Memory as the engine's own, huge pages included. <paramref name="wide"/>: each word on a line of its own, otherwise packed.</remarks>
internal sealed class WordSet(int words, bool wide) : IDisposable
{
    private const int WordsPerLine = Arena.LineBytes / sizeof(int);
    private const int HugePagesFrom = 1 << 18;

    private readonly NativeRegion _region = Reserve((long)words * (wide ? Arena.LineBytes : sizeof(int)), words >= HugePagesFrom);
    private readonly int _stride = wide ? WordsPerLine : 1;
    private readonly uint _mask = (uint)words - 1;
    private ulong _random = 88172645463325252;

    /// <summary>Load and compare-exchange of a word by chance, the next address independent of what was found. The number of words is a power of two.</summary>
    public unsafe void RandomRmw(int n)
    {
        int* words = (int*)_region.Address;
        ulong random = _random;
        for (int i = 0; i < n; i++)
        {
            random = Step(random);
            ref int word = ref words[(long)((uint)(random >> 20) & _mask) * _stride];
            int seen = Volatile.Read(ref word);
            Interlocked.CompareExchange(ref word, seen + 1, seen);
        }
        _random = random;
    }

    public static ulong Step(ulong random)
    {
        random ^= random << 13;
        random ^= random >> 7;
        return random ^ (random << 17);
    }

    public void Dispose() => _region.Dispose();

    private static unsafe NativeRegion Reserve(long bytes, bool huge)
    {
        NativeRegion region = new(bytes, "an anchor's words", huge);
        region.CommitUpTo(bytes, "an anchor's words");
        for (long at = 0; at < bytes; at += 4096) { ((byte*)region.Address)[at] = 0; }
        return region;
    }
}
