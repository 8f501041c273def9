using MemCore.Lab.Reports;
using MemCore.Lab.Soak;

namespace MemCore.Cli;

/// <summary>A soak as cases of a report: one for the run, one for each finding.</summary>
internal static class SoakCases
{
    /// <summary>Writes the file that was asked for, and annotations where somebody reads them. A file that cannot be written is said on stderr.</summary>
    public static void Publish(SoakOptions options, SoakReport report)
    {
        List<ReportedCase> cases = Of(report);
        JUnitReport.Annotate(Console.Error, cases);
        if (options.JUnit is null) { return; }
        try
        {
            JUnitReport.Save(options.JUnit, "memcore soak", cases);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"memcore: the report could not be written: {e.Message}");
        }
    }

    private static List<ReportedCase> Of(SoakReport report)
    {
        const string Suite = "soak";
        string run = string.Join(',', report.Options.Workloads);
        string repeat = $"repeat with: {report.Options.Command}";
        if (report.Findings.Count > 0)
        {
            return [.. report.Findings.Select(f => new ReportedCase(Suite, f.Key, report.Seconds, f.Invariant.ToString(), f.Text, $"{f.Dump}\n{repeat}"))];
        }
        if (report.ExitCode == ExitCode.Done) { return [new ReportedCase(Suite, run, report.Seconds)]; }
        string missing = report.SometimesMissing.Count == 0 ? string.Empty : $"; never seen: {string.Join(", ", report.SometimesMissing)}";
        return [new ReportedCase(Suite, run, report.Seconds, report.Verdict.ToString(), $"the run ended with exit code {report.ExitCode}{missing}", repeat)];
    }
}
