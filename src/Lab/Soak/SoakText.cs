using System.Globalization;
using System.Text;

namespace MemCore.Lab.Soak;

/// <summary>The same for people.</summary>
internal static class SoakText
{
    private const double Mega = 1e6;

    public static string Progress(ProgressEvent p) => string.Create(CultureInfo.InvariantCulture,
        $"{p.Seconds,6:0} s  {p.OperationsPerSecond / Mega,7:0.00} M ops/s  audits {p.Audits} ({p.LastPauseMs:0} ms)  findings {p.Findings}  sometimes {p.Reached}/{p.Total}  rss {p.RssBytes >> 20} MiB  seed 0x{p.Seed:x}  {Math.Max(0, p.Remaining):0} s left");

    public static string Finding(Finding finding) =>
        $"FINDING {finding.Invariant}: {finding.Text}\n  key {finding.Key}{(finding.Repro is null ? "; with --out DIR it is saved for replay" : $"; saved as {finding.Repro}")}\n{Indented(finding.Dump)}";

    public static string Report(SoakReport report)
    {
        StringBuilder text = new();
        CultureInfo plain = CultureInfo.InvariantCulture;
        text.Append(plain, $"\nmemcore soak: {string.Join(", ", report.Options.Workloads)} on {report.Threads} threads, {report.Cpus} CPUs, {report.Seconds:0.0} s\n\n");
        text.Append(plain, $"Loaded   {report.Host.Source}: {report.Host.Frames:N0} frames in {report.Host.ImportSeconds:0.00} s, {report.FrameBytes} bytes of memory behind each\n");
        foreach (string line in report.Host.Lines) { text.Append(plain, $"         {line}\n"); }
        text.Append(plain, $"Threads  {(report.Pinned == report.Threads ? "each pinned to its CPU" : $"{report.Pinned} of {report.Threads} pinned: {report.PinRefusal}")}");
        text.Append(report.Options.Checked ? "; checked" : string.Empty).Append(report.Options.Chaos == ChaosLevel.Off ? "\n" : $"; chaos {report.Options.Chaos.ToString().ToLowerInvariant()}\n");
        if (report.Options.PolicyName is { } policy) { text.Append(plain, $"Policy   {policy}\n"); }
        AppendOperations(text, report);
        AppendLocks(text, report);
        SoakTextCourse.AppendMigrations(text, report);
        SoakTextCourse.AppendBlocks(text, report);
        AuditSummary audits = report.Audits;
        text.Append(plain, $"\nAudits   {audits.Full} full audits of every frame, {audits.Violations} violations{Pauses(audits)}\n");
        text.Append(plain, $"Reached  {report.SometimesReached} of {report.SometimesTotal} states that a run must sometimes reach\n");
        foreach (string name in report.SometimesMissing) { text.Append(plain, $"         not reached: {name}\n"); }
        text.Append(plain, $"Memory   resident {report.RssStartBytes >> 20} MiB at the start, {report.RssEndBytes >> 20} MiB at the end; workers allocated {report.AllocatedBytes} managed bytes\n");
        SoakTextCourse.AppendDrift(text, report);
        foreach (Finding finding in report.Findings) { text.Append('\n').Append(Finding(finding)).Append('\n'); }
        text.Append(plain, $"\nVerdict  {Verdict(report)}\nRepeat   {report.Options.Command}\n");
        return text.ToString();
    }

    private static void AppendOperations(StringBuilder text, SoakReport report)
    {
        CultureInfo plain = CultureInfo.InvariantCulture;
        text.Append(plain, $"\n{"operation",-20}{"count",16}{"per second",14}{"failed",14}{"p50",10}{"p99",10}{"max",10}\n");
        foreach (OperationSummary o in report.Operations)
        {
            text.Append(plain, $"{o.Name,-20}{o.Count,16:N0}{o.Count / report.Seconds,14:N0}{o.Failed,14:N0}{Time(o.P50Ns),10}{Time(o.P99Ns),10}{Time(o.MaxNs),10}\n");
        }
        text.Append(plain, $"{"all",-20}{report.TotalOperations,16:N0}{report.TotalOperations / report.Seconds,14:N0}\n");
    }

    private static void AppendLocks(StringBuilder text, SoakReport report)
    {
        Dictionary<string, long> counts = report.VmStat.ToDictionary(p => p.Key, p => p.Value);
        if (!counts.TryGetValue("folio_lock_slow", out long slow) || counts["folio_lock_fast"] == 0) { return; }
        text.Append(CultureInfo.InvariantCulture,
            $"\nLocks    {counts["folio_lock_fast"]:N0} taken at once, {slow:N0} had to wait, {counts["folio_wait_slept"]:N0} sleeps, {counts["folio_lock_handed_off"]:N0} hand-offs, {counts["folio_lock_robbed"]:N0} robbed, {counts["folio_wait_timed_out"]:N0} timed out, {counts["folio_wait_cancelled"]:N0} cancelled\n");
    }

    private static string Pauses(AuditSummary audits) => audits.PauseMaxMs == 0 ? string.Empty
        : string.Create(CultureInfo.InvariantCulture, $"; each stopped the run for {audits.PauseMeanMs:0.0} ms on average, {audits.PauseMaxMs:0.0} ms at most");

    private static string Verdict(SoakReport report) => report.Verdict switch
    {
        SoakVerdict.Clean when report.SometimesMissing.Count > 0 => "clean, but not everything was reached: a longer run may",
        SoakVerdict.Clean => "clean: nothing was broken, and every state that must be reached was",
        SoakVerdict.Blind => "failed: nothing was broken, but required states were not reached in the time given",
        SoakVerdict.Interrupted => "interrupted: nothing was broken until then",
        SoakVerdict.Stalled => "stalled: a task made no progress",
        _ => "VIOLATION: an invariant was broken",
    };

    internal static string Time(long ns) => ns switch
    {
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{ns} ns"),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{ns / 1000.0:0} us"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{ns / 1_000_000.0:0} ms"),
    };

    private static string Indented(string text) => "  " + text.ReplaceLineEndings("\n").TrimEnd('\n').Replace("\n", "\n  ", StringComparison.Ordinal);
}
