using System.Runtime.InteropServices;

namespace MemCore.Perf.Measuring;

/// <summary>The C library and the kernel as peers. Linux only; ask <see cref="IsThere"/> first.</summary>
/// <remarks>
/// Calls that return within a microsecond skip the transition of a call to native code, so that what is measured is the callee. A call that may
/// sleep must not: a sleeper would hold up every garbage collection.
/// </remarks>
internal static unsafe partial class Libc
{
    public const int ProtReadWrite = 3;
    public const int MapPrivateAnonymous = 0x22;
    public const int MadviseHugePage = 14;
    public const int MadviseNoHugePage = 15;
    public const int MadviseDontNeed = 4;
    public const nint MapFailed = -1;

    private const int ThreadCpuClock = 3;
    private const int FutexWaitPrivate = 0 | 128;
    private const int FutexWakePrivate = 1 | 128;

    private static readonly nint s_futex = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 202 : 98;

    public static bool IsThere => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>Sleeps if the word still holds the value; may return early.</summary>
    public static void FutexWait(int* word, int value) => SyscallBlocking(s_futex, (nint)word, FutexWaitPrivate, value, 0, 0, 0);

    public static void FutexWake(int* word) => SyscallBlocking(s_futex, (nint)word, FutexWakePrivate, 1, 0, 0, 0);

    /// <summary>CPU time of the calling thread: what it cost, also where others have the CPU meanwhile.</summary>
    public static double ThreadCpuNs()
    {
        long* time = stackalloc long[2];
        return ClockGetTime(ThreadCpuClock, time) == 0 ? (time[0] * 1e9) + time[1] : 0;
    }

    [LibraryImport("libc", EntryPoint = "pthread_mutex_init")]
    public static partial int MutexInit(nint mutex, nint attributes);

    /// <summary>0: the caller owns it now.</summary>
    [LibraryImport("libc", EntryPoint = "pthread_mutex_trylock")]
    [SuppressGCTransition]
    public static partial int MutexTryLock(nint mutex);

    [LibraryImport("libc", EntryPoint = "pthread_mutex_lock")]
    public static partial int MutexLockBlocking(nint mutex);

    [LibraryImport("libc", EntryPoint = "pthread_mutex_unlock")]
    [SuppressGCTransition]
    public static partial int MutexUnlock(nint mutex);

    [LibraryImport("libc", EntryPoint = "mmap")]
    public static partial nint Map(nint address, nint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    public static partial int Unmap(nint address, nint bytes);

    [LibraryImport("libc", EntryPoint = "madvise")]
    public static partial int Advise(nint address, nint bytes, int advice);

    /// <summary>0: the pages are locked in memory.</summary>
    [LibraryImport("libc", EntryPoint = "mlock")]
    public static partial int Lock(nint address, nint bytes);

    [LibraryImport("libc", EntryPoint = "munlock")]
    public static partial int Unlock(nint address, nint bytes);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, long* time);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SyscallBlocking(nint number, nint a, nint b, nint c, nint d, nint e, nint f);
}
