using MemCore.Perf.Bars;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Peers;

/// <summary>A ceiling or a peer: its cost on one thread, on two with something of their own each, and on two that share it.</summary>
/// <param name="Kind">"ceiling" or "peer".</param>
/// <param name="What">In words; an operation is a pair where the name is one.</param>
/// <param name="Alone">On one thread; median 0: not measured.</param>
/// <param name="OwnOfTwo">On two threads.</param>
/// <param name="SharedOfTwo">On two threads that share it.</param>
/// <param name="AllocatedBytes">Managed bytes, all slices together.</param>
/// <param name="Note">What to know; why it was not measured.</param>
internal sealed record PeerRecord(string Kind, string What, Times Alone, Times OwnOfTwo, Times SharedOfTwo, long AllocatedBytes, string Note)
{
    public static PeerRecord Of(string kind, string what, Subject? own, Subject? shared, string note = "") => new(
        kind,
        what,
        own is null ? default : Times.Alone(own),
        own is null ? default : Times.OfTwo(own),
        shared is null ? default : Times.OfTwo(shared),
        (own?.AllocatedBytes ?? 0) + (shared?.AllocatedBytes ?? 0),
        note);

    public string ToJson(double rmwNs, RunFacts facts) => JsonLine.Write(json =>
    {
        json.WriteString("schema", $"memcore.{Kind}/1");
        json.WriteString(Kind, What);
        Write(string.Empty, Alone);
        Write("two_own_", OwnOfTwo);
        Write("two_shared_", SharedOfTwo);
        json.WriteNumber("operations_per_slice", Math.Max(Alone.Operations, SharedOfTwo.Operations));
        JsonLine.Number(json, "rmw", Alone.Median > 0 ? Alone.Median / rmwNs : null);
        json.WriteNumber("allocated_bytes", AllocatedBytes);
        json.WriteString("note", Note);
        BarJson.WriteFacts(json, facts);

        void Write(string prefix, Times times)
        {
            JsonLine.Number(json, prefix + "median_ns", times.Median > 0 ? times.Median : null);
            JsonLine.Number(json, prefix + "min_ns", times.Median > 0 ? times.Min : null);
            JsonLine.Number(json, prefix + "max_ns", times.Median > 0 ? times.Max : null);
        }
    });
}
