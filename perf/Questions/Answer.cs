using MemCore.Perf.Bars;

namespace MemCore.Perf.Questions;

/// <summary>What one operation costs under one variant.</summary>
/// <param name="Question">000 or 001.</param>
/// <param name="Id">Of the variant, as 000-V2.</param>
/// <param name="What">The operation.</param>
/// <param name="Ns">Median ns.</param>
/// <param name="MinNs">The least of the rounds.</param>
/// <param name="MaxNs">The largest of the rounds.</param>
/// <param name="RmwNs">The owned read-modify-write of the same run.</param>
/// <param name="OverBaseNs">More than the variant that the others are compared with.</param>
/// <param name="AllocatedBytes">Managed bytes of the measured loops.</param>
/// <param name="More">Other figures, by name.</param>
internal sealed record Answer(string Question, string Id, string What, double Ns, double MinNs, double MaxNs, double RmwNs, double OverBaseNs, long AllocatedBytes,
    IReadOnlyDictionary<string, double> More)
{
    /// <summary>The record <c>memcore.question/1</c>, one line.</summary>
    public string ToJson()
    {
        return JsonLine.Write(json =>
        {
            json.WriteString("schema", "memcore.question/1");
            json.WriteString("question", Question);
            json.WriteString("id", Id);
            json.WriteString("what", What);
            json.WriteNumber("ns", Math.Round(Ns, 3));
            json.WriteNumber("minNs", Math.Round(MinNs, 3));
            json.WriteNumber("maxNs", Math.Round(MaxNs, 3));
            json.WriteNumber("rmwNs", Math.Round(RmwNs, 3));
            json.WriteNumber("rmw", Math.Round(Ns / RmwNs, 3));
            json.WriteNumber("overBaseNs", Math.Round(OverBaseNs, 3));
            json.WriteNumber("allocatedBytes", AllocatedBytes);
            foreach ((string name, double value) in More) { json.WriteNumber(name, Math.Round(value, 4)); }
        });
    }
}
