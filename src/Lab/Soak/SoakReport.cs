namespace MemCore.Lab.Soak;

/// <summary>One kind of operation over the whole run.</summary>
internal sealed record OperationSummary(string Name, long Count, long Failed, long P50Ns, long P99Ns, long MaxNs);

/// <summary>What the machine was started from.</summary>
internal sealed record HostSummary(string Source, long Frames, double ImportSeconds, IReadOnlyList<string> Lines);

/// <summary>The full audits of a run.</summary>
internal sealed record AuditSummary(int Full, int Violations, double PauseMeanMs, double PauseMaxMs);

/// <summary>Everything that a finished run has to say; text and JSON are two views of it.</summary>
internal sealed record SoakReport
{
    public required SoakVerdict Verdict { get; init; }

    public required SoakOptions Options { get; init; }

    public required HostSummary Host { get; init; }

    public required int Threads { get; init; }

    public required int Cpus { get; init; }

    /// <summary>Threads that the OS pinned; fewer than all when it refused.</summary>
    public required int Pinned { get; init; }

    public required string PinRefusal { get; init; }

    public required int FrameBytes { get; init; }

    public required double Seconds { get; init; }

    public required IReadOnlyList<OperationSummary> Operations { get; init; }

    public required IReadOnlyList<KeyValuePair<string, long>> VmStat { get; init; }

    public required AuditSummary Audits { get; init; }

    public required int SometimesReached { get; init; }

    public required int SometimesTotal { get; init; }

    public required IReadOnlyList<string> SometimesMissing { get; init; }

    /// <summary>All states with how often they were seen, required or not.</summary>
    public required IReadOnlyList<KeyValuePair<string, long>> SometimesSeen { get; init; }

    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Managed bytes that workers allocated in their loops, pauses left out. 0 is the aim.</summary>
    public required long AllocatedBytes { get; init; }

    public required long RssStartBytes { get; init; }

    public required long RssEndBytes { get; init; }

    /// <summary>The signal that ended the run early; 0 for none.</summary>
    public int Signal { get; init; }

    public long TotalOperations => Operations.Sum(o => o.Count);

    /// <summary>A required state that was not reached is a failure only in a run that had the time for it.</summary>
    public int ExitCode => Verdict switch
    {
        SoakVerdict.Violation or SoakVerdict.Blind => 1,
        SoakVerdict.Stalled => 4,
        SoakVerdict.Interrupted => Signal == 15 ? 143 : 130,
        _ => 0,
    };
}
