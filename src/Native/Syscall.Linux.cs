using System.Runtime.InteropServices;

namespace MemCore.Native;

/// <summary>Linux calls that the C library does not wrap, by number. The numbers differ per architecture.</summary>
/// <remarks>
/// <c>syscall</c> is variadic in C; on the two architectures named here its integer arguments travel as those of a plain function.
/// </remarks>
internal static unsafe partial class Syscall
{
    /// <summary>False: the numbers of this architecture are not known here; the portable forms serve.</summary>
    public static readonly bool IsKnown = OperatingSystem.IsLinux()
        && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    private static readonly nint s_futex = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 202 : 98;
    private static readonly nint s_membarrier = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 324 : 283;

    /// <summary>Sleeps; -1 with errno in <see cref="Marshal.GetLastPInvokeError"/>.</summary>
    public static nint FutexWait(int* address, int operation, int expected, Timespec* timeout) =>
        CallBlocking(s_futex, (nint)address, operation, expected, (nint)timeout, 0, 0);

    public static nint FutexWake(int* address, int operation, int waitersMax) =>
        Call(s_futex, (nint)address, operation, waitersMax, 0, 0, 0);

    public static nint Membarrier(int command) => Call(s_membarrier, command, 0, 0, 0, 0, 0);

    // Never with SuppressGCTransition: a sleeper in cooperative mode would hold up every collection.
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint CallBlocking(nint number, nint a, nint b, nint c, nint d, nint e, nint f);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Call(nint number, nint a, nint b, nint c, nint d, nint e, nint f);

    [StructLayout(LayoutKind.Sequential)]
    internal struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
