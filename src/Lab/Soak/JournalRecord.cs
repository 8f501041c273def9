using System.Text.Json;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>What a line of a journal is.</summary>
internal enum JournalKind
{
    /// <summary>A part of the run begins.</summary>
    Start,

    /// <summary>What the part has done so far; also written at each finding.</summary>
    Progress,

    /// <summary>The run is over: nothing remains to be resumed.</summary>
    End,
}

/// <summary>One line of a journal.</summary>
internal sealed record JournalRecord
{
    public const string Schema = "memcore.journal/1";

    public required JournalKind Kind { get; init; }

    /// <summary>From 0, one more at each resume.</summary>
    public required int Part { get; init; }

    /// <summary>The part's own seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>What the next part is to start with.</summary>
    public required ulong NextSeed { get; init; }

    /// <summary>The part's tally, without those before it.</summary>
    public RunTally Tally { get; init; } = RunTally.Nothing;

    /// <summary>Start: the command line that repeats the part, verb included.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Start: what the whole run is to last.</summary>
    public double DurationSeconds { get; init; }

    /// <summary>Start: the limit of operations of the whole run; 0 for none.</summary>
    public long OperationLimit { get; init; }

    /// <summary>Start: the host map, by its source.</summary>
    public string Host { get; init; } = string.Empty;

    /// <summary>Start: frames of the host map.</summary>
    public long Frames { get; init; }

    /// <summary>End: the verdict by name.</summary>
    public string Verdict { get; init; } = string.Empty;

    /// <summary>The line without its end.</summary>
    public string ToJson() => SoakJson.Record(Schema, json =>
    {
        json.WriteString("record", Kind.ToString().ToLowerInvariant());
        json.WriteNumber("part", Part);
        json.WriteNumber("seed", Seed);
        json.WriteNumber("nextSeed", NextSeed);
        if (Kind == JournalKind.Start)
        {
            json.WriteString("version", ReproFile.VersionText);
            json.WriteStartArray("arguments");
            foreach (string argument in Arguments) { json.WriteStringValue(argument); }
            json.WriteEndArray();
            json.WriteNumber("durationSeconds", DurationSeconds);
            json.WriteNumber("operationLimit", OperationLimit);
            json.WriteString("host", Host);
            json.WriteNumber("frames", Frames);
            return;
        }
        WriteTally(json);
        if (Kind == JournalKind.End) { json.WriteString("verdict", Verdict); }
    });

    /// <summary>Reads a line. False: it is none of a journal's.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> line, out JournalRecord? record)
    {
        record = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || root.GetProperty("schema").GetString() != Schema
                || !Enum.TryParse(root.GetProperty("record").GetString(), ignoreCase: true, out JournalKind kind))
            {
                return false;
            }
            record = new JournalRecord
            {
                Kind = kind,
                Part = root.GetProperty("part").GetInt32(),
                Seed = root.GetProperty("seed").GetUInt64(),
                NextSeed = root.GetProperty("nextSeed").GetUInt64(),
            };
            record = kind == JournalKind.Start ? ReadStart(record, root) : record with { Tally = ReadTally(root), Verdict = VerdictOf(root) };
            return true;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            record = null;
            return false;
        }
    }

    private static JournalRecord ReadStart(JournalRecord record, JsonElement root) => record with
    {
        Arguments = [.. root.GetProperty("arguments").EnumerateArray().Select(a => a.GetString()!)],
        DurationSeconds = root.GetProperty("durationSeconds").GetDouble(),
        OperationLimit = root.GetProperty("operationLimit").GetInt64(),
        Host = root.GetProperty("host").GetString()!,
        Frames = root.GetProperty("frames").GetInt64(),
    };

    private static string VerdictOf(JsonElement root) => root.TryGetProperty("verdict", out JsonElement verdict) ? verdict.GetString()! : string.Empty;

    private static RunTally ReadTally(JsonElement root)
    {
        JsonElement audits = root.GetProperty("audits");
        return new RunTally
        {
            Seconds = root.GetProperty("seconds").GetDouble(),
            Operations = root.GetProperty("operations").EnumerateObject()
                .ToDictionary(o => o.Name, o => new OperationCount(o.Value.GetProperty("count").GetInt64(), o.Value.GetProperty("failed").GetInt64())),
            Events = root.GetProperty("events").EnumerateObject().ToDictionary(e => e.Name, e => e.Value.GetInt64()),
            Sometimes = root.GetProperty("sometimes").EnumerateObject().ToDictionary(s => s.Name, s => s.Value.GetInt64()),
            Audits = new AuditSummary(audits.GetProperty("full").GetInt32(), audits.GetProperty("violations").GetInt32(),
                audits.GetProperty("pauseMeanMs").GetDouble(), audits.GetProperty("pauseMaxMs").GetDouble()),
            Findings = [.. root.GetProperty("findings").EnumerateArray().Select(ReadFinding)],
        };
    }

    private static Finding ReadFinding(JsonElement finding) =>
        new(finding.GetProperty("key").GetString()!, Enum.Parse<ViolationKind>(finding.GetProperty("invariant").GetString()!),
            finding.GetProperty("text").GetString()!, finding.GetProperty("dump").GetString()!)
        {
            Repro = finding.GetProperty("repro").GetString(),
        };

    private void WriteTally(Utf8JsonWriter json)
    {
        json.WriteNumber("seconds", Math.Round(Tally.Seconds, 3));
        json.WriteStartObject("operations");
        foreach ((string name, OperationCount operation) in Tally.Operations)
        {
            json.WriteStartObject(name);
            json.WriteNumber("count", operation.Count);
            json.WriteNumber("failed", operation.Failed);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        SoakJson.WriteCounts(json, "events", Tally.Events);
        SoakJson.WriteCounts(json, "sometimes", Tally.Sometimes);
        SoakJson.WriteAudits(json, Tally.Audits);
        json.WriteStartArray("findings");
        foreach (Finding finding in Tally.Findings)
        {
            json.WriteStartObject();
            SoakJson.WriteFinding(json, finding);
            json.WriteString("text", finding.Text);
            json.WriteString("dump", finding.Dump);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
