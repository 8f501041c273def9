using System.Runtime.InteropServices;

namespace MemCore.Perf.Peers;

/// <summary>A spin lock without owner tracking, on a line of its own.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct PaddedSpinLock
{
    [FieldOffset(128)]
    public SpinLock Lock = new(enableThreadOwnerTracking: false);

    public PaddedSpinLock()
    {
    }
}
