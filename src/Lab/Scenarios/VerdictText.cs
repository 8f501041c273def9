using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>Scenarios and verdicts as lines for people and as JSON records.</summary>
internal static class VerdictText
{
    // Read by people as well: nothing here ends up in a web page.
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Result(VerdictResult result) => result switch
    {
        VerdictResult.AsExpected => "as-expected",
        VerdictResult.Unexpected => "unexpected",
        _ => "inconclusive",
    };

    /// <summary>One line: the verdict, what was observed, and the space that it was looked for in.</summary>
    public static string Line(Verdict verdict)
    {
        ExplorationResult run = verdict.Exploration;
        string space = run.Space switch
        {
            "states" => "all interleavings (stored states, no bound)",
            "sampled" => "sampled interleavings",
            _ => $"all schedules of at most {run.Bound} preemptions",
        };
        if (!run.Complete && run.Space != "sampled") { space += ", not searched to the end"; }
        string observed = run.Counts.Found.Count == 0
            ? "clean in"
            : $"shows {string.Join(", ", run.Found.Select(f => $"{f.Kind} at {f.Preemptions}"))} preemptions in";
        SearchCounts counts = run.Counts;
        return string.Create(CultureInfo.InvariantCulture,
            $"{Result(verdict.Result),-12}  {verdict.Scenario.Slug}/{verdict.Variant.Slug}: {observed} {space} "
            + $"({counts.Executions:n0} runs, {counts.States:n0} states, {counts.Steps:n0} steps, {run.Seconds:f2} s, {counts.Executions / Math.Max(run.Seconds, 1e-6):n0} runs/s)");
    }

    /// <summary>The interleaving that shows a violation, one column per actor, with the string that repeats it.</summary>
    public static string Interleaving(Verdict verdict, Found found)
    {
        Replayed replay = Verdict.Replay(verdict.Variant, verdict.ScheduleOf(found));
        return $"{found.Kind}: {found.Text}\n{replay.Interleaving}repeat with: memcore replay '{verdict.ScheduleOf(found)}'\n";
    }

    public static string Json(Verdict verdict, ulong seed)
    {
        ExplorationResult run = verdict.Exploration;
        return Record(json =>
        {
            json.WriteString("schema", "memcore.verdict/1");
            json.WriteString("scenario", verdict.Scenario.Slug);
            json.WriteString("variant", verdict.Variant.Slug);
            json.WriteString("id", verdict.Variant.Id);
            json.WriteString("checks", "on");
            json.WriteString("result", Result(verdict.Result));
            json.WriteStartArray("observed");
            foreach (Found found in run.Found) { json.WriteStringValue(found.Kind.ToString()); }
            json.WriteEndArray();
            json.WriteBoolean("complete", run.Complete);
            json.WriteString("space", run.Space);
            json.WriteStartObject("bound");
            if (run.Bound is { } bound) { json.WriteNumber("preemptions", bound); }
            else { json.WriteNull("preemptions"); }
            json.WriteNumber("actors", verdict.Actors);
            json.WriteNumber("operations", verdict.Operations);
            json.WriteEndObject();
            json.WriteNumber("executions", run.Counts.Executions);
            json.WriteNumber("pruned", run.Counts.Pruned);
            json.WriteNumber("cutOff", run.Counts.CutOff);
            json.WriteNumber("steps", run.Counts.Steps);
            json.WriteNumber("states", run.Counts.States);
            json.WriteNumber("longestRun", run.Counts.LongestRun);
            json.WriteNumber("seconds", Math.Round(run.Seconds, 3));
            json.WriteNumber("seed", seed);
            if (verdict.Shortest is { } schedule)
            {
                json.WriteString("schedule", schedule.ToString());
                json.WriteNumber("preemptions", run.Found.First().Preemptions);
            }
            else
            {
                json.WriteNull("schedule");
                json.WriteNull("preemptions");
            }
            json.WriteStartArray("violations");
            foreach (Found found in run.Found)
            {
                json.WriteStartObject();
                json.WriteString("kind", found.Kind.ToString());
                json.WriteNumber("count", found.Count);
                json.WriteNumber("preemptions", found.Preemptions);
                json.WriteString("schedule", verdict.ScheduleOf(found)!.ToString());
                json.WriteString("text", found.Text);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    public static string Json(Scenario scenario, Variant variant) => Record(json =>
    {
        json.WriteString("schema", "memcore.scenario/1");
        json.WriteString("scenario", scenario.Slug);
        json.WriteString("seed", scenario.Origin);
        json.WriteString("question", scenario.Question);
        json.WriteString("variant", variant.Slug);
        json.WriteString("id", variant.Id);
        json.WriteString("status", variant.Status);
        json.WriteStartArray("never");
        foreach (string never in Never(variant)) { json.WriteStringValue(never); }
        json.WriteEndArray();
        json.WriteStartArray("sometimes");
        foreach (ViolationKind kind in variant.Sometimes) { json.WriteStringValue(kind.ToString()); }
        json.WriteEndArray();
        json.WriteString("because", variant.Because);
    });

    /// <summary>What the variant must never show, in words: a sound one nothing at all.</summary>
    public static IEnumerable<string> Never(Variant variant) =>
        variant.NothingElse ? Enum.GetNames<ViolationKind>().Where(k => k != nameof(ViolationKind.None)) : [];

    private static string Record(Action<Utf8JsonWriter> write)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes, s_json))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
