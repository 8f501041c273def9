namespace MemCore.Lab.Soak;

/// <summary>One uninterrupted piece of a run: from a start to its end, or to the last that the journal knows of it.</summary>
internal sealed record RunPart(ulong Seed, double Seconds);

/// <summary>Counts of an operation without its latencies.</summary>
internal readonly record struct OperationCount(long Count, long Failed);

/// <summary>What a run has to show at some moment: what a journal keeps, and what adds up over the parts of a resumed run.</summary>
internal sealed record RunTally
{
    public static RunTally Nothing { get; } = new();

    public double Seconds { get; init; }

    public IReadOnlyDictionary<string, OperationCount> Operations { get; init; } = new Dictionary<string, OperationCount>();

    /// <summary>By the names of <see cref="VmStat"/>.</summary>
    public IReadOnlyDictionary<string, long> Events { get; init; } = new Dictionary<string, long>();

    /// <summary>How often each state that a run must sometimes reach was seen.</summary>
    public IReadOnlyDictionary<string, long> Sometimes { get; init; } = new Dictionary<string, long>();

    public AuditSummary Audits { get; init; } = new(0, 0, 0, 0);

    public IReadOnlyList<Finding> Findings { get; init; } = [];

    public long TotalOperations => Operations.Values.Sum(o => o.Count);

    /// <summary>Both together. A finding that both have counts once.</summary>
    public RunTally Plus(RunTally other) => new()
    {
        Seconds = Seconds + other.Seconds,
        Operations = Sum(Operations, other.Operations, (a, b) => new OperationCount(a.Count + b.Count, a.Failed + b.Failed)),
        Events = Sum(Events, other.Events, (a, b) => a + b),
        Sometimes = Sum(Sometimes, other.Sometimes, (a, b) => a + b),
        Audits = Audits.Plus(other.Audits),
        Findings = [.. Findings.Concat(other.Findings).DistinctBy(f => f.Key)],
    };

    private static Dictionary<string, T> Sum<T>(IReadOnlyDictionary<string, T> left, IReadOnlyDictionary<string, T> right, Func<T, T, T> add)
        where T : struct
    {
        Dictionary<string, T> sum = new(left);
        foreach ((string name, T value) in right) { sum[name] = sum.TryGetValue(name, out T before) ? add(before, value) : value; }
        return sum;
    }
}

/// <summary>The parts of a run before this one, as its journal tells them.</summary>
internal sealed record EarlierParts(IReadOnlyList<RunPart> Parts, RunTally Tally)
{
    public static EarlierParts None { get; } = new([], RunTally.Nothing);
}
