namespace MemCore.Native;

/// <summary>A full fence on every thread of the process at once, so that the other side of a rare/frequent pair needs none.</summary>
/// <remarks>Costs microseconds and interrupts every CPU that runs the process. Any thread.</remarks>
internal static partial class ProcessBarrier
{
    // Registers on first use; the kernel then reaches only CPUs that run this process.
    private static readonly bool s_expedited = TryRegister();

    /// <summary>True: the kernel's expedited barrier; false: the runtime's own process-wide barrier.</summary>
    public static bool IsExpedited => s_expedited;

    /// <summary>On return, every thread has passed a full fence since the call began.</summary>
    public static void FullFence()
    {
        if (!s_expedited || !TryExpedited()) { Interlocked.MemoryBarrierProcessWide(); }
    }

    private static bool TryRegister() => OperatingSystem.IsLinux() && Syscall.IsKnown && TryRegisterLinux();

    private static bool TryExpedited() => OperatingSystem.IsLinux() && TryExpeditedLinux();
}
