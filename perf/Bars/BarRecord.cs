using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>The outcome of one bar. Its value and limit are those of the check that is nearest to its limit, or furthest beyond.</summary>
/// <param name="Id">B1 to G3.</param>
/// <param name="What">In words.</param>
/// <param name="Checks">Each value and its limit.</param>
/// <param name="Rejection">Why it does not count; null: it counts.</param>
/// <param name="Rounds">Turns of each subject that count.</param>
/// <param name="Widths">Operations a cycle in each of them; empty for a bar that counts.</param>
/// <param name="Before">The gauges before.</param>
/// <param name="After">And after.</param>
/// <param name="Parts">Every loop that was timed.</param>
internal sealed record BarRecord(
    string Id, string What, IReadOnlyList<Check> Checks, Rejection? Rejection, int Rounds, IReadOnlyList<double> Widths, GaugeReading Before, GaugeReading After, IReadOnlyList<Subject> Parts)
{
    public bool Rejected => Rejection is not null;

    /// <summary>Rounds in which somebody else was on the cores, by the most that they did in a cycle in the whole session.</summary>
    public int Disturbed { get; init; }

    /// <summary>In most of its rounds somebody else was on the cores: it counts if there is no time to measure it again.</summary>
    public bool IsDisturbed => Disturbed * 2 > Rounds;

    public string? Reason => Rejection?.Reason;

    public bool Pass => Checks.All(c => c.Pass);

    public Check Worst => Checks.Where(c => c.Skipped is null).MaxBy(c => c.Load) ?? Checks[0];

    public string Verdict => Rejected ? "rejected" : Pass ? "met" : "EXCEEDED";
}
