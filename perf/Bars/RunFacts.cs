using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using MemCore.Native;

namespace MemCore.Perf.Bars;

/// <summary>Where and when: what a figure means nothing without.</summary>
internal sealed record RunFacts(string Machine, int Cores, string Os, string Runtime, string Commit, string Date)
{
    private const string CpuInfoFile = "/proc/cpuinfo";

    public static RunFacts Now() => new(
        MachineName(),
        CpuTopology.Current.Cores.Count,
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        CommitName(),
        DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    // The build writes the commit behind the version.
    private static string CommitName()
    {
        string version = typeof(RunFacts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? string.Empty;
        int plus = version.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? "unknown" : version[(plus + 1)..];
    }

    private static string MachineName()
    {
        string? model = File.Exists(CpuInfoFile)
            ? File.ReadLines(CpuInfoFile).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[^1].Trim()
            : null;
        return $"{model ?? RuntimeInformation.ProcessArchitecture.ToString()}, {CpuTopology.Current.Cpus.Count} CPUs, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB";
    }
}
