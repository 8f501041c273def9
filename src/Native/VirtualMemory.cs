using System.Numerics;

namespace MemCore.Native;

/// <summary>Address space first, memory later: reserve a range, commit parts of it, release the whole.</summary>
/// <remarks>
/// Every refusal is a result with one line; nothing here throws for lack of memory. Committed memory reads as zero until written. Any thread;
/// calls on one region are the owner's to order.
/// </remarks>
internal static partial class VirtualMemory
{
    /// <summary>What huge pages want: alignment and size in multiples of this (x64, and arm64 with 4 KiB pages).</summary>
    public const long HugePageBytes = 2L << 20;

    public static long PageBytes => Environment.SystemPageSize;

    /// <summary>Takes addresses without memory behind them; an access before <see cref="TryCommit"/> faults.</summary>
    /// <param name="bytes">Rounded up to whole pages.</param>
    /// <param name="alignment">A power of two; below a page means a page.</param>
    /// <param name="region">Empty on false.</param>
    /// <param name="reason">One line on false.</param>
    public static bool TryReserve(long bytes, long alignment, out MemoryRegion region, out string reason)
    {
        region = default;
        if (!TryRound(bytes, alignment, out long whole, out long aligned, out reason)) { return false; }
        if (OperatingSystem.IsLinux()) { return Linux.TryReserve(whole, aligned, out region, out reason); }
        if (OperatingSystem.IsWindows()) { return Windows.TryReserve(whole, aligned, out region, out reason); }
        return Portable.TryReserve(whole, aligned, out region, out reason);
    }

    /// <summary>Makes a part readable and writable. The OS may count it against its limit here, or find it missing at the first touch.</summary>
    /// <param name="region">From <see cref="TryReserve"/>.</param>
    /// <param name="offset">Whole pages.</param>
    /// <param name="bytes">Rounded up to whole pages.</param>
    /// <param name="reason">One line on false.</param>
    public static bool TryCommit(in MemoryRegion region, long offset, long bytes, out string reason)
    {
        if (!TryPart(region, offset, bytes, out nint address, out long whole, out reason)) { return false; }
        if (OperatingSystem.IsLinux()) { return Linux.TryCommit(address, whole, out reason); }
        if (OperatingSystem.IsWindows()) { return Windows.TryCommit(address, whole, out reason); }
        return Portable.TryCommit(out reason);
    }

    /// <summary>Asks for huge pages in the region, best effort: true says that the OS took the hint, not that it will follow it.</summary>
    public static bool TryHugePages(in MemoryRegion region, out string reason)
    {
        if (OperatingSystem.IsLinux() && !region.IsEmpty) { return Linux.TryHugePages(region.Address, region.Bytes, out reason); }
        reason = "no huge-page hint on this OS";
        return false;
    }

    /// <summary>Puts memory behind committed pages now, so that later touches do not fault. Contents stay.</summary>
    /// <remarks>Under a memory limit that is too small the OS may end the process instead: compare with <see cref="AvailableMemory"/> first.</remarks>
    public static bool TryPrefault(in MemoryRegion region, long offset, long bytes, out string reason)
    {
        if (!TryPart(region, offset, bytes, out nint address, out long whole, out reason)) { return false; }
        if (OperatingSystem.IsLinux()) { return Linux.TryPrefault(address, whole, out reason); }
        Touch(address, whole);
        return true;
    }

    /// <summary>Gives everything back and empties the caller's copy. Any later access to the addresses is an error of the caller's.</summary>
    public static void Release(ref MemoryRegion region)
    {
        if (region.IsEmpty) { return; }
        if (OperatingSystem.IsLinux()) { Linux.Release(region); }
        else if (OperatingSystem.IsWindows()) { Windows.Release(region); }
        else { Portable.Release(region); }
        region = default;
    }

    /// <summary>Bytes that this process can still take without hurting: see <see cref="AvailableMemory"/>.</summary>
    public static long AvailableMemoryBytes() => AvailableMemory.Read().Bytes;

    private static bool TryRound(long bytes, long alignment, out long whole, out long aligned, out string reason)
    {
        (whole, aligned, reason) = (0, 0, "");
        if (bytes <= 0) { reason = $"{bytes} bytes is no size"; }
        else if (alignment <= 0 || !BitOperations.IsPow2(alignment)) { reason = $"alignment {alignment} is not a power of two"; }
        else if (bytes > long.MaxValue / 4 || alignment > long.MaxValue / 4) { reason = $"{bytes} bytes is more than any address space"; }
        else
        {
            aligned = Math.Max(alignment, PageBytes);
            whole = RoundUp(bytes, PageBytes);
        }
        return reason.Length == 0;
    }

    private static bool TryPart(in MemoryRegion region, long offset, long bytes, out nint address, out long whole, out string reason)
    {
        (address, whole, reason) = (0, 0, "");
        if (offset < 0 || bytes <= 0 || offset > region.Bytes || bytes > region.Bytes - offset)
        {
            reason = $"bytes {offset}+{bytes} are outside the region of {region.Bytes}";
        }
        else if (offset % PageBytes != 0) { reason = $"offset {offset} is not a multiple of the page size {PageBytes}"; }
        else
        {
            address = region.Address + (nint)offset;
            whole = RoundUp(bytes, PageBytes);
        }
        return reason.Length == 0;
    }

    // An atomic add of zero: takes the write fault without changing what another thread may be writing.
    private static unsafe void Touch(nint address, long bytes)
    {
        for (long at = 0; at < bytes; at += PageBytes) { Interlocked.Add(ref *(int*)(address + (nint)at), 0); }
    }

    private static long RoundUp(long value, long unit) => (value + unit - 1) & -unit;
}
