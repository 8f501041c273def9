using System.Text.Json;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>The record <c>memcore.bar/1</c>, one line.</summary>
internal static class BarJson
{
    public static string Line(BarRecord record, RunFacts facts)
    {
        Check worst = record.Worst;
        return JsonLine.Write(json =>
        {
            json.WriteString("schema", "memcore.bar/1");
            json.WriteString("bar", record.Id);
            json.WriteString("what", record.What);
            WriteJudgement(json, worst);
            json.WriteBoolean("pass", record.Pass);
            json.WriteBoolean("rejected", record.Rejected);
            json.WriteString("reason", record.Reason);
            json.WriteNumber("rounds", record.Rounds);
            json.WriteNumber("disturbed_rounds", record.Disturbed);
            json.WriteNumber("operations_per_slice", worst.Times.Operations);
            JsonLine.Number(json, "median_ns", worst.Times.Median);
            JsonLine.Number(json, "min_ns", worst.Times.Min);
            JsonLine.Number(json, "max_ns", worst.Times.Max);
            JsonLine.Number(json, "anchor_ns", worst.AnchorNs);
            WriteGauges(json, record);
            WriteChecks(json, record.Checks);
            WriteParts(json, record.Parts);
            json.WriteNumber("allocated_bytes", record.Parts.Where(p => !p.IsPeer).Sum(p => p.AllocatedBytes));
            WriteFacts(json, facts);
        });
    }

    public static void WriteFacts(Utf8JsonWriter json, RunFacts facts)
    {
        json.WriteString("machine", facts.Machine);
        json.WriteNumber("cores", facts.Cores);
        json.WriteString("os", facts.Os);
        json.WriteString("runtime", facts.Runtime);
        json.WriteString("commit", facts.Commit);
        json.WriteString("date", facts.Date);
    }

    private static void WriteJudgement(Utf8JsonWriter json, Check check)
    {
        JsonLine.Number(json, "value", check.Value, digits: 3);
        JsonLine.Number(json, "limit", check.Limit, digits: 3);
        JsonLine.Number(json, "stretch", check.Stretch, digits: 3);
        json.WriteString("unit", check.Unit);
    }

    private static void WriteGauges(Utf8JsonWriter json, BarRecord record)
    {
        json.WriteStartObject("rmw_ns");
        JsonLine.Number(json, "before", record.Before.RmwNs);
        JsonLine.Number(json, "after", record.After.RmwNs);
        json.WriteEndObject();
        json.WriteStartObject("pingpong_ns");
        JsonLine.Number(json, "before", record.Before.PingPongNs);
        JsonLine.Number(json, "after", record.After.PingPongNs);
        json.WriteEndObject();
        json.WriteStartObject("issue_width");
        JsonLine.Number(json, "before", record.Before.IssueWidth);
        JsonLine.Number(json, "after", record.After.IssueWidth);
        json.WriteEndObject();
    }

    private static void WriteChecks(Utf8JsonWriter json, IReadOnlyList<Check> checks)
    {
        json.WriteStartArray("checks");
        foreach (Check check in checks)
        {
            json.WriteStartObject();
            json.WriteString("what", check.What);
            WriteJudgement(json, check);
            json.WriteBoolean("at_least", check.AtLeast);
            if (check.Skipped is null) { json.WriteBoolean("pass", check.Pass); }
            else { json.WriteNull("pass"); }
            json.WriteString("skipped", check.Skipped);
            JsonLine.Number(json, "median_ns", check.Times.Median);
            JsonLine.Number(json, "anchor_ns", check.AnchorNs);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteParts(Utf8JsonWriter json, IReadOnlyList<Subject> parts)
    {
        json.WriteStartObject("parts");
        foreach (Subject part in parts)
        {
            if ((part.Turns & Turns.Alone) != 0) { JsonLine.Number(json, part.Name, part.Ns); }
            if ((part.Turns & Turns.Both) != 0 && part.NsOfTwo > 0) { JsonLine.Number(json, part.Name + ", 2 threads", part.NsOfTwo); }
        }
        json.WriteEndObject();
    }
}
