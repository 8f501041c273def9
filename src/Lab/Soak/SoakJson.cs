using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MemCore.Lab.Soak;

/// <summary>The records of a soak, one line each.</summary>
internal static class SoakJson
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Progress(ProgressEvent progress) => Record("memcore.progress/1", json =>
    {
        json.WriteNumber("seconds", Math.Round(progress.Seconds, 3));
        json.WriteNumber("operations", progress.Operations);
        json.WriteNumber("operationsPerSecond", Math.Round(progress.OperationsPerSecond));
        json.WriteNumber("audits", progress.Audits);
        json.WriteNumber("lastPauseMs", Math.Round(progress.LastPauseMs, 3));
        json.WriteNumber("findings", progress.Findings);
        json.WriteNumber("sometimesReached", progress.Reached);
        json.WriteNumber("sometimesTotal", progress.Total);
        json.WriteNumber("rssBytes", progress.RssBytes);
        json.WriteNumber("seed", progress.Seed);
    });

    public static string Finding(FindingEvent found) => Record("memcore.finding/1", json =>
    {
        WriteFinding(json, found.Finding);
        json.WriteString("text", found.Finding.Text);
        json.WriteString("dump", found.Finding.Dump);
        json.WriteNumber("seed", found.Seed);
    });

    public static string Report(SoakReport report) => Record("memcore.soak/1", json =>
    {
        json.WriteString("verdict", VerdictName(report.Verdict));
        json.WriteNumber("seed", report.Options.Seed);
        json.WriteString("command", report.Options.Command);
        json.WriteString("policy", report.Options.PolicyName);
        json.WriteStartObject("host");
        json.WriteString("source", report.Host.Source);
        json.WriteNumber("frames", report.Host.Frames);
        json.WriteNumber("importSeconds", Math.Round(report.Host.ImportSeconds, 3));
        json.WriteEndObject();
        json.WriteNumber("threads", report.Threads);
        json.WriteNumber("cpus", report.Cpus);
        json.WriteBoolean("pinned", report.Pinned == report.Threads);
        json.WriteNumber("frameBytes", report.FrameBytes);
        json.WriteNumber("seconds", Math.Round(report.Seconds, 3));
        json.WriteStartObject("operations");
        foreach (OperationSummary operation in report.Operations)
        {
            json.WriteStartObject(operation.Name);
            json.WriteNumber("count", operation.Count);
            json.WriteNumber("failed", operation.Failed);
            json.WriteNumber("p50Ns", operation.P50Ns);
            json.WriteNumber("p99Ns", operation.P99Ns);
            json.WriteNumber("maxNs", operation.MaxNs);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        WriteCounts(json, "vmstat", report.VmStat);
        WriteAudits(json, report.Audits);
        json.WriteStartObject("sometimes");
        json.WriteNumber("reached", report.SometimesReached);
        json.WriteNumber("total", report.SometimesTotal);
        json.WriteStartArray("missing");
        foreach (string name in report.SometimesMissing) { json.WriteStringValue(name); }
        json.WriteEndArray();
        WriteCounts(json, "seen", report.SometimesSeen);
        json.WriteEndObject();
        json.WriteStartArray("findings");
        foreach (Finding finding in report.Findings)
        {
            json.WriteStartObject();
            WriteFinding(json, finding);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("allocatedBytes", report.AllocatedBytes);
        json.WriteNumber("rssStartBytes", report.RssStartBytes);
        json.WriteNumber("rssEndBytes", report.RssEndBytes);
        SoakJsonCourse.Write(json, report);
        json.WriteNumber("exitCode", report.ExitCode);
    });

    // A run that went blind has broken nothing; that it failed is in the exit code and the missing states.
    internal static string VerdictName(SoakVerdict verdict) => verdict switch
    {
        SoakVerdict.Violation => "violation",
        SoakVerdict.Stalled => "stalled",
        SoakVerdict.Interrupted => "interrupted",
        _ => "clean",
    };

    internal static void WriteFinding(Utf8JsonWriter json, Finding finding)
    {
        json.WriteString("key", finding.Key);
        json.WriteString("invariant", finding.Invariant.ToString());
        json.WriteString("repro", finding.Repro);
    }

    internal static void WriteAudits(Utf8JsonWriter json, AuditSummary audits)
    {
        json.WriteStartObject("audits");
        json.WriteNumber("full", audits.Full);
        json.WriteNumber("violations", audits.Violations);
        json.WriteNumber("pauseMeanMs", Math.Round(audits.PauseMeanMs, 3));
        json.WriteNumber("pauseMaxMs", Math.Round(audits.PauseMaxMs, 3));
        json.WriteEndObject();
    }

    internal static void WriteCounts(Utf8JsonWriter json, string name, IEnumerable<KeyValuePair<string, long>> counts)
    {
        json.WriteStartObject(name);
        foreach ((string counter, long value) in counts) { json.WriteNumber(counter, value); }
        json.WriteEndObject();
    }

    internal static string Record(string schema, Action<Utf8JsonWriter> fields)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, s_options))
        {
            json.WriteStartObject();
            json.WriteString("schema", schema);
            fields(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
