using System.Globalization;

namespace MemCore.Native;

/// <summary>Available memory from <c>/proc/meminfo</c> and the cgroup files, version 2 and 1, also mounted side by side.</summary>
/// <remarks>
/// A group's usage counts page cache. Inactive file pages are given up before anything is killed, so they are not counted as used; otherwise a
/// container that has only read files would look full.
/// </remarks>
internal static class LinuxMemory
{
    /// <summary>Version 1 writes "no limit" as the largest page-aligned number.</summary>
    private const long NoLimit = 1L << 62;

    private static readonly CgroupFiles s_version2 = new("memory.max", "memory.current", "inactive_file");
    private static readonly CgroupFiles s_version1 = new("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");

    /// <summary>False: <c>meminfo</c> is unreadable or has none of the lines needed. Unreadable cgroup files set no limit.</summary>
    public static bool TryRead(string procRoot, string cgroupRoot, out AvailableMemory available)
    {
        if (!TryReadMeminfo(Path.Combine(procRoot, "meminfo"), out available)) { return false; }

        TextFile.TryRead(Path.Combine(procRoot, "self/cgroup"), out string membership);
        foreach (string line in membership.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = line.Split(':', 3);
            if (parts.Length != 3) { continue; }

            if (parts[0] == "0" && parts[1].Length == 0)
            {
                Narrow(cgroupRoot, parts[2], s_version2, ref available);
                Narrow(Path.Combine(cgroupRoot, "unified"), parts[2], s_version2, ref available);
            }
            else if (parts[1].Split(',').Contains("memory"))
            {
                Narrow(Path.Combine(cgroupRoot, "memory"), parts[2], s_version1, ref available);
            }
        }
        return true;
    }

    private static bool TryReadMeminfo(string path, out AvailableMemory available)
    {
        available = default;
        if (!TextFile.TryRead(path, out string text)) { return false; }

        if (TryField(text, "MemAvailable:", out long kib))
        {
            available = new AvailableMemory(kib * 1024, "MemAvailable");
            return true;
        }

        // Kernels before 3.14: free and cached together are a fair upper bound.
        if (TryField(text, "MemFree:", out long freeKib))
        {
            TryField(text, "Cached:", out long cachedKib);
            available = new AvailableMemory((freeKib + cachedKib) * 1024, "MemFree + Cached");
            return true;
        }
        return false;
    }

    /// <summary>Takes the limit of the group and of every group above it; a limit anywhere on the way binds.</summary>
    private static void Narrow(string mount, string group, CgroupFiles files, ref AvailableMemory available)
    {
        // In a container the group's path may be the host's, while the mount shows the container's own group as its root.
        string path = group.Trim('/');
        if (path.Split('/').Contains("..") || !Directory.Exists(Path.Combine(mount, path))) { path = ""; }

        while (true)
        {
            string directory = Path.Combine(mount, path);
            if (TryLeft(directory, files, out long left) && left < available.Bytes)
            {
                available = new AvailableMemory(left, $"cgroup /{path} {files.Limit}");
            }
            if (path.Length == 0) { return; }
            path = path.LastIndexOf('/') is var at and >= 0 ? path[..at] : "";
        }
    }

    private static bool TryLeft(string directory, CgroupFiles files, out long left)
    {
        left = 0;
        if (!TryNumber(Path.Combine(directory, files.Limit), out long limit) || limit >= NoLimit) { return false; }
        if (!TryNumber(Path.Combine(directory, files.Usage), out long usage)) { return false; }

        TextFile.TryRead(Path.Combine(directory, "memory.stat"), out string stat);
        TryField(stat, files.InactiveFile, out long inactive);
        left = Math.Max(0, limit - Math.Max(0, usage - inactive));
        return true;
    }

    private static bool TryNumber(string path, out long number)
    {
        number = 0;
        return TextFile.TryRead(path, out string text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>The number behind a key at the start of a line.</summary>
    private static bool TryField(string text, string key, out long number)
    {
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 2 && words[0] == key)
            {
                return long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out number);
            }
        }
        number = 0;
        return false;
    }

    private readonly record struct CgroupFiles(string Limit, string Usage, string InactiveFile);
}
