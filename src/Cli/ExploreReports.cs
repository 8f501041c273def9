using MemCore.Lab.Exploration;
using MemCore.Lab.Reports;
using MemCore.Lab.Scenarios;

namespace MemCore.Cli;

/// <summary>Verdicts as cases of a report: an undecided row counts as failed.</summary>
internal static class ExploreReports
{
    public static ReportedCase Case(Verdict verdict)
    {
        string suite = $"explore.{verdict.Scenario.Slug}";
        string name = VerdictText.Name(verdict)[(verdict.Scenario.Slug.Length + 1)..];
        double seconds = verdict.Exploration.Seconds;
        if (verdict.Result == VerdictResult.AsExpected) { return new ReportedCase(suite, name, seconds); }
        string expected = verdict.Expected.Count == 0 ? "expected nothing" : $"expected {string.Join(" or ", verdict.Expected)}";
        Found[] unexpected = [.. verdict.Exploration.Found.Where(f => !verdict.Expected.Contains(f.Kind))];
        string details = string.Join('\n', unexpected.Select(f => VerdictText.Interleaving(verdict, f)));
        return new ReportedCase(suite, name, seconds, VerdictText.Result(verdict.Result), $"{expected}; {VerdictText.Line(verdict)}", details);
    }
}
