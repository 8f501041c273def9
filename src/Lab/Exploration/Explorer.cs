using System.Diagnostics;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>How an exploration goes about it.</summary>
internal enum Strategy
{
    /// <summary>Bounded search with growing bound, then stored states without bound as far as the time goes.</summary>
    Auto,

    /// <summary>Bounded search only.</summary>
    Dfs,

    /// <summary>Stored states without bound only.</summary>
    States,

    /// <summary>Source-DPOR with sleep sets, no bound: every Mazurkiewicz trace once.</summary>
    Traces,

    /// <summary>Random walks for the whole time.</summary>
    Random,

    /// <summary>Random walks whose picks are weighted by the steps that each actor has left: closer to uniform over interleavings.</summary>
    Uniform,

    /// <summary>Random priorities with a few random change points, their number drawn for each run.</summary>
    Pct,
}

/// <summary>The order in which stores become visible to others.</summary>
internal enum MemoryModel
{
    /// <summary>At once.</summary>
    SequentiallyConsistent,

    /// <summary>Through a first-in-first-out buffer of each actor, drained by read-modify-writes and fences: x86.</summary>
    Tso,
}

/// <summary>Part <paramref name="Index"/> of <paramref name="Count"/>, from 1.</summary>
internal readonly record struct Shard(int Index, int Count);

/// <summary>What an exploration may spend.</summary>
internal sealed record ExplorationOptions
{
    public Strategy Strategy { get; init; } = Strategy.Auto;

    public int PreemptionsMax { get; init; } = 2;

    /// <summary>Time in all; the bounded part always gets to its end first unless this runs out.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Of Auto: how long the search without bound may take.</summary>
    public TimeSpan UnboundedTime { get; init; } = TimeSpan.FromSeconds(5);

    public ulong Seed { get; init; } = 1;

    public int RunPointsMax { get; init; } = 20_000;

    public bool Prune { get; init; } = true;

    public MemoryModel Memory { get; init; }

    /// <summary>Plain accesses are scheduling points too, and two of them without an order between them are a violation.</summary>
    public bool Races { get; init; }

    /// <summary>Stored states are compared in full, not by their 128-bit hash.</summary>
    public bool Exact { get; init; }

    /// <summary>Only this part of the schedules.</summary>
    public Shard? Shard { get; init; }

    /// <summary>Ends at the first violation: for measuring how long it takes to be found.</summary>
    public bool FirstOnly { get; init; }
}

/// <summary>What an exploration covered and found.</summary>
/// <param name="Complete">True when <paramref name="Space"/> was searched to its end with no run cut off.</param>
/// <param name="Space"><c>schedules&lt;=k</c>, <c>states</c> (no bound) or <c>sampled</c>.</param>
internal sealed record ExplorationResult(bool Complete, string Space, int? Bound, SearchCounts Counts, double Seconds)
{
    public IEnumerable<Found> Found => Counts.Found.Values.OrderBy(f => f.Preemptions).ThenBy(f => f.Decisions.Length);
}

/// <summary>Explores a model. Needs a process with the seam on.</summary>
internal static class Explorer
{
    /// <exception cref="LabException">The lab failed: nondeterminism, a swallowed unwind, an access outside the arena.</exception>
    public static ExplorationResult Explore(ExplorationModel model, ExplorationOptions options)
    {
        if (!Seam.Exploring) { throw new LabException("the seam is off in this process: nothing can be explored"); }
        Stopwatch clock = Stopwatch.StartNew();
        SearchCounts counts = new();
        Runner runner = new(model) { RunPointsMax = options.RunPointsMax };
        if (options is { Memory: MemoryModel.SequentiallyConsistent, Races: false }) { runner.LearnPrograms(); }
        bool Expired() => clock.Elapsed >= options.Time || (options.FirstOnly && counts.Found.Count > 0);

        if (options.Strategy == Strategy.Random)
        {
            new RandomWalk(runner, counts, options.Seed).Search(long.MaxValue, Expired);
            return new ExplorationResult(false, "sampled", null, counts, clock.Elapsed.TotalSeconds);
        }

        DepthFirstSearch search = new(runner, options.Prune);
        int reached = -1;
        if (options.Strategy != Strategy.States)
        {
            for (int bound = 0; bound <= options.PreemptionsMax && search.Search(bound, counts, Expired); bound++) { reached = bound; }
        }
        bool bounded = reached == options.PreemptionsMax;
        ExplorationResult result = new(bounded, $"schedules<={Math.Max(reached, 0)}", Math.Max(reached, 0), counts, clock.Elapsed.TotalSeconds);
        if (options.Strategy == Strategy.Dfs || (options.Strategy == Strategy.Auto && !bounded)) { return result; }

        // Counts of its own: those of a search that ended are the same in every run, those of one that did not are noise.
        SearchCounts unbounded = new();
        TimeSpan limit = options.Strategy == Strategy.States ? options.Time : clock.Elapsed + options.UnboundedTime;
        TimeSpan end = limit < options.Time ? limit : options.Time;
        bool ended = search.Search(-1, unbounded, () => clock.Elapsed >= end);
        double seconds = clock.Elapsed.TotalSeconds;
        if (ended || options.Strategy == Strategy.States)
        {
            unbounded.Merge(counts);
            return new ExplorationResult(ended, "states", null, unbounded, seconds);
        }
        counts.Merge(unbounded);
        return result with { Seconds = seconds };
    }

    /// <summary>Repeats a schedule and records it. The model is at its initial state before and after.</summary>
    /// <exception cref="LabException">The schedule does not fit the model: it was made by another build, or for another scenario.</exception>
    public static Replayed Replay(ExplorationModel model, IReadOnlyList<short> decisions)
    {
        Interleaving steps = new(model);
        Runner runner = new(model) { Trace = steps };
        Replayer replayer = new(decisions);
        RunEnd end = runner.Run(replayer, -1);
        runner.Reset();
        return new Replayed(end, runner.Violation, runner.ViolationText, replayer.Taken, replayer.Preemptions, steps.TraceHash, steps.Print());
    }
}

/// <summary>A repeated run: how it ended, what was decided, and the interleaving as text.</summary>
internal sealed record Replayed(
    RunEnd End, ViolationKind Violation, string Text, IReadOnlyList<short> Decisions, int Preemptions, ulong TraceHash, string Interleaving);
