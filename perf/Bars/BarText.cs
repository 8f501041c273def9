using System.Globalization;
using MemCore.Perf.Measuring;
using MemCore.Perf.Peers;

namespace MemCore.Perf.Bars;

/// <summary>The tables that people read.</summary>
internal static class BarText
{
    public static void Heading(TextWriter to, RunFacts facts, GaugeReading gauges)
    {
        to.WriteLine($"{facts.Machine}; {facts.Os}; {facts.Runtime}; commit {facts.Commit}; {facts.Date}");
        to.WriteLine(Line($"raw RMW {gauges.RmwNs:F2} ns, ping-pong one way {Ns(gauges.PingPongNs)}, {gauges.IssueWidth:F1} operations a cycle"));
        to.WriteLine();
        to.WriteLine($"{"bar",-5}{"what",-74}{"value",9}{"limit",9}{"stretch",9}  {"unit",-12}verdict");
    }

    /// <summary>The bar, a line for each check, and the times behind them.</summary>
    public static void Write(TextWriter to, BarRecord record)
    {
        to.WriteLine(Line($"{record.Id,-5}{record.What,-74}{"",29}{record.Verdict,19}"));
        foreach (Check check in record.Checks)
        {
            string verdict = check.Skipped ?? (check.Pass ? "met" : double.IsFinite(check.Load) ? Line($"by {(check.Load - 1) * 100:F0} %") : "EXCEEDED");
            string limit = double.IsNaN(check.Limit) ? string.Empty : (check.AtLeast ? ">= " : string.Empty) + check.Limit.ToString("F2", CultureInfo.InvariantCulture);
            string value = double.IsNaN(check.Value) ? string.Empty : check.Value.ToString("F2", CultureInfo.InvariantCulture);
            to.WriteLine(Line($"     {check.What,-74}{value,9}{limit,12}{check.Stretch,7:F1}  {check.Unit,-12}{verdict}"));
        }
        foreach (Subject part in record.Parts) { WritePart(to, part); }
        to.WriteLine(Line($"     raw RMW {record.Before.RmwNs:F2} ns before, {record.After.RmwNs:F2} after; ping-pong {Ns(record.Before.PingPongNs)} before, {Ns(record.After.PingPongNs)} after; {record.Before.IssueWidth:F1} operations a cycle before, {record.After.IssueWidth:F1} after{(record.Disturbed > 0 ? Line($"; others on the cores in {record.Disturbed} of {record.Rounds} rounds") : string.Empty)}{(record.Rejected ? "; rejected: " + record.Reason : string.Empty)}"));
    }

    public static void Write(TextWriter to, IReadOnlyList<PeerRecord> records, double rmwNs)
    {
        if (records.Count == 0) { return; }
        to.WriteLine();
        to.WriteLine($"{"ceilings and peers, median ns (least to greatest round)",-56}{"1 thread",24}{"RMW",8}{"2, own",10}{"2, shared",11}{"bytes",8}");
        foreach (PeerRecord r in records)
        {
            string range = r.Alone.Median > 0 ? Line($"{r.Alone.Median:F1} ({r.Alone.Min:F1}-{r.Alone.Max:F1})") : string.Empty;
            string inRmw = r.Alone.Median > 0 ? Line($"{r.Alone.Median / rmwNs:F1}") : string.Empty;
            to.WriteLine($"{r.Kind[0]} {r.What,-54}{range,24}{inRmw,8}{Median(r.OwnOfTwo),10}{Median(r.SharedOfTwo),11}{r.AllocatedBytes,8}  {r.Note}");
        }
    }

    public static void Ending(TextWriter to, IReadOnlyList<BarRecord> records)
    {
        if (records.Count == 0) { return; }
        to.WriteLine();
        to.WriteLine($"{records.Count(r => !r.Rejected && r.Pass)} met, {records.Count(r => !r.Rejected && !r.Pass)} exceeded, {records.Count(r => r.Rejected)} rejected of {records.Count}");
    }

    private static void WritePart(TextWriter to, Subject part)
    {
        string alone = (part.Turns & Turns.Alone) != 0 ? Line($" {part.Ns:F2} ({part.MinNs:F2}-{part.MaxNs:F2})") : string.Empty;
        string two = part.NsOfTwo > 0 ? Line($"  two threads {part.NsOfTwo:F2} ({part.MinNsOfTwo:F2}-{part.MaxNsOfTwo:F2})") : string.Empty;
        to.WriteLine($"       {part.Name}, ns:{alone}{two}  [{part.Operations} a slice]");
    }

    private static string Median(Times times) => times.Median > 0 ? Line($"{times.Median:F1}") : string.Empty;

    private static string Ns(double? ns) => ns is { } value ? Line($"{value:F0} ns") : "not measured";

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
