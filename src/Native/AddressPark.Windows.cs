using System.Runtime.InteropServices;

namespace MemCore.Native;

internal static unsafe partial class AddressPark
{
    /// <summary>WaitOnAddress and its wakes.</summary>
    internal static partial class Windows
    {
        private const string Library = "api-ms-win-core-synch-l1-2-0";
        private const int ErrorTimeout = 1460;
        private const uint Infinite = uint.MaxValue;

        public static ParkResult Wait(int* address, int expected, int timeoutMs)
        {
            if (Volatile.Read(ref *address) != expected) { return ParkResult.ValueChanged; }

            // The call compares again itself; a change after the read above comes back as an early wake.
            if (WaitOnAddress(address, &expected, sizeof(int), timeoutMs < 0 ? Infinite : (uint)timeoutMs) != 0) { return ParkResult.Woken; }

            int error = Marshal.GetLastPInvokeError();
            return error == ErrorTimeout
                ? ParkResult.TimedOut
                : throw new InvalidOperationException($"WaitOnAddress at 0x{(nint)address:x}: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        public static void WakeOne(int* address) => WakeByAddressSingle(address);

        public static void WakeAll(int* address) => WakeByAddressAll(address);

        [LibraryImport(Library, SetLastError = true)]
        private static partial int WaitOnAddress(void* address, void* compareAddress, nuint bytes, uint milliseconds);

        [LibraryImport(Library)]
        private static partial void WakeByAddressSingle(void* address);

        [LibraryImport(Library)]
        private static partial void WakeByAddressAll(void* address);
    }
}
