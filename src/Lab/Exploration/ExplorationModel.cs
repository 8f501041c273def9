using MemCore.Lab.Histories;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>One operation of an actor: engine code with its arguments bound. It may be re-run from its start many times.</summary>
/// <remarks>Deterministic between seam calls, keeps results in the arena only, and ends holding no spin lock.</remarks>
internal record Operation(string Name, Action Run)
{
    /// <summary>What the operation promises when others are stopped; null: nothing is said.</summary>
    public ProgressGuarantee? Progress { get; init; }
}

/// <summary>A task of a model: a name for its column and the operations it performs in order.</summary>
internal sealed record Actor(string Name, IReadOnlyList<Operation> Operations)
{
    /// <summary>The actor begins again with its first operation when it ends its last one. Each operation takes a step that others can come before.</summary>
    public bool Repeats { get; init; }
}

/// <summary>A small machine with actors on it: what an exploration explores.</summary>
/// <remarks>
/// Built once per exploration with the seam falling through; the state after construction is the initial state of every run. Checks read the
/// arena at rest: the explorer calls them between steps, where nobody is running.
/// </remarks>
internal abstract class ExplorationModel : IDisposable
{
    protected ExplorationModel(Arena arena)
    {
        Arena = arena;
    }

    public Arena Arena { get; }

    public abstract IReadOnlyList<Actor> Actors { get; }

    /// <summary>True when operations call <see cref="Atomic.FenceAll"/>: with store buffers a store is then a scheduling point, since such a fence tells before from after.</summary>
    public virtual bool FencesAll => false;

    /// <summary>Columns in which tasks of the scenario race by its own design, as users of memory may.</summary>
    /// <remarks>In every mode a run of plain accesses to them is one step, which such scenarios rely on, and race mode does not judge them.</remarks>
    public virtual IReadOnlyList<string> RacyColumns => [];

    /// <summary>Slow paths that the exploration may take by its own choice.</summary>
    public virtual IReadOnlyList<FaultPoint> Faults => [];

    /// <summary>Where calls and answers are recorded; null: nowhere. Then the order of accesses is part of a state, so no reduction may drop orders.</summary>
    public virtual HistoryRecorder? History => null;

    /// <summary>Invariants that hold after every single access. Raises <see cref="BugException"/>.</summary>
    public virtual void CheckStep()
    {
    }

    /// <summary>Columns that <see cref="CheckStep"/> reads directly; null: it may read anything. Given, it is called only after a word that it looked at has changed.</summary>
    /// <remarks>Words that it reads through <see cref="Atomic"/> are noticed and need no mention.</remarks>
    public virtual IReadOnlyList<string>? StepCheckColumns => null;

    /// <summary>Invariants that hold when all actors are done. Raises <see cref="BugException"/>.</summary>
    public virtual void CheckQuiescence()
    {
    }

    /// <summary>True: a livelock is a cycle in which <see cref="GoalsReached"/> does not change. False: one in which no operation ends that should.</summary>
    public virtual bool CountsGoals => false;

    /// <summary>How often what the model is for has come about; from words that are not part of the state. Read at rest.</summary>
    public virtual long GoalsReached() => 0;

    /// <summary>True: what comes after a goal is not looked at, since it begins as the model does.</summary>
    public virtual bool EndsAtGoal => false;

    /// <summary>True: a cycle counts only if everybody steps in it who can run at some place of it, so nobody is kept out by others who have a lock each time he looks.</summary>
    public virtual bool TakesTurns => false;

    /// <summary>Who must get to the end of an operation over and over; null: all that do not repeat, or all where everybody does. Indices of actors.</summary>
    public virtual IReadOnlyList<int>? GoalActors => null;

    /// <summary>Names a state in which nobody can run. Default: a deadlock.</summary>
    public virtual ViolationKind ClassifyStuck() => ViolationKind.Deadlock;

    /// <summary>How a word's value is printed; null for the plain number.</summary>
    public virtual string? Format(ColumnInfo column, long value) => WordFormat.Default(column, value);

    public virtual void Dispose()
    {
        Arena.Dispose();
        GC.SuppressFinalize(this);
    }
}
