using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>One kind of operation over the whole run.</summary>
internal sealed record OperationSummary(string Name, long Count, long Failed, long P50Ns, long P99Ns, long MaxNs);

/// <summary>What the machine was started from.</summary>
internal sealed record HostSummary(string Source, long Frames, double ImportSeconds, IReadOnlyList<string> Lines);

/// <summary>The full audits of a run.</summary>
internal sealed record AuditSummary(int Full, int Violations, double PauseMeanMs, double PauseMaxMs)
{
    /// <summary>Both together; the mean is weighed by the audits of each.</summary>
    public AuditSummary Plus(AuditSummary other) => new(Full + other.Full, Violations + other.Violations,
        ((PauseMeanMs * Full) + (other.PauseMeanMs * other.Full)) / Math.Max(1, Full + other.Full), Math.Max(PauseMaxMs, other.PauseMaxMs));
}

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

    /// <summary>Memory and throughput over the time of this part.</summary>
    public required IReadOnlyList<RunSample> Samples { get; init; }

    public required RunDrift Drift { get; init; }

    /// <summary>Before the first step.</summary>
    public required BlockCensus BlocksBefore { get; init; }

    /// <summary>When everything was given back; null when the run did not come to rest.</summary>
    public required BlockCensus? BlocksAfter { get; init; }

    /// <summary>Attempts that failed, by reason.</summary>
    public required IReadOnlyList<KeyValuePair<string, long>> MigrationFailures { get; init; }

    /// <summary>The folios that were waited for the longest.</summary>
    public required IReadOnlyList<LockWaitEntry> TopLocks { get; init; }

    /// <summary>The pieces of the run, this one last: more than one when it was resumed.</summary>
    public required IReadOnlyList<RunPart> Parts { get; init; }

    /// <summary>Operations of earlier parts are in the counts; latencies are of this part.</summary>
    public int Resumed => Parts.Count - 1;

    /// <summary>The signal that ended the run early; 0 for none.</summary>
    public int Signal { get; init; }

    public long Migrated => VmStat.FirstOrDefault(c => c.Key == Soak.VmStat.NameOf(EventCounter.PgMigrateSuccess)).Value;

    /// <summary>Folios that were given up, whatever the number of attempts.</summary>
    public long MigrationsFailed => VmStat.FirstOrDefault(c => c.Key == Soak.VmStat.NameOf(EventCounter.PgMigrateFail)).Value;

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
