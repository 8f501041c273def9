namespace MemCore.Native;

/// <summary>Memory that this process can still take before the machine or its container is short, and what sets that limit.</summary>
/// <param name="Bytes">Zero or more. A moment's value: others allocate too.</param>
/// <param name="LimitedBy">Where the number comes from, for a report: <c>MemAvailable</c>, a cgroup and its file, or the runtime.</param>
internal readonly record struct AvailableMemory(long Bytes, string LimitedBy)
{
    /// <summary>The smallest of the machine's available memory and what each cgroup above this process has left.</summary>
    public static AvailableMemory Read()
    {
        if (OperatingSystem.IsLinux() && LinuxMemory.TryRead("/proc", "/sys/fs/cgroup", out AvailableMemory linux)) { return linux; }

        // The runtime asks the OS itself (Windows: physical memory and the job's limit).
        GCMemoryInfo info = GC.GetGCMemoryInfo();
        return new AvailableMemory(Math.Max(0, info.TotalAvailableMemoryBytes - info.MemoryLoadBytes), "runtime");
    }
}
