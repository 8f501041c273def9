namespace MemCore.Lab.Testing;

/// <summary>Which interleavings are searched.</summary>
public enum ExploreStrategy
{
    /// <summary>Every schedule up to the bound of preemptions, then without bound as far as the time goes.</summary>
    Auto,

    /// <summary>Every schedule up to the bound of preemptions.</summary>
    Bounded,

    /// <summary>Every interleaving, without bound; states that were seen before are not followed again.</summary>
    States,

    /// <summary>Random walks until the time is up. Proves nothing; for what is too large to be searched.</summary>
    Random,
}

/// <summary>What an exploration may spend, and on what.</summary>
public sealed record ExploreOptions
{
    /// <summary>The order of the search.</summary>
    public ExploreStrategy Strategy { get; init; }

    /// <summary>The bound: how often an actor may be stopped although it could go on. Most mistakes need one or two.</summary>
    public int Preemptions { get; init; } = 2;

    /// <summary>How long the search may take in all.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Of random walks: equal seeds walk equally.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Steps after which a run is cut off. A run that was cut off leaves the search incomplete.</summary>
    public int StepsMax { get; init; } = 20_000;

    /// <summary>Ends the search at the first violation instead of looking for further kinds and shorter schedules.</summary>
    public bool FirstOnly { get; init; }
}
