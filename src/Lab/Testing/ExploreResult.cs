using System.Globalization;

namespace MemCore.Lab.Testing;

/// <summary>What an exploration says about a test.</summary>
public enum ExploreVerdict
{
    /// <summary>Every interleaving of the space was run, and every check held.</summary>
    Holds,

    /// <summary>A check failed in at least one interleaving.</summary>
    Violated,

    /// <summary>No check failed, but the space was not searched to its end.</summary>
    RanOut,
}

/// <summary>What was searched and what was found.</summary>
public sealed class ExploreResult
{
    internal ExploreResult(IReadOnlyList<ExploredRun> violations, bool complete, string space, (long Executions, long Steps, long States) counts, double seconds)
    {
        Violations = violations;
        Complete = complete;
        Space = space;
        (Executions, Steps, States) = counts;
        Seconds = seconds;
    }

    /// <summary>The answer.</summary>
    public ExploreVerdict Verdict => Violations.Count > 0 ? ExploreVerdict.Violated : Complete ? ExploreVerdict.Holds : ExploreVerdict.RanOut;

    /// <summary>One run for each kind of violation: the one with the fewest preemptions, then the fewest steps, that was met. Fewest preemptions first.</summary>
    public IReadOnlyList<ExploredRun> Violations { get; }

    /// <summary>True when <see cref="Space"/> was searched to its end.</summary>
    public bool Complete { get; }

    /// <summary><c>schedules&lt;=k</c>: up to k preemptions; <c>states</c> or <c>traces</c>: without bound; <c>sampled</c>: no space.</summary>
    public string Space { get; }

    /// <summary>Runs, those that ended early in a known state included.</summary>
    public long Executions { get; }

    /// <summary>Accesses to shared words in all runs.</summary>
    public long Steps { get; }

    /// <summary>Different states that were met, where they are stored.</summary>
    public long States { get; }

    /// <summary>How long it took.</summary>
    public double Seconds { get; }

    /// <summary>Throws unless the verdict is <see cref="ExploreVerdict.Holds"/>: what a unit test calls.</summary>
    /// <exception cref="ExploreFailedException">The message has schedule, interleaving and history.</exception>
    public void Require()
    {
        if (Verdict != ExploreVerdict.Holds) { throw new ExploreFailedException(ToString()); }
    }

    /// <summary>The verdict in one line, and every violation in full.</summary>
    public override string ToString() =>
        string.Join("\n", Violations.Select(v => v.ToString()).Prepend(string.Create(CultureInfo.InvariantCulture,
            $"{Verdict}: {Space}{(Complete ? "" : " (not to the end)")}, {Executions:n0} runs, {Steps:n0} steps, {Executions / Math.Max(Seconds, 1e-6):n0} runs/s")));
}

/// <summary>An exploration did not give the verdict that a test asked for.</summary>
public sealed class ExploreFailedException : Exception
{
    /// <summary>A failure without words.</summary>
    public ExploreFailedException()
    {
    }

    /// <summary>A failure with the result as text.</summary>
    public ExploreFailedException(string message)
        : base(message)
    {
    }

    /// <summary>A failure that another one led to.</summary>
    public ExploreFailedException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
