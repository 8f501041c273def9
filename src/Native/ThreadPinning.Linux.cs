namespace MemCore.Native;

internal static partial class ThreadPinning
{
    private static PinResult TryPinLinux(int cpu)
    {
        // Before the first change, so that the process's own mask is known for TryRestore.
        ulong[]? processMask = LinuxAffinity.ProcessMask;

        int errno = LinuxAffinity.SetThreadMask(LinuxAffinity.MaskOf(cpu));
        return errno == 0 ? PinResult.Pinned : PinResult.Refused(Explain(cpu, errno, processMask));
    }

    private static bool TryRestoreLinux(out string reason)
    {
        int errno = LinuxAffinity.ProcessMask is { } mask ? LinuxAffinity.SetThreadMask(mask) : Errno.ENOSYS;
        reason = errno == 0 ? "" : $"sched_setaffinity to the process's CPUs: {Errno.Describe(errno)}";
        return errno == 0;
    }

    private static string Explain(int cpu, int errno, ulong[]? processMask)
    {
        string allowed = processMask is null ? "unknown" : CpuList.Format(LinuxAffinity.CpusOf(processMask));
        string because = errno switch
        {
            Errno.EINVAL => $"the CPU is absent, offline or outside the cpuset (allowed: {allowed})",
            Errno.EPERM => "the sandbox forbids it",
            _ => "sched_setaffinity failed",
        };
        return $"CPU {cpu}: {because}, {Errno.Describe(errno)}";
    }
}
