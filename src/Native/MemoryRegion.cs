namespace MemCore.Native;

/// <summary>A range of addresses from <see cref="VirtualMemory.TryReserve"/>. A plain value: whoever holds the last copy releases it, once.</summary>
/// <param name="Address">Aligned as asked.</param>
/// <param name="Bytes">As asked, rounded up to whole pages.</param>
/// <param name="ReservationAddress">Where the OS's own reservation begins; at or before <paramref name="Address"/>.</param>
/// <param name="ReservationBytes">What is given back.</param>
internal readonly record struct MemoryRegion(nint Address, long Bytes, nint ReservationAddress, long ReservationBytes)
{
    /// <summary>No memory; releasing it does nothing.</summary>
    public bool IsEmpty => Bytes == 0;
}
