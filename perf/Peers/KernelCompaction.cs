using System.Globalization;
using MemCore.Native;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Peers;

/// <summary>Compaction by the live kernel: time of a migrated page, scanning included, from /proc/vmstat.</summary>
/// <remarks>
/// A region of small pages of which every second one is given back is what the kernel then compacts. It takes up to 4 GiB, half of what is
/// available, for some seconds: in a mostly empty memory the kernel would scan more than it moves. Needs the permission to ask for it.
/// </remarks>
internal static unsafe class KernelCompaction
{
    private const string Switch = "/proc/sys/vm/compact_memory";
    private const string Counters = "/proc/vmstat";
    private const string Migrated = "pgmigrate_success ";
    private const int Rounds = 3;
    private const nint Step = (nint)1 << 30;

    private const int StepsMin = 2;
    private const int StepsMax = 4;
    private const int PageBytes = PagedRig.PageBytes;
    private const long PagesMin = 10_000;

    public static KernelFigure Measure()
    {
        if (!Libc.IsThere || !File.Exists(Switch)) { return KernelFigure.NotMeasured("not permitted: this OS has no compaction to ask for"); }
        long available = AvailableMemory.Read().Bytes / 2 / Step;
        if (available < StepsMin) { return KernelFigure.NotMeasured("less than 4 GiB of memory are available"); }
        nint regionBytes = (nint)Math.Min(available, StepsMax) * Step;
        List<double> times = [];
        try
        {
            for (int round = 0; round < Rounds; round++)
            {
                if (Round(regionBytes) is { } ns) { times.Add(ns); }
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return KernelFigure.NotMeasured($"not permitted: {e.Message}");
        }
        return times.Count == 0
            ? KernelFigure.NotMeasured($"the kernel migrated fewer than {PagesMin} pages when it was asked to compact")
            : KernelFigure.Of([.. times], $"CPU time of compact_memory by pgmigrate_success, region of {regionBytes / Step} GiB; scanning, unmapping and TLB flush included");
    }

    private static double? Round(nint regionBytes)
    {
        nint region = Libc.Map(0, regionBytes, Libc.ProtReadWrite, Libc.MapPrivateAnonymous, -1, 0);
        if (region == Libc.MapFailed) { throw new IOException("the kernel gives no region of that size"); }
        try
        {
            _ = Libc.Advise(region, regionBytes, Libc.MadviseNoHugePage);
            for (nint at = 0; at < regionBytes; at += PageBytes) { *(long*)(region + at) = at; }
            for (nint at = PageBytes; at < regionBytes; at += 2 * PageBytes) { _ = Libc.Advise(region + at, PageBytes, Libc.MadviseDontNeed); }
            long before = MigratedPages();
            double start = Libc.ThreadCpuNs();
            File.WriteAllText(Switch, "1");
            double ns = Libc.ThreadCpuNs() - start;
            long pages = MigratedPages() - before;
            return pages < PagesMin ? null : ns / pages;
        }
        finally
        {
            _ = Libc.Unmap(region, regionBytes);
        }
    }

    private static long MigratedPages()
    {
        string line = File.ReadLines(Counters).FirstOrDefault(l => l.StartsWith(Migrated, StringComparison.Ordinal)) ?? throw new IOException($"{Counters} does not count {Migrated}");
        return long.Parse(line.AsSpan(Migrated.Length), CultureInfo.InvariantCulture);
    }
}
