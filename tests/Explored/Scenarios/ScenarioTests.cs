using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Tests.Scenarios;

public class ScenarioTests
{
    public static TheoryData<string, string> AllVariants()
    {
        TheoryData<string, string> data = [];
        foreach (Scenario scenario in ScenarioCatalogue.All)
        {
            foreach (Variant variant in scenario.Variants) { data.Add(scenario.Slug, variant.Slug); }
        }
        return data;
    }

    public static TheoryData<string, string, bool> AllRows()
    {
        TheoryData<string, string, bool> data = [];
        foreach (Scenario scenario in ScenarioCatalogue.All)
        {
            foreach (Variant variant in scenario.Variants)
            {
                foreach (ModelSettings settings in Verdict.RowsOf(variant)) { data.Add(scenario.Slug, variant.Slug, settings.Checks); }
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(AllRows))]
    public void RowGivesTheVerdictItPromises(string scenarioSlug, string variantSlug, bool checks)
    {
        Scenario scenario = ScenarioCatalogue.Find(scenarioSlug)!;
        Variant variant = scenario.Variants.First(v => v.Slug == variantSlug);
        string written = WrittenRow(variant, checks);
        ExplorationOptions options = new()
        {
            Strategy = StrategyOf(written),
            PreemptionsMax = variant.Preemptions,
            Time = TimeSpan.FromSeconds(60),
            UnboundedTime = TimeSpan.FromSeconds(60),
        };

        Verdict verdict = Verdict.Decide(scenario, variant, options, new ModelSettings(checks));

        SearchCounts counts = verdict.Exploration.Counts;
        TestContext.Current.SendDiagnosticMessage(VerdictText.Line(verdict));
        Assert.Equal(0, counts.CutOff);
        Assert.True(verdict.Result == VerdictResult.AsExpected, Describe(verdict));
        Assert.Equal(written, VerdictTable.Row(verdict));
    }

    [Fact]
    public void DocumentHasEveryRowOnceAndNoOther()
    {
        IEnumerable<string> rows = File.ReadLines(DocumentPath).Where(l => l.StartsWith("| ", StringComparison.Ordinal) && !l.StartsWith("| id |", StringComparison.Ordinal));
        Assert.Equal(ScenarioCatalogue.All.Sum(s => s.Variants.Sum(v => Verdict.RowsOf(v).Count())), rows.Count());
        Assert.Equal(ScenarioCatalogue.All.Sum(s => s.Variants.Count), ScenarioCatalogue.All.SelectMany(s => s.Variants).Select(v => v.Id).Distinct().Count());
    }

    [Fact]
    public void EveryScenarioPlantsAtLeastTwoMistakes() =>
        Assert.All(ScenarioCatalogue.All, s => Assert.True(s.Variants.Count(v => !v.NothingElse) >= 2, s.Slug));

    [Theory]
    [MemberData(nameof(AllVariants))]
    public void FoundScheduleReplaysToTheSameViolationAndTrace(string scenarioSlug, string variantSlug)
    {
        Scenario scenario = ScenarioCatalogue.Find(scenarioSlug)!;
        Variant variant = scenario.Variants.First(v => v.Slug == variantSlug);
        if (variant.NothingElse) { return; }
        Verdict verdict = Verdict.Decide(scenario, variant, new ExplorationOptions { Strategy = Strategy.Dfs, PreemptionsMax = variant.Preemptions });
        foreach (Found found in verdict.Exploration.Found)
        {
            Assert.True(Schedule.TryParse(verdict.ScheduleOf(found).ToString(), out Schedule parsed, out string error), error);
            Replayed first = Verdict.Replay(variant, parsed);
            Replayed second = Verdict.Replay(variant, parsed);
            Assert.Equal(RunEnd.Violated, first.End);
            Assert.Equal(found.Kind, first.Violation);
            Assert.Equal(found.Kind == ViolationKind.Livelock, found.Shrunk is null); // What recurs for ever is shown as it was found.
            Assert.Equal(found.Shrunk?.Preemptions ?? found.Preemptions, first.Preemptions);
            Assert.True(first.Preemptions <= found.Preemptions, $"{first.Preemptions} preemptions in the shrunk run, {found.Preemptions} in the found one");
            Assert.Equal(first.TraceHash, second.TraceHash);
            Assert.Equal(TraceHash.Short(first.TraceHash), parsed.Trace);
            Assert.Equal(found.Shrunk?.Decisions ?? found.Decisions, first.Decisions);
        }
    }

    private static string DocumentPath
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MemCore.sln"))) { folder = folder.Parent; }
            return Path.Combine(folder!.FullName, "src", "Lab", "SCENARIOS.md");
        }
    }

    private static string WrittenRow(Variant variant, bool checks) =>
        File.ReadLines(DocumentPath).Single(l => l.StartsWith(VerdictTable.Start(variant, checks), StringComparison.Ordinal));

    // The search that the row's counts are of; what was found beyond a bound takes the turns of all strategies.
    private static Strategy StrategyOf(string row)
    {
        bool Says(string text) => row.Contains(text, StringComparison.Ordinal);
        return Says("| states") ? Strategy.States : Says("| traces") ? Strategy.Traces : Says(" beyond |") ? Strategy.Auto : Strategy.Dfs;
    }

    private static string Describe(Verdict verdict) =>
        $"{verdict.Scenario.Slug}/{verdict.Variant.Slug} is {verdict.Result} in {verdict.Exploration.Space} "
        + $"(complete: {verdict.Exploration.Complete}): "
        + string.Join("; ", verdict.Exploration.Found.Select(f => $"{f.Kind} after {f.Preemptions} preemptions ({verdict.ScheduleOf(f)}): {f.Text}"));
}
