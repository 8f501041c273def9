using System.Text;
using System.Text.Json;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Quick;

/// <summary>A figure and what it must not exceed, or with <paramref name="AtLeast"/> not fall below.</summary>
internal sealed record Bar(string Id, string What, string Unit, double Value, double Limit, double? Stretch, bool AtLeast, bool Rejected, IReadOnlyList<Subject> Parts)
{
    public bool Pass => AtLeast ? Value >= Limit : Value <= Limit;

    public string Verdict => Rejected ? "rejected" : Pass ? "met" : "EXCEEDED";

    /// <summary>The record <c>memcore.bar/1</c>, one line.</summary>
    public string ToJson(QuickRun run)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            json.WriteString("schema", "memcore.bar/1");
            json.WriteString("bar", Id);
            json.WriteString("what", What);
            json.WriteString("unit", Unit);
            json.WriteNumber("value", Math.Round(Value, 3));
            json.WriteNumber("limit", Limit);
            if (Stretch is { } stretch) { json.WriteNumber("stretch", stretch); }
            else { json.WriteNull("stretch"); }
            json.WriteBoolean("pass", Pass);
            json.WriteBoolean("rejected", Rejected);
            json.WriteStartObject("parts");
            foreach (Subject part in Parts)
            {
                json.WriteNumber(part.Name, Math.Round(part.Ns, 2));
                if (run.TwoThreads) { json.WriteNumber(part.Name + ", 2 threads", Math.Round(part.NsOfTwo, 2)); }
            }
            json.WriteEndObject();
            json.WriteNumber("rawRmwStartNs", Math.Round(run.StartNs, 2));
            json.WriteNumber("rawRmwEndNs", Math.Round(run.EndNs, 2));
            json.WriteNumber("allocatedBytes", Parts.Sum(p => p.AllocatedBytes));
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
