using System.Globalization;

namespace MemCore.Native;

/// <summary>What this process occupies.</summary>
internal static class ProcessMemory
{
    private const string StatmPath = "/proc/self/statm";

    /// <summary>Resident bytes. The kernel sums per-CPU counters lazily: right to within a few MiB on many CPUs. Allocates; not for hot paths.</summary>
    public static long ResidentBytes()
    {
        if (OperatingSystem.IsLinux() && TryReadStatm(StatmPath, Environment.SystemPageSize, out long bytes)) { return bytes; }
        return Environment.WorkingSet;
    }

    /// <summary>The second number of a statm file, in bytes. False: unreadable or of another form.</summary>
    internal static bool TryReadStatm(string path, long pageBytes, out long bytes)
    {
        bytes = 0;
        if (!TextFile.TryRead(path, out string text)) { return false; }

        string[] fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 2 || !long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out long pages)) { return false; }
        bytes = pages * pageBytes;
        return true;
    }
}
