namespace MemCore.Native;

/// <summary>Ties the calling OS thread to one CPU. A refusal leaves the thread as it was: run on unpinned and say so.</summary>
/// <remarks>
/// For threads of their own only: a pinned pool thread would go back to the pool pinned. Pinning the main thread also narrows threads that the
/// runtime starts later, since it gives them the main thread's CPUs.
/// </remarks>
internal static partial class ThreadPinning
{
    /// <summary>On success the thread already runs on <paramref name="cpu"/>. CPU numbers are those of <see cref="CpuTopology"/>.</summary>
    public static PinResult TryPin(int cpu)
    {
        if (cpu is < 0 or > CpuList.NumberMax) { return PinResult.Refused($"CPU {cpu} is not a number from 0 to {CpuList.NumberMax}"); }
        if (OperatingSystem.IsLinux()) { return TryPinLinux(cpu); }
        if (OperatingSystem.IsWindows()) { return TryPinWindows(cpu); }
        return PinResult.Refused("this OS offers no thread affinity");
    }

    /// <summary>Gives the calling thread back every CPU that it had before it was pinned (Linux: all that the process was started with).</summary>
    /// <param name="reason">One line on false; the thread then stays as it was.</param>
    public static bool TryRestore(out string reason)
    {
        if (OperatingSystem.IsLinux()) { return TryRestoreLinux(out reason); }
        if (OperatingSystem.IsWindows()) { return TryRestoreWindows(out reason); }
        reason = "this OS offers no thread affinity";
        return false;
    }
}
