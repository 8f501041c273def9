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

    /// <summary>True: any violation at all is unexpected. False: kinds beside <see cref="Sometimes"/> may follow from the same mistake.</summary>
    public bool NothingElse => Sometimes.Count == 0;

    /// <summary>Bound of preemptions that is searched to the end.</summary>
    public int Preemptions { get; init; } = 2;

    /// <summary>Builds the machine and its actors. Called with the planted bug on.</summary>
    public required Func<ExplorationModel> Build { get; init; }
}

/// <summary>A question with variants. The slug is the argument of the command, the test case and the row in the document.</summary>
internal abstract class Scenario
{
    public abstract string Slug { get; }

    public abstract string Question { get; }

    /// <summary>Where the question comes from: a seed "000" to "004", or the origin in words.</summary>
    public abstract string Origin { get; }

    public abstract IReadOnlyList<Variant> Variants { get; }
}

/// <summary>All scenarios of this build.</summary>
internal static class ScenarioCatalogue
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new WordTypes(),
        new FolioLockScenario(),
        new AllocatorScenario(),
        new LruScenario(),
        new PageCacheScenario(),
        new FaultScenario(),
        new RmapScenario(),
        new MigrationScenario(),
        new BalloonScenario(),
        new CompactionScenario(),
    ];

    public static Scenario? Find(string slug) => All.FirstOrDefault(s => s.Slug == slug);
}
