using System.Runtime.InteropServices;

namespace MemCore.Native;

internal static partial class VirtualMemory
{
    /// <summary>VirtualAlloc. An aligned region keeps its slack reserved: a reservation cannot be trimmed.</summary>
    internal static partial class Windows
    {
        private const uint MemCommit = 0x1000;
        private const uint MemReserve = 0x2000;
        private const uint MemRelease = 0x8000;
        private const uint PageNoAccess = 0x01;
        private const uint PageReadWrite = 0x04;

        public static bool TryReserve(long bytes, long alignment, out MemoryRegion region, out string reason)
        {
            (region, reason) = (default, "");
            long reserved = bytes + alignment;
            nint start = VirtualAlloc(0, (nuint)reserved, MemReserve, PageNoAccess);
            if (start == 0)
            {
                reason = Failure("reserve", reserved);
                return false;
            }
            region = new MemoryRegion((nint)RoundUp(start, alignment), bytes, start, reserved);
            return true;
        }

        public static bool TryCommit(nint address, long bytes, out string reason)
        {
            bool committed = VirtualAlloc(address, (nuint)bytes, MemCommit, PageReadWrite) != 0;
            reason = committed ? "" : Failure("commit", bytes);
            return committed;
        }

        // Cannot fail for a reservation of ours.
        public static void Release(in MemoryRegion region) => VirtualFree(region.ReservationAddress, 0, MemRelease);

        private static string Failure(string what, long bytes) =>
            $"VirtualAlloc to {what} {bytes} bytes: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}";

        [LibraryImport("kernel32", SetLastError = true)]
        private static partial nint VirtualAlloc(nint address, nuint bytes, uint type, uint protection);

        [LibraryImport("kernel32")]
        private static partial int VirtualFree(nint address, nuint bytes, uint type);
    }
}
