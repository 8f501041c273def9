using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Tests.Scenarios;

/// <summary>The guide to new scenarios: its code is a file of this assembly, and does what it says.</summary>
public sealed class GuideTests
{
    private static Scenario Guide => ScenarioCatalogue.In(typeof(GuideTests).Assembly).Single(s => s.Slug == "sole-owner");

    [Fact]
    public void AScenarioOfAnyAssemblyIsFoundWithoutRegistration()
    {
        Assert.Equal(2, Guide.Variants.Count);
        Assert.Null(ScenarioCatalogue.Find(Guide.Slug));
    }

    [Fact]
    public void TheSoundVariantIsCleanInAllInterleavings()
    {
        Verdict verdict = Verdict.Decide(Guide, Guide.Variants[0], new ExplorationOptions());

        Assert.Equal(VerdictResult.AsExpected, verdict.Result);
        Assert.True(verdict.Exploration.Complete);
        Assert.Empty(verdict.Exploration.Found);
    }

    [Fact]
    public void TheOtherOneShowsWhatTheGuideSays()
    {
        Verdict verdict = Verdict.Decide(Guide, Guide.Variants[1], new ExplorationOptions());

        Found found = Assert.Single(verdict.Exploration.Found);
        Assert.Equal((ViolationKind.DataMismatch, 1), (found.Kind, found.Preemptions));
    }

    [Fact]
    public void TheGuidesCodeIsTheFilesCode()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "MemCore.sln"))) { folder = Path.GetDirectoryName(folder)!; }
        string guide = File.ReadAllText(Path.Combine(folder, "src", "Lab", "Scenarios", "NEW-SCENARIO.md")).ReplaceLineEndings("\n");
        string code = File.ReadAllText(Path.Combine(folder, "tests", "Explored", "Scenarios", "SoleOwnerScenario.cs")).ReplaceLineEndings("\n");

        Assert.Contains($"```csharp\n{code}```", guide, StringComparison.Ordinal);
    }
}
