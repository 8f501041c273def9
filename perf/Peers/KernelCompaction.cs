using System.Diagnostics;
using System.Globalization;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Peers;

/// <summary>Compaction by the live kernel: wall time of a migrated page, scanning included, from /proc/vmstat.</summary>
/// <remarks>A region of small pages of which every second one is given back is what the kernel then compacts. Needs the permission to ask for it.</remarks>
internal static unsafe class KernelCompaction
{
    private const string Switch = "/proc/sys/vm/compact_memory";
    private const string Counters = "/proc/vmstat";
    private const string Migrated = "pgmigrate_success ";
    private const int Rounds = 3;

    private const long FreeBytesMin = 4L << 30;
    private const int PageBytes = PagedRig.PageBytes;
    private const long PagesMin = 10_000;

    private static readonly nint s_regionBytes = (nint)2 << 30;

    public static KernelFigure Measure(Bench bench)
    {
        _ = bench;
        if (!Libc.IsThere || !File.Exists(Switch)) { return KernelFigure.NotMeasured("not permitted: this OS has no compaction to ask for"); }
        if (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes < FreeBytesMin) { return KernelFigure.NotMeasured("less than 4 GiB of memory"); }
        List<double> times = [];
        try
        {
            for (int round = 0; round < Rounds; round++)
            {
                if (Round() is { } ns) { times.Add(ns); }
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return KernelFigure.NotMeasured($"not permitted: {e.Message}");
        }
        return times.Count == 0
            ? KernelFigure.NotMeasured($"the kernel migrated fewer than {PagesMin} pages when it was asked to compact")
            : KernelFigure.Of([.. times], "wall time of compact_memory by pgmigrate_success, 2 GiB region, scanning, unmapping and TLB flush included");
    }

    private static double? Round()
    {
        nint region = Libc.Map(0, s_regionBytes, Libc.ProtReadWrite, Libc.MapPrivateAnonymous, -1, 0);
        if (region == Libc.MapFailed) { throw new IOException("the kernel gives no region of 2 GiB"); }
        try
        {
            _ = Libc.Advise(region, s_regionBytes, Libc.MadviseNoHugePage);
            for (nint at = 0; at < s_regionBytes; at += PageBytes) { *(long*)(region + at) = at; }
            for (nint at = PageBytes; at < s_regionBytes; at += 2 * PageBytes) { _ = Libc.Advise(region + at, PageBytes, Libc.MadviseDontNeed); }
            long before = MigratedPages();
            long start = Stopwatch.GetTimestamp();
            File.WriteAllText(Switch, "1");
            double ns = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            long pages = MigratedPages() - before;
            return pages < PagesMin ? null : ns / pages;
        }
        finally
        {
            _ = Libc.Unmap(region, s_regionBytes);
        }
    }

    private static long MigratedPages()
    {
        string line = File.ReadLines(Counters).FirstOrDefault(l => l.StartsWith(Migrated, StringComparison.Ordinal)) ?? throw new IOException($"{Counters} does not count {Migrated}");
        return long.Parse(line.AsSpan(Migrated.Length), CultureInfo.InvariantCulture);
    }
}
