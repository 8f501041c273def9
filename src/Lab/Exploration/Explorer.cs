using System.Globalization;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>How an exploration goes about it.</summary>
internal enum Strategy
{
    /// <summary>
    /// Bounded search with growing bound. Then, where a violation is wanted and none was found, random strategies and deeper bounds in
    /// turns; where none is wanted, a search without bound, and samples if that does not end.
    /// </summary>
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
internal readonly record struct Shard(int Index, int Count)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"part {Index}/{Count}");
}

/// <summary>What an exploration may spend.</summary>
internal sealed record ExplorationOptions
{
    public Strategy Strategy { get; init; } = Strategy.Auto;

    public int PreemptionsMax { get; init; } = 2;

    /// <summary>Kinds of which one is to be found; empty: none is. Auto goes on beyond its bound until it has one of them.</summary>
    public IReadOnlyList<ViolationKind> Wanted { get; init; } = [];

    /// <summary>Time in all; the bounded part always gets to its end first unless this runs out.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Of Auto, where no violation is wanted: how long it may go on beyond its bound.</summary>
    public TimeSpan UnboundedTime { get; init; } = TimeSpan.FromSeconds(5);

    public ulong Seed { get; init; } = 1;

    public int RunPointsMax { get; init; } = 20_000;

    public bool Prune { get; init; } = true;

    public MemoryModel Memory { get; init; }

    /// <summary>Plain accesses are scheduling points too, and two of them without an order between them are a violation.</summary>
    public bool Races { get; init; }

    /// <summary>Plain accesses are scheduling points too, raced for or not: for programs that mean to race.</summary>
    public bool PlainPoints { get; init; }

    /// <summary>Stored states are compared in full, not by their 128-bit hash.</summary>
    public bool Exact { get; init; }

    /// <summary>Of a replay: each actor runs on an OS thread of its own.</summary>
    public bool OnThreads { get; init; }

    /// <summary>Only this part of the schedules.</summary>
    public Shard? Shard { get; init; }

    /// <summary>Stores the whole graph of states, whatever the strategy, and looks for cycles in which nothing is reached: <see cref="GraphSearch"/>.</summary>
    public bool Livelock { get; init; }

    /// <summary>Of <see cref="Strategy.Auto"/>: actors in the order in which their operations were seen to begin; runs in and near that order come first. Null: none is known.</summary>
    public IReadOnlyList<int>? Observed { get; init; }

    /// <summary>Ends at the first violation: for measuring how long it takes to be found.</summary>
    public bool FirstOnly { get; init; }
}

/// <summary>What an exploration covered and found.</summary>
/// <param name="Complete">True when <paramref name="Space"/> was searched to its end with no run cut off.</param>
/// <param name="Space"><c>schedules&lt;=k</c>, <c>traces</c>, <c>states</c> (no bound) or <c>sampled</c>.</param>
/// <param name="Bound">Preemptions, where the space has a bound.</param>
/// <param name="Counts">Of the search through the space; what was found includes what other searches met outside of it.</param>
/// <param name="Seconds">Of all searches together.</param>
internal sealed record ExplorationResult(bool Complete, string Space, int? Bound, SearchCounts Counts, double Seconds)
{
    /// <summary>Kinds that showed only outside of <see cref="Space"/>: in samples, or in a search that did not come to its end.</summary>
    public IReadOnlyList<ViolationKind> Beyond { get; init; } = [];

    /// <summary>Runs and steps of all searches, those outside of the space included.</summary>
    public long ExecutionsInAll { get; init; } = Counts.Executions;

    public long StepsInAll { get; init; } = Counts.Steps;

    /// <summary>Of a search of the graph of states: what its cycles say; null where none was made.</summary>
    public LivelockReport? Livelock { get; init; }

    /// <summary>What else was searched, in words; empty: nothing.</summary>
    public string Besides { get; init; } = string.Empty;

    public IEnumerable<Found> Found => Counts.Found.Values.OrderBy(f => f.Preemptions).ThenBy(f => f.Decisions.Length);
}

/// <summary>Explores a model. Needs a process with the seam on.</summary>
internal static class Explorer
{
    /// <exception cref="LabException">The lab failed: nondeterminism, a swallowed unwind, an access outside the arena.</exception>
    public static ExplorationResult Explore(ExplorationModel model, ExplorationOptions options)
    {
        if (!Seam.Exploring) { throw new LabException("the seam is off in this process: nothing can be explored"); }
        return new Session(model, options).Run();
    }

    /// <summary>Repeats a schedule and records it. The model is at its initial state before and after.</summary>
    /// <param name="model">At its initial state.</param>
    /// <param name="decisions">What to repeat.</param>
    /// <param name="options">Memory model and race mode of the run; null: neither.</param>
    /// <param name="without">Operations that the run leaves out.</param>
    /// <exception cref="LabException">The schedule does not fit the model: it was made by another build, or for another scenario.</exception>
    public static Replayed Replay(
        ExplorationModel model, IReadOnlyList<short> decisions, ExplorationOptions? options = null, IReadOnlyCollection<Omission>? without = null)
    {
        Interleaving steps = new(model);
        options ??= new ExplorationOptions();
        Runner runner = Session.RunnerFor(model, options, without);
        using IDisposable? stacks = runner as IDisposable;
        runner.Trace = steps;
        runner.FoldsWaits = !options.OnThreads;
        Replayer replayer = new(decisions, steps.Preempted) { Watched = options.OnThreads ? null : runner };
        RunEnd end = runner.Run(replayer, -1);
        runner.Reset();
        if (replayer.Left > 0) { throw new LabException($"the run ended {replayer.Left} decisions before the schedule did"); }
        Replayed replayed = new(end, runner.Violation, runner.ViolationText, replayer.Taken, replayer.Preemptions, steps.TraceHash, steps.Print(all: false))
        {
            AllSteps = steps.Print(all: true),
            Cast = Interleaving.Cast(model, without ?? []),
        };
        return replayer.Recurs ? replayed with { End = RunEnd.Violated, Violation = ViolationKind.Livelock, Text = Replayer.RecursText } : replayed;
    }
}

/// <summary>A repeated run: how it ended, what was decided, and the interleaving as text, in its short form.</summary>
internal sealed record Replayed(
    RunEnd End, ViolationKind Violation, string Text, IReadOnlyList<short> Decisions, int Preemptions, ulong TraceHash, string Interleaving)
{
    /// <summary>The interleaving with every step.</summary>
    public string AllSteps { get; init; } = string.Empty;

    /// <summary>Who took part and with which operations, in lines.</summary>
    public string Cast { get; init; } = string.Empty;
}
