using System.Diagnostics;
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
    // Shrinking gets this much even where the search has used up the time.
    private static readonly TimeSpan s_shrinkTimeLeast = TimeSpan.FromMilliseconds(300);

    public int Actors { get; init; }

    public int Operations { get; init; }

    public ModelSettings Settings { get; init; } = new();

    public ExplorationOptions Options { get; init; } = new();

    /// <summary>What the row must show one of; empty: it must be clean.</summary>
    public IReadOnlyList<ViolationKind> Expected => ExpectedOf(Variant, Settings);

    /// <summary>The smallest run that shows a violation, one that the row is to show if there is one; null when none was found.</summary>
    public Found? ShortestFound => Exploration.Found.FirstOrDefault(f => Expected.Contains(f.Kind)) ?? Exploration.Found.FirstOrDefault();

    public Schedule ScheduleOf(Found found) => new(Scenario.Slug, Variant.Slug, Scenario.IsListed || Variant.Planted == PlantedBug.None ? null : Variant.Planted.ToString(), found.Shrunk?.Decisions ?? found.Decisions)
    {
        Checks = Settings.Checks,
        Actors = Settings.Actors,
        Memory = Options.Memory,
        Races = Options.Races,
        Without = found.Shrunk?.Without ?? [],
        Trace = found.Trace,
    };

    /// <summary>The settings that a variant has a row for.</summary>
    public static IEnumerable<ModelSettings> RowsOf(Variant variant) =>
        variant.SometimesUnchecked is null ? [new ModelSettings()] : [new ModelSettings(), new ModelSettings(Checks: false)];

    /// <summary>True when the variant's machine has more actors with a larger number asked for.</summary>
    public static bool TakesActors(Variant variant)
    {
        int With(int actors) => WithModel(variant, new ModelSettings(Actors: actors), model => model.Actors.Count);
        return With(2) != With(3);
    }

    /// <summary>What a variant must show one of with these settings; empty: it must be clean.</summary>
    public static IReadOnlyList<ViolationKind> ExpectedOf(Variant variant, ModelSettings settings) =>
        settings.Checks ? variant.Sometimes : variant.SometimesUnchecked ?? variant.Sometimes;

    /// <summary>Explores a variant and compares; what was found is shrunk.</summary>
    public static Verdict Decide(Scenario scenario, Variant variant, ExplorationOptions options, ModelSettings? settings = null)
    {
        settings ??= new ModelSettings();
        IReadOnlyList<ViolationKind> expected = ExpectedOf(variant, settings);
        options = variant.In(options) with { Wanted = options.Wanted.Count > 0 ? options.Wanted : expected };
        return WithModel(variant, settings, model =>
        {
            Stopwatch clock = Stopwatch.StartNew();
            ExplorationResult result = Explorer.Explore(model, options);
            TimeSpan end = clock.Elapsed + s_shrinkTimeLeast;
            if (end < options.Time) { end = options.Time; }
            int left = result.Counts.Found.Count;
            foreach (Found found in result.Found)
            {
                TimeSpan until = clock.Elapsed + ((end - clock.Elapsed) / left--);
                Shrink(model, options, found, result.Bound is not null && options.Shard is null && !result.Beyond.Contains(found.Kind), () => clock.Elapsed >= until);
            }
            return new Verdict(scenario, variant, result, Compare(expected, result, isPart: options.Shard is not null))
            {
                Actors = model.Actors.Count,
                Operations = model.Actors.Sum(a => a.Operations.Count),
                Settings = settings,
                Options = options,
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
    public static Replayed Replay(Variant variant, Schedule schedule, bool onThreads = false) =>
        WithModel(variant, new ModelSettings(schedule.Checks, schedule.Actors), model =>
            Explorer.Replay(model, schedule.Decisions, new ExplorationOptions { Memory = schedule.Memory, Races = schedule.Races, OnThreads = onThreads }, schedule.Without));

    private static void Shrink(ExplorationModel model, ExplorationOptions options, Found found, bool fewest, Func<bool> expired)
    {
        // A lasso is made of shortest ways already, and shows nothing before it is gone round.
        if (found.Kind != ViolationKind.Livelock) { found.Shrunk = new Shrinker(model, options, found.Kind, expired: expired).Shrink(found.Decisions, fewest: fewest); }
        Replayed replayed = Explorer.Replay(model, found.Shrunk?.Decisions ?? found.Decisions, options, found.Shrunk?.Without);
        found.Trace = TraceHash.Short(replayed.TraceHash);
    }

    private static VerdictResult Compare(IReadOnlyList<ViolationKind> sometimes, ExplorationResult result, bool isPart)
    {
        if (sometimes.Count == 0)
        {
            if (result.Counts.Found.Count > 0) { return VerdictResult.Unexpected; }
            return result.Complete ? VerdictResult.AsExpected : VerdictResult.Inconclusive;
        }
        if (sometimes.Any(result.Counts.Found.ContainsKey)) { return VerdictResult.AsExpected; }


        // It may be in another part.
        return result.Complete && !isPart ? VerdictResult.Unexpected : VerdictResult.Inconclusive;
    }
}
