using System.Text.Json;

namespace MemCore.Lab.Soak;

/// <summary>The fields of a soak's record that tell how the run went over time: migrations, blocks, parts, samples.</summary>
internal static class SoakJsonCourse
{
    public static void Write(Utf8JsonWriter json, SoakReport report)
    {
        WriteMigrations(json, report);
        json.WriteStartObject("blocks");
        WriteCensus(json, "before", report.BlocksBefore);
        if (report.BlocksAfter is { } after) { WriteCensus(json, "after", after); }
        json.WriteEndObject();
        WriteLocks(json, report.TopLocks);
        WriteDrift(json, report.Drift);
        json.WriteStartArray("samples");
        foreach (RunSample sample in report.Samples)
        {
            json.WriteStartObject();
            json.WriteNumber("seconds", Math.Round(sample.Seconds, 3));
            json.WriteNumber("operationsPerSecond", Math.Round(sample.OperationsPerSecond));
            json.WriteNumber("rssBytes", sample.RssBytes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("resumed", report.Resumed);
        json.WriteStartArray("parts");
        foreach (RunPart part in report.Parts)
        {
            json.WriteStartObject();
            json.WriteNumber("seed", part.Seed);
            json.WriteNumber("seconds", Math.Round(part.Seconds, 3));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteMigrations(Utf8JsonWriter json, SoakReport report)
    {
        json.WriteStartObject("migrations");
        json.WriteNumber("succeeded", report.Migrated);
        json.WriteNumber("failed", report.MigrationsFailed);
        SoakJson.WriteCounts(json, "failedByReason", report.MigrationFailures);
        json.WriteEndObject();
    }

    private static void WriteCensus(Utf8JsonWriter json, string name, BlockCensus census)
    {
        json.WriteStartObject(name);
        json.WriteStartArray("freeByOrder");
        foreach (long count in census.FreeByOrder) { json.WriteNumberValue(count); }
        json.WriteEndArray();
        json.WriteNumber("blocks", census.Blocks);
        json.WriteNumber("whollyFree", census.WhollyFree);
        json.WriteNumber("withoutUnmovable", census.WithoutUnmovable);
        json.WriteNumber("emptiable", census.Emptiable);
        json.WriteNumber("attainable", census.Attainable);
        json.WriteEndObject();
    }

    private static void WriteLocks(Utf8JsonWriter json, IReadOnlyList<LockWaitEntry> locks)
    {
        json.WriteStartArray("topLocks");
        foreach (LockWaitEntry entry in locks)
        {
            json.WriteStartObject();
            json.WriteNumber("pfn", entry.Pfn.Value);
            json.WriteNumber("bucket", entry.Bucket);
            json.WriteNumber("waitedSeconds", Math.Round(entry.WaitedSeconds, 3));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteDrift(Utf8JsonWriter json, RunDrift drift)
    {
        json.WriteStartObject("drift");
        json.WriteString("verdict", drift.Verdict);
        json.WriteNumber("rssBytesPerHour", Math.Round(drift.RssBytesPerHour));
        json.WriteNumber("rssBytesGrown", Math.Round(drift.RssBytesGrown));
        json.WriteNumber("throughputRatio", Math.Round(drift.ThroughputRatio, 3));
        json.WriteEndObject();
    }
}
