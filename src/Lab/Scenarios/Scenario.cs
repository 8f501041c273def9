using System.Reflection;
using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>One answer to a scenario's question: what is set up, what must never and what must sometimes be observed.</summary>
/// <remarks>Never empty and Sometimes empty is no variant: a check that cannot fail is a defect.</remarks>
internal sealed record Variant
{
    public required string Slug { get; init; }

    /// <summary>The reference's identifier, or one of ours.</summary>
    public required string Id { get; init; }

    /// <summary>ours, accepted, historical, rejected, proposed or strawman.</summary>
    public string Status { get; init; } = "ours";

    public required string Because { get; init; }

    /// <summary>The mistake that this variant plants, so that the search is seen to find it.</summary>
    public PlantedBug Planted { get; init; }

    /// <summary>Kinds of which at least one must be found.</summary>
    public IReadOnlyList<ViolationKind> Sometimes { get; init; } = [];

    /// <summary>Not null: the variant has a second row with the allocator's checks off, where of these at least one must be found; empty: it is clean there.</summary>
    public IReadOnlyList<ViolationKind>? SometimesUnchecked { get; init; }

    /// <summary>Kinds whose oracle is off, so that what follows from them can be seen.</summary>
    public IReadOnlyList<ViolationKind> Muted { get; init; } = [];

    /// <summary>The reference has the expectation as an inference only: this run decides.</summary>
    public bool DecidedHere { get; init; }

    /// <summary>True: any violation at all is unexpected. False: kinds beside <see cref="Sometimes"/> may follow from the same mistake.</summary>
    public bool NothingElse => Sometimes.Count == 0;

    /// <summary>The memory that the variant is explored under, whatever is asked for otherwise.</summary>
    public MemoryModel Memory { get; init; }

    /// <summary>The variant is explored with the race detector on.</summary>
    public bool Races { get; init; }

    /// <summary>The variant is decided by the graph of all its states, where a fair cycle in which nothing is reached is a livelock.</summary>
    public bool Livelock { get; init; }

    /// <summary>Bound of preemptions that is searched to the end.</summary>
    public int Preemptions { get; init; } = 2;

    /// <summary>What the engine's policies are in it; null: it is about something that Metal workloads do not do.</summary>
    public Protocol? Policy { get; init; }

    /// <summary>Builds the machine and its actors. Called with the planted bug on.</summary>
    public required Func<ModelSettings, ExplorationModel> Build { get; init; }

    /// <summary>Why the row of these settings is expected: what happens with the checks on happens with them off too, but nobody may look.</summary>
    public string BecauseIn(ModelSettings settings) =>
        !settings.Checks && Sometimes.Count > 0 && SometimesUnchecked is { Count: 0 } ? $"not looked at: {Because}" : Because;

    /// <summary>The options with the modes that this variant asks for.</summary>
    public ExplorationOptions In(ExplorationOptions options) => options with
    {
        Memory = Memory == MemoryModel.Tso ? Memory : options.Memory,
        Races = Races || options.Races,
        Livelock = Livelock || options.Livelock,
    };
}

/// <summary>What the user may change about a variant's machine.</summary>
/// <param name="Checks">The allocator looks at what it gets and gives, as with debugging on; off, it wipes silently.</param>
/// <param name="Actors">Tasks of the kind that the scenario can multiply; null: its own number.</param>
internal sealed record ModelSettings(bool Checks = true, int? Actors = null);

/// <summary>A question with variants. The slug is the argument of the command, the test case and the row in the document.</summary>
internal abstract class Scenario
{
    public abstract string Slug { get; }

    public abstract string Question { get; }

    /// <summary>Where the question comes from: a seed "000" to "004", or the origin in words.</summary>
    public abstract string Origin { get; }

    public abstract IReadOnlyList<Variant> Variants { get; }

    /// <summary>False: it is in no catalogue, so a schedule string also says what is planted.</summary>
    public virtual bool IsListed => true;
}

/// <summary>All scenarios: every class of the lab that is one. There is no list to add to.</summary>
internal static class ScenarioCatalogue
{
    public static IReadOnlyList<Scenario> All { get; } = In(typeof(ScenarioCatalogue).Assembly);

    public static Scenario? Find(string slug) => All.FirstOrDefault(s => s.Slug == slug);

    /// <summary>The scenarios of an assembly, in the order of their slugs.</summary>
    public static IReadOnlyList<Scenario> In(Assembly assembly) =>
    [
        .. assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Scenario)) && !type.IsAbstract && HasNoArguments(type))
            .Select(type => (Scenario)Activator.CreateInstance(type, nonPublic: true)!)
            .OrderBy(scenario => scenario.Slug, StringComparer.Ordinal),
    ];

    // One that is made of something is no question of its own.
    private static bool HasNoArguments(Type type) => type.GetConstructor(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, []) is not null;
}
