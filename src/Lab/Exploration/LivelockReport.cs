using System.Globalization;

namespace MemCore.Lab.Exploration;

/// <summary>What the graph of states says about going on for ever, from the mildest to the worst.</summary>
internal enum Convergence
{
    /// <summary>The graph was not finished, and what there is of it has no fair cycle.</summary>
    Unknown,

    /// <summary>Whoever gets its turns comes to its goal.</summary>
    NoFairCycle,

    /// <summary>A cycle in which everybody who can run throughout it runs, and which nevertheless reaches nothing.</summary>
    CanBeStarved,

    /// <summary>A state in which nobody can run.</summary>
    BlocksItself,
}

/// <summary>A way to go on for ever without reaching anything: a stem from the initial state, and the cycle that it leads into.</summary>
/// <param name="Stem">Decisions from the initial state to the cycle.</param>
/// <param name="Cycle">Decisions once around.</param>
/// <param name="Stops">How often in one turn an actor is left although it could go on, or kept from running while it can.</param>
/// <param name="StronglyFair">True: in the cycle also everybody steps who can run at some place of it only.</param>
/// <param name="Steppers">Names of those who step in the cycle.</param>
internal sealed record Lasso(short[] Stem, short[] Cycle, int Stops, bool StronglyFair, string Steppers)
{
    /// <summary>The stem and the cycle twice: the state after each turn is the state before it.</summary>
    public short[] Decisions => [.. Stem, .. Cycle, .. Cycle];
}

/// <summary>The verdict of a search of the graph of states.</summary>
/// <param name="Verdict">In one word.</param>
/// <param name="Lasso">Where there is a fair cycle.</param>
/// <param name="States">Of the graph.</param>
/// <param name="Edges">Of the graph.</param>
/// <param name="Components">Strongly connected components with a cycle in which nothing is reached, fair or not.</param>
internal sealed record LivelockReport(Convergence Verdict, Lasso? Lasso, int States, long Edges, int Components)
{
    /// <summary>Why the graph was left before its end; empty: it is finished.</summary>
    public string StoppedBy { get; init; } = string.Empty;

    public string Words => Verdict switch
    {
        Convergence.BlocksItself => "blocks itself",
        Convergence.CanBeStarved => string.Create(CultureInfo.InvariantCulture, $"can be starved by a scheduler that stops a runnable task {Times(Lasso!.Stops)} per turn{(Lasso.StronglyFair ? ", though all that can run take turns" : string.Empty)}"),
        Convergence.NoFairCycle => "no fair cycle in the complete graph",
        _ => $"undecided: no fair cycle so far, and the graph was left at {StoppedBy}",
    };

    private static string Times(int count) => count == 1 ? "once" : string.Create(CultureInfo.InvariantCulture, $"{count} times");

    public override string ToString() => Lasso is null
        ? $"{Words} ({States} states, {Edges} edges)"
        : $"{Words} ({States} states, {Edges} edges); stem {Schedule.Encode(Lasso.Stem)}, cycle {Schedule.Encode(Lasso.Cycle)} by {Lasso.Steppers}";
}
