namespace MemCore.Lab.Soak;

/// <summary>A run at a moment, for who watches: rough where workers are counting, but of one moment each.</summary>
internal sealed record SoakSnapshot
{
    public required IReadOnlyList<string> Workloads { get; init; }

    public required int Threads { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Of this part of the run.</summary>
    public required double Seconds { get; init; }

    public required double Remaining { get; init; }

    /// <summary>Totals by operation, those that happened.</summary>
    public required IReadOnlyList<KeyValuePair<string, OperationCount>> Operations { get; init; }

    public required IReadOnlyList<LockWaitEntry> TopLocks { get; init; }

    public required long Migrated { get; init; }

    public required IReadOnlyList<KeyValuePair<string, long>> MigrationFailures { get; init; }

    /// <summary>Key and text of each, those of earlier parts first.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    public required int SometimesReached { get; init; }

    public required int SometimesTotal { get; init; }

    public required IReadOnlyList<string> SometimesMissing { get; init; }

    public required int Audits { get; init; }

    public required double LastPauseMs { get; init; }

    public required long RssStartBytes { get; init; }

    public required long RssBytes { get; init; }

    /// <summary>Drain, or what else keeps the run from its end; empty while workloads run.</summary>
    public string Phase { get; init; } = string.Empty;
}
