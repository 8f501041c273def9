using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>How a variant's run compares with what it promised.</summary>
internal enum VerdictResult
{
    AsExpected,
    Unexpected,

    /// <summary>Nothing unexpected, but the space was not searched to its end.</summary>
    Inconclusive,
}

/// <summary>One variant run: what was expected, what was observed, in which space.</summary>
internal sealed record Verdict(Scenario Scenario, Variant Variant, ExplorationResult Exploration, VerdictResult Result)
{
    public int Actors { get; init; }

    public int Operations { get; init; }

    public ModelSettings Settings { get; init; } = new();

    /// <summary>The smallest run that shows a violation; null when none was found.</summary>
    public Schedule? Shortest => ScheduleOf(Exploration.Found.FirstOrDefault());

    public Schedule? ScheduleOf(Found? found) => found is null
        ? null
        : new Schedule(Scenario.Slug, Variant.Slug, null, found.Decisions);

    /// <summary>Explores a variant and compares.</summary>
    public static Verdict Decide(Scenario scenario, Variant variant, ExplorationOptions options, ModelSettings? settings = null)
    {
        settings ??= new ModelSettings();
        return WithModel(variant, settings, model =>
        {
            ExplorationResult result = Explorer.Explore(model, variant.In(options));
            return new Verdict(scenario, variant, result, Compare(settings.Checks ? variant.Sometimes : variant.SometimesUnchecked ?? variant.Sometimes, result))
            {
                Actors = model.Actors.Count,
                Operations = model.Actors.Sum(a => a.Operations.Count),
                Settings = settings,
            };
        });
    }

    /// <summary>Builds the variant's model with its planted mistake on and its muted oracles off, for as long as <paramref name="look"/> looks at it.</summary>
    public static T WithModel<T>(Variant variant, ModelSettings settings, Func<ExplorationModel, T> look)
    {
        Plant.Active = variant.Planted;
        foreach (ViolationKind kind in variant.Muted) { Bug.Muted |= 1UL << (int)kind; }
        try
        {
            using ExplorationModel model = variant.Build(settings);
            return look(model);
        }
        finally
        {
            Plant.Active = PlantedBug.None;
            Bug.Muted = 0;
        }
    }

    /// <summary>Repeats a schedule of a variant and returns the recorded run.</summary>
    public static Replayed Replay(Variant variant, IReadOnlyList<short> decisions, ModelSettings? settings = null) =>
        WithModel(variant, settings ?? new ModelSettings(), model => Explorer.Replay(model, decisions, variant.Memory, variant.Races));

    private static VerdictResult Compare(IReadOnlyList<ViolationKind> sometimes, ExplorationResult result)
    {
        if (sometimes.Count == 0)
        {
            if (result.Counts.Found.Count > 0) { return VerdictResult.Unexpected; }
            return result.Complete ? VerdictResult.AsExpected : VerdictResult.Inconclusive;
        }
        if (sometimes.Any(result.Counts.Found.ContainsKey)) { return VerdictResult.AsExpected; }
        return result.Complete ? VerdictResult.Unexpected : VerdictResult.Inconclusive;
    }
}
