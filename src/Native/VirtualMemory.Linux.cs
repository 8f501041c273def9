using System.Runtime.InteropServices;

namespace MemCore.Native;

internal static partial class VirtualMemory
{
    /// <summary>Private anonymous mappings.</summary>
    internal static partial class Linux
    {
        private const int ProtNone = 0;
        private const int ProtReadWrite = 1 | 2;
        private const int MapPrivateAnonymous = 0x02 | 0x20;
        private const int AdviceHugePage = 14;
        private const int AdvicePopulateWrite = 23;
        private const nint MapFailed = -1;

        /// <remarks>
        /// Not MAP_NORESERVE: inaccessible pages are not counted anyway, and without it the commit is, so too much is refused there with ENOMEM
        /// instead of by the OOM killer at the first touch.
        /// </remarks>
        public static bool TryReserve(long bytes, long alignment, out MemoryRegion region, out string reason)
        {
            (region, reason) = (default, "");
            long slack = alignment > PageBytes ? alignment : 0;
            nint start = MMap(0, (nuint)(bytes + slack), ProtNone, MapPrivateAnonymous, -1, 0);
            if (start == MapFailed)
            {
                reason = $"mmap of {bytes + slack} bytes: {Errno.Describe(Marshal.GetLastPInvokeError())}";
                return false;
            }
            nint address = (nint)RoundUp(start, alignment);
            Trim(start, address - start);
            Trim(address + (nint)bytes, start + (nint)(bytes + slack) - (address + (nint)bytes));
            region = new MemoryRegion(address, bytes, address, bytes);
            return true;
        }

        public static bool TryCommit(nint address, long bytes, out string reason) =>
            Succeeded(MProtect(address, (nuint)bytes, ProtReadWrite), "mprotect", bytes, out reason);

        public static bool TryHugePages(nint address, long bytes, out string reason) =>
            Succeeded(MAdvise(address, (nuint)bytes, AdviceHugePage), "madvise(MADV_HUGEPAGE)", bytes, out reason);

        public static bool TryPrefault(nint address, long bytes, out string reason)
        {
            if (Succeeded(MAdvise(address, (nuint)bytes, AdvicePopulateWrite), "madvise(MADV_POPULATE_WRITE)", bytes, out reason)) { return true; }
            if (Marshal.GetLastPInvokeError() != Errno.EINVAL) { return false; }

            // EINVAL: a kernel before 5.14.
            Touch(address, bytes);
            reason = "";
            return true;
        }

        // Cannot fail for a whole mapping of ours.
        public static void Release(in MemoryRegion region) => MUnmap(region.ReservationAddress, (nuint)region.ReservationBytes);

        private static void Trim(nint address, nint bytes)
        {
            // A refusal (too many mappings) leaves unused addresses behind, no memory.
            if (bytes > 0) { MUnmap(address, (nuint)bytes); }
        }

        private static bool Succeeded(int result, string call, long bytes, out string reason)
        {
            reason = result == 0 ? "" : $"{call} of {bytes} bytes: {Errno.Describe(Marshal.GetLastPInvokeError())}";
            return result == 0;
        }

        [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
        private static partial nint MMap(nint address, nuint bytes, int protection, int flags, int file, nint offset);

        [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
        private static partial int MProtect(nint address, nuint bytes, int protection);

        [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
        private static partial int MAdvise(nint address, nuint bytes, int advice);

        [LibraryImport("libc", EntryPoint = "munmap")]
        private static partial int MUnmap(nint address, nuint bytes);
    }
}
