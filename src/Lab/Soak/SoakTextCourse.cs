using System.Globalization;
using System.Text;

namespace MemCore.Lab.Soak;

/// <summary>The parts of a report that tell how the run went over time: migrations, blocks, drift, earlier parts.</summary>
internal static class SoakTextCourse
{
    private const double Mebi = 1 << 20;

    private static readonly CultureInfo s_plain = CultureInfo.InvariantCulture;

    /// <summary>What was migrated, and what kept the rest. Nothing when nobody migrates.</summary>
    public static void AppendMigrations(StringBuilder text, SoakReport report)
    {
        if (report.Migrated + report.MigrationsFailed == 0) { return; }
        text.Append(s_plain, $"\nMigrated {report.Migrated:N0} folios, {report.Migrated / report.Seconds:N0} per second; {report.MigrationsFailed:N0} were given up\n");
        if (report.MigrationFailures.Count == 0) { return; }
        text.Append("         attempts that failed: ").AppendJoin(", ", report.MigrationFailures.Select(f => string.Create(s_plain, $"{f.Key} {f.Value:N0}"))).Append('\n');
    }

    /// <summary>Free blocks per order before and after, and the most that compaction could have freed.</summary>
    public static void AppendBlocks(StringBuilder text, SoakReport report)
    {
        text.Append(s_plain, $"\n{"free blocks of order",-22}");
        for (int order = 0; order < report.BlocksBefore.FreeByOrder.Count; order++) { text.Append(s_plain, $"{order,9}"); }
        text.Append('\n');
        AppendCensus(text, "before", report.BlocksBefore);
        if (report.BlocksAfter is not { } after) { return; }
        AppendCensus(text, "after", after);
        text.Append(s_plain, $"Blocks   wholly free {report.BlocksBefore.WhollyFree:N0} before, {after.WhollyFree:N0} after, at most {after.Attainable:N0} for want of room elsewhere; ");
        text.Append(s_plain, $"of {after.Blocks:N0} blocks {after.WithoutUnmovable:N0} hold no unmovable frame, and in {after.Emptiable:N0} nobody holds a page either\n");
    }

    /// <summary>Whether memory and throughput stayed what they were, and of which parts the run is made.</summary>
    public static void AppendDrift(StringBuilder text, SoakReport report)
    {
        RunDrift drift = report.Drift;
        text.Append("Drift    ").Append(drift.Verdict switch
        {
            RunDrift.TooShort => "the run is too short to tell\n",
            RunDrift.Flat => Course("flat", drift),
            _ => Course(drift.Verdict.Replace('-', ' ').Replace(",", " and ", StringComparison.Ordinal), drift),
        });
        if (report.Resumed == 0) { return; }
        text.Append(s_plain, $"Parts    resumed {report.Resumed} {(report.Resumed == 1 ? "time" : "times")}: ");
        text.AppendJoin(", ", report.Parts.Select(p => string.Create(s_plain, $"{p.Seconds:0.0} s with seed 0x{p.Seed:x}"))).Append("; latencies and drift are of the last one\n");
    }

    private static string Course(string verdict, RunDrift drift) => string.Create(s_plain,
        $"{verdict}: resident {drift.RssBytesPerHour / Mebi:+0.0;-0.0;0.0} MiB per hour after the warm-up ({drift.RssBytesGrown / Mebi:+0.0;-0.0;0.0} MiB in this run), throughput of the last third {drift.ThroughputRatio * 100:0} % of the first\n");

    private static void AppendCensus(StringBuilder text, string when, BlockCensus census)
    {
        text.Append(s_plain, $"{when,-22}");
        foreach (long count in census.FreeByOrder) { text.Append(s_plain, $"{count,9:N0}"); }
        text.Append('\n');
    }
}
