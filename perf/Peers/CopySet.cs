using System.Runtime.InteropServices;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Peers;

/// <summary>Copies of 4 KiB within a set of a given size: what memory of one locality gives.</summary>
/// <remarks>From a page at random to a page at random; one set a thread.</remarks>
internal sealed unsafe class CopySet : IDisposable
{
    private const int PageBytes = PagedRig.PageBytes;

    private readonly int[] _from;
    private readonly int[] _to;
    private byte* _base;
    private int _next;

    public CopySet(long bytes, ulong seed)
    {
        int pages = Math.Max(2, (int)(bytes / PageBytes));
        _base = (byte*)NativeMemory.AlignedAlloc((nuint)pages * PageBytes, 1 << 21);
        if (Libc.IsThere) { _ = Libc.Advise((nint)_base, (nint)pages * PageBytes, Libc.MadviseHugePage); }
        NativeMemory.Fill(_base, (nuint)pages * PageBytes, 1);
        int[] order = new XorShift(seed).Shuffled(pages);
        _from = order[..(pages / 2)];
        _to = order[(pages / 2)..];
    }

    public void Copy(int n)
    {
        for (int i = 0; i < n; i++)
        {
            if (++_next >= _from.Length) { _next = 0; }
            Buffer.MemoryCopy(At(_from[_next]), At(_to[_next]), PageBytes, PageBytes);
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_base);
        _base = null;
    }

    private byte* At(int page) => _base + ((long)page * PageBytes);
}
