using System.Runtime.InteropServices;

namespace MemCore.Native;

internal static unsafe partial class AddressPark
{
    /// <summary>Private futexes: no other process shares the arena, so the kernel looks the waiter up without the mapping's lock.</summary>
    internal static class Linux
    {
        private const int FutexWaitPrivate = 0 | PrivateFlag;
        private const int FutexWakePrivate = 1 | PrivateFlag;
        private const int PrivateFlag = 128;

        public static ParkResult Wait(int* address, int expected, int timeoutMs)
        {
            Syscall.Timespec relative;
            Syscall.Timespec* timeout = null;
            if (timeoutMs >= 0)
            {
                relative.Seconds = timeoutMs / 1000;
                relative.Nanoseconds = timeoutMs % 1000 * 1_000_000L;
                timeout = &relative;
            }
            if (Syscall.FutexWait(address, FutexWaitPrivate, expected, timeout) == 0) { return ParkResult.Woken; }

            return Marshal.GetLastPInvokeError() switch
            {
                Errno.EAGAIN => ParkResult.ValueChanged,
                Errno.ETIMEDOUT => ParkResult.TimedOut,
                Errno.EINTR => ParkResult.Woken,
                int errno => throw new InvalidOperationException($"futex wait at 0x{(nint)address:x}: {Errno.Describe(errno)}"),
            };
        }

        public static void Wake(int* address, int waitersMax) => Syscall.FutexWake(address, FutexWakePrivate, waitersMax);
    }
}
