using System.Runtime.InteropServices;

namespace MemCore.Native;

internal static partial class VirtualMemory
{
    /// <summary>The C heap: reserving is committing, and memory that is not there shows at the reservation.</summary>
    internal static unsafe class Portable
    {
        public static bool TryReserve(long bytes, long alignment, out MemoryRegion region, out string reason)
        {
            (region, reason) = (default, "");
            long reserved = bytes + alignment;
            try
            {
                nint start = (nint)NativeMemory.AllocZeroed((nuint)reserved);
                region = new MemoryRegion((nint)RoundUp(start, alignment), bytes, start, reserved);
                return true;
            }
            catch (OutOfMemoryException)
            {
                reason = $"allocation of {reserved} bytes: out of memory";
                return false;
            }
        }

        public static bool TryCommit(out string reason)
        {
            reason = "";
            return true;
        }

        public static void Release(in MemoryRegion region) => NativeMemory.Free((void*)region.ReservationAddress);
    }
}
