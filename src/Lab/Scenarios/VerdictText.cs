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

    /// <summary>Scenario, variant and what differs from its usual settings.</summary>
    public static string Name(Verdict verdict)
    {
        string name = $"{verdict.Scenario.Slug}/{verdict.Variant.Slug}";
        if (!verdict.Settings.Checks) { name += " (checks off)"; }
        return verdict.Settings.Actors is { } actors ? string.Create(CultureInfo.InvariantCulture, $"{name} ({actors} actors)") : name;
    }

    /// <summary>One line: the verdict, what was observed, the space that it was looked for in, what that took and what it might have taken.</summary>
    public static string Line(Verdict verdict) => $"{Result(verdict.Result),-12}  {Outcome(verdict)}";

    /// <summary>The same without the judgement.</summary>
    public static string Outcome(Verdict verdict)
    {
        ExplorationResult run = verdict.Exploration;
        string observed = run.Counts.Found.Count == 0
            ? "clean in"
            : $"shows {string.Join(", ", run.Found.Select(f => Observed(run, f)))} preemptions in";
        string cycles = run.Livelock is { } graph ? $"; {graph.Words}" : string.Empty;
        return $"{Name(verdict)}: {observed} {Space(run)}{cycles} ({Counts(verdict)})";
    }

    /// <summary>What was done and what it took.</summary>
    public static string Counts(Verdict verdict)
    {
        ExplorationResult run = verdict.Exploration;
        SearchCounts counts = run.Counts;
        string besides = run.Besides.Length == 0 ? string.Empty : $", besides {run.Besides}";
        string blocked = counts.Blocked == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $", {counts.Blocked:n0} blocked");
        string fraction = run.Complete ? "100 % explored" : run.Livelock is { } graph ? $"left at {graph.StoppedBy}" : counts.Fraction < 1 ? string.Create(CultureInfo.InvariantCulture, $"about {counts.Fraction * 100:g3} % explored") : "samples";
        return string.Create(CultureInfo.InvariantCulture,
            $"{fraction}, {counts.Executions:n0} runs{blocked}, {counts.Pruned:n0} pruned, {counts.States:n0} states, {run.StepsInAll:n0} steps{besides}; "
            + $"{run.Seconds:f2} s of {verdict.Options.Time.TotalSeconds:f0} s, {run.ExecutionsInAll / Math.Max(run.Seconds, 1e-6):n0} schedules/s");
    }

    /// <summary>The interleaving that shows a violation, one column per actor, with all that is known about it and the string that repeats it.</summary>
    public static string Interleaving(Verdict verdict, Found found)
    {
        Schedule schedule = verdict.ScheduleOf(found);
        Replayed replay = Verdict.Replay(verdict.Variant, schedule);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{found.Kind}: {replay.Text}\n");
        if (verdict.Exploration.Livelock is { } graph)
        {
            text.Append(graph.Words).Append('\n');
            if (found.Kind == ViolationKind.Livelock && graph.Lasso is { } lasso)
            {
                text.Append(CultureInfo.InvariantCulture, $"stem {Schedule.Encode(lasso.Stem)}, then for ever {Schedule.Encode(lasso.Cycle)} by {lasso.Steppers}; shown are the stem and two turns\n");
            }
        }
        text.Append(replay.Cast).Append('\n').Append(replay.Interleaving);
        text.Append(CultureInfo.InvariantCulture, $"violated: {found.Kind}: {replay.Text}\n");
        if (found.Shrunk is { } shrunk) { text.Append(shrunk.Minimality).Append('\n'); }
        text.Append(CultureInfo.InvariantCulture, $"seen in {found.Count:n0} runs of the search: {Counts(verdict)}\n");
        text.Append(CultureInfo.InvariantCulture, $"repeat with: memcore replay '{schedule}'\n");
        return text.ToString();
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
            json.WriteString("status", verdict.Variant.Status);
            json.WriteString("checks", verdict.Settings.Checks ? "on" : "off");
            json.WriteString("mode", verdict.Options.Memory == MemoryModel.Tso ? "tso" : "sc");
            json.WriteBoolean("races", verdict.Options.Races);
            json.WriteString("strategy", verdict.Options.Strategy.ToString().ToLowerInvariant());
            json.WriteString("result", Result(verdict.Result));
            WriteKinds(json, "expected", verdict.Expected);
            WriteKinds(json, "observed", run.Found.Select(f => f.Kind));
            WriteKinds(json, "observedBeyondSpace", run.Beyond);
            json.WriteBoolean("complete", run.Complete);
            json.WriteString("space", run.Space.Split(' ')[0]);
            if (verdict.Options.Shard is { } shard) { json.WriteString("shard", string.Create(CultureInfo.InvariantCulture, $"{shard.Index}/{shard.Count}")); }
            json.WriteStartObject("bound");
            if (run.Bound is { } bound) { json.WriteNumber("preemptions", bound); }
            else { json.WriteNull("preemptions"); }
            json.WriteNumber("actors", verdict.Actors);
            json.WriteNumber("operations", verdict.Operations);
            json.WriteEndObject();
            json.WriteNumber("executions", run.Counts.Executions);
            json.WriteNumber("executionsInAll", run.ExecutionsInAll);
            if (run.Space.StartsWith("sampled", StringComparison.Ordinal) || run is { Complete: false, Livelock: not null }) { json.WriteNull("fraction"); }
            else { json.WriteNumber("fraction", run.Complete ? 1 : run.Counts.Fraction); }
            json.WriteNumber("blocked", run.Counts.Blocked);
            json.WriteNumber("pruned", run.Counts.Pruned);
            json.WriteNumber("cutOff", run.Counts.CutOff);
            json.WriteNumber("steps", run.Counts.Steps);
            json.WriteNumber("states", run.Counts.States);
            json.WriteNumber("longestRun", run.Counts.LongestRun);
            json.WriteString("besides", run.Besides);
            if (run.Livelock is { } graph) { WriteCycles(json, graph); }
            json.WriteNumber("seconds", Math.Round(run.Seconds, 3));
            json.WriteNumber("budgetSeconds", Math.Round(verdict.Options.Time.TotalSeconds, 3));
            json.WriteNumber("schedulesPerSecond", Math.Round(run.ExecutionsInAll / Math.Max(run.Seconds, 1e-6)));
            json.WriteNumber("seed", seed);
            if (verdict.ShortestFound is { } shortest)
            {
                json.WriteString("schedule", verdict.ScheduleOf(shortest).ToString());
                json.WriteNumber("preemptions", shortest.Shrunk?.Preemptions ?? shortest.Preemptions);
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
                json.WriteString("schedule", verdict.ScheduleOf(found).ToString());
                json.WriteNumber("schedulePreemptions", found.Shrunk?.Preemptions ?? found.Preemptions);
                json.WriteNumber("scheduleSteps", (found.Shrunk?.Decisions ?? found.Decisions).Length);
                json.WriteString("minimality", found.Shrunk?.Minimality ?? string.Empty);
                json.WriteString("text", found.Shrunk?.Text ?? found.Text);
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
        WriteKinds(json, "never", Never(variant.Sometimes));
        WriteKinds(json, "sometimes", variant.Sometimes);
        json.WriteStartObject("checksOff");
        json.WriteBoolean("ownRow", variant.SometimesUnchecked is not null);
        WriteKinds(json, "never", Never(variant.SometimesUnchecked ?? variant.Sometimes));
        WriteKinds(json, "sometimes", variant.SometimesUnchecked ?? variant.Sometimes);
        json.WriteEndObject();
        json.WriteBoolean("decidedHere", variant.DecidedHere);
        json.WriteString("because", variant.Because);
    });

    /// <summary>A row with nothing that it sometimes shows never shows anything.</summary>
    private static IEnumerable<ViolationKind> Never(IReadOnlyList<ViolationKind> sometimes) =>
        sometimes.Count == 0 ? Enum.GetValues<ViolationKind>().Where(k => k != ViolationKind.None) : [];

    private static string Space(ExplorationResult run)
    {
        string space = run.Space.Split(' ')[0] switch
        {
            "states" => "all interleavings (stored states, no bound)",
            "traces" => "all interleavings (one of each trace, no bound)",
            "sampled" => "sampled interleavings",
            _ => $"all schedules of at most {run.Bound} preemptions",
        };
        if (run.Space.IndexOf(" part ", StringComparison.Ordinal) is >= 0 and int part) { space = $"{run.Space[(part + 1)..]} of {space}"; }
        return run.Complete || run.Space.StartsWith("sampled", StringComparison.Ordinal) ? space : $"{space}, not searched to the end";
    }

    private static string Observed(ExplorationResult run, Found found) =>
        string.Create(CultureInfo.InvariantCulture, $"{found.Kind} at {found.Preemptions}{(run.Beyond.Contains(found.Kind) ? " (beyond)" : string.Empty)}");

    private static void WriteCycles(Utf8JsonWriter json, LivelockReport graph)
    {
        json.WriteString("cycles", graph.Words);
        if (graph.Lasso is not { } lasso) { return; }
        json.WriteString("stem", Schedule.Encode(lasso.Stem));
        json.WriteString("cycle", Schedule.Encode(lasso.Cycle));
    }

    private static void WriteKinds(Utf8JsonWriter json, string name, IEnumerable<ViolationKind> kinds)
    {
        json.WriteStartArray(name);
        foreach (ViolationKind kind in kinds) { json.WriteStringValue(kind.ToString()); }
        json.WriteEndArray();
    }

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
