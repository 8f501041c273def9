using MemCore.Perf.Measuring;

namespace MemCore.Perf.Peers;

/// <summary>The live kernel's page operations on a region of this process, page by page or as one call; ns are of a page.</summary>
internal sealed unsafe class KernelPages : IDisposable
{
    private const int PageBytes = PagedRig.PageBytes;

    // What an ordinary process may lock is 8 MiB at most, often less.
    private const int Pages = 1024;

    private readonly nint _region = Libc.Map(0, (nint)Pages * PageBytes, Libc.ProtReadWrite, Libc.MapPrivateAnonymous, -1, 0);

    public KernelPages() => _ = Libc.Advise(_region, (nint)Pages * PageBytes, Libc.MadviseNoHugePage);

    /// <summary>Pages of a slice.</summary>
    public static int Slice => 128;

    /// <summary>First touches.</summary>
    public Side Fault => new(Touch, Drop);

    public Side MemoryLock => new(n => _ = Libc.Lock(_region, (nint)n * PageBytes), Fill, n => _ = Libc.Unlock(_region, (nint)n * PageBytes));

    public Side MemoryUnlock => new(n => _ = Libc.Unlock(_region, (nint)n * PageBytes), FillAndLock);

    /// <summary>Null: pages may be locked. Otherwise why not.</summary>
    public string? WhyNoLock()
    {
        Touch(Pages);
        bool locked = Libc.Lock(_region, (nint)Pages * PageBytes) == 0;
        _ = Libc.Unlock(_region, (nint)Pages * PageBytes);
        return locked ? null : "not permitted: this process may not lock 4 MiB";
    }

    public void Dispose() => _ = Libc.Unmap(_region, (nint)Pages * PageBytes);

    private void Touch(int n)
    {
        for (int i = 0; i < n; i++) { *(long*)(_region + ((nint)i * PageBytes)) = i; }
    }

    private void Drop(int n) => _ = Libc.Advise(_region, (nint)Pages * PageBytes, Libc.MadviseDontNeed);

    private void Fill(int n) => Touch(Pages);

    private void FillAndLock(int n)
    {
        Touch(Pages);
        _ = Libc.Lock(_region, (nint)n * PageBytes);
    }
}
