using MemCore.Native;

namespace MemCore.Primitives;

/// <summary>Reserved address space that is committed from its start upwards, and given back as a whole.</summary>
internal sealed class NativeRegion : IDisposable
{
    private MemoryRegion _region;
    private long _committed;

    /// <exception cref="InsufficientMemoryException">The OS does not give the address space; the message says why.</exception>
    public NativeRegion(long bytes, string what, bool hugePages)
    {
        if (!VirtualMemory.TryReserve(bytes, VirtualMemory.HugePageBytes, out _region, out string reason))
        {
            throw new InsufficientMemoryException($"cannot reserve {bytes >> 20} MiB for {what}: {reason}");
        }
        if (hugePages) { VirtualMemory.TryHugePages(_region, out _); }
    }

    public nint Address => _region.Address;

    public long Bytes => _region.Bytes;

    /// <summary>Makes everything below <paramref name="end"/> readable and writable; fresh memory is zero. Set-up only.</summary>
    /// <exception cref="InsufficientMemoryException">More than was reserved, or more than the OS gives.</exception>
    public void CommitUpTo(long end, string what)
    {
        if (end <= _committed) { return; }
        long page = VirtualMemory.PageBytes;
        long target = Math.Min((end + page - 1) / page * page, _region.Bytes);
        string reason = "the reservation is smaller";
        if (end > _region.Bytes || !VirtualMemory.TryCommit(_region, _committed, target - _committed, out reason))
        {
            throw new InsufficientMemoryException($"cannot commit {what} ({(end - _committed) >> 20} MiB): {reason}");
        }
        _committed = target;
    }

    public void Dispose() => VirtualMemory.Release(ref _region);
}
