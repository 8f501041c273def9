using MemCore.Lab.Exploration;
using MemCore.Lab.Histories;
using MemCore.Primitives;

namespace MemCore.Lab.Testing;

/// <summary>A user's object with actors on it. What its checks throw is a violation, whatever they throw.</summary>
internal sealed class TestedModel<TSubject, TCall>(SharedMemory memory, TSubject subject, History<TCall> calls, IReadOnlyList<Actor> actors)
    : ExplorationModel(memory.Arena)
{
    public Action<TSubject>? AtEachStep { get; init; }

    public Action<TSubject>? AtEnd { get; init; }

    /// <summary>Null: nobody asks for the order of calls, and none is recorded.</summary>
    public Action<History<TCall>>? Judge { get; init; }

    public History<TCall> Calls { get; } = calls;

    public override IReadOnlyList<Actor> Actors { get; } = actors;

    public override HistoryRecorder? History => Judge is null ? null : Calls;

    public override IReadOnlyList<string>? StepCheckColumns => AtEachStep is null ? [] : null;

    public override void CheckStep() => Check(AtEachStep, nameof(AtEachStep));

    public override void CheckQuiescence()
    {
        Check(AtEnd, nameof(AtEnd));
        Judge?.Invoke(Calls);
    }

    public override string? Format(ColumnInfo column, long value) => memory.Format(column.Name, value) ?? base.Format(column, value);

    private void Check(Action<TSubject>? check, string when)
    {
        if (check is null) { return; }
        try
        {
            check(subject);
        }
#pragma warning disable CA1031 // Whatever a check throws is its verdict.
        catch (Exception e) when (e is not (BugException or LabException))
#pragma warning restore CA1031
        {
            Bug.Raise(ViolationKind.Unexpected, $"{when}: {e.Message}", when);
        }
    }
}
