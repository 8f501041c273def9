using System.Globalization;
using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Lab.Histories;

/// <summary>Records the calls of a model's actors and judges them when a run has come to rest.</summary>
internal sealed class History<TCall> : HistoryRecorder
{
    private readonly List<(int Actor, TCall Call)> _calls = [];
    private readonly HashSet<(object Model, StateHash History)> _fit = []; // what was judged, and fits

    public History(Arena arena, int operations, ColumnKind kind = ColumnKind.State)
        : base(arena, operations, kind)
    {
    }

    /// <summary>The history that was judged last and did not fit, one operation a line; empty before.</summary>
    public string Misfit { get; private set; } = string.Empty;

    /// <summary>Set-up: an operation whose call and answer are recorded. It may be re-run from its start like any other.</summary>
    public Operation Record(int actor, TCall call, Func<long> run)
    {
        if (_calls.Count == Operations) { throw new LabException("more operations to record than were announced"); }
        int slot = _calls.Count;
        _calls.Add((actor, call));
        return new RecordedOperation(string.Create(CultureInfo.InvariantCulture, $"{call}"), () => Answer = run(), slot);
    }

    /// <summary>At rest: what was called so far, in no particular order.</summary>
    public IReadOnlyList<HistoryEntry<TCall>> EntriesAtRest()
    {
        List<HistoryEntry<TCall>> entries = [];
        for (int i = 0; i < _calls.Count; i++)
        {
            (int began, int ended, long answer) = At(i);
            if (began == 0) { continue; }
            entries.Add(new HistoryEntry<TCall>(_calls[i].Actor, _calls[i].Call, answer, began, ended == 0 ? HistoryEntry.Pending : ended));
        }
        return entries;
    }

    /// <summary>At rest: raises NonLinearizable if no order of the calls explains their answers. Each history is judged once by each model.</summary>
    /// <exception cref="LabException">It could not be decided within the budget.</exception>
    public void Judge<TState>(SequentialModel<TState, TCall> model)
        where TState : notnull
    {
        (object, StateHash) key = (model, KeyAtRest());
        if (_fit.Contains(key)) { return; }
        IReadOnlyList<HistoryEntry<TCall>> entries = EntriesAtRest();
        LinearizabilityResult result = Linearizability.Check(model, entries);
        if (result.Answer == LinearizabilityAnswer.RanOut) { throw new LabException($"a history of {entries.Count} operations could not be judged"); }
        if (result.Answer == LinearizabilityAnswer.No)
        {
            Misfit = HistoryText.Of(entries);
            string calls = string.Join("; ", entries.OrderBy(e => e.Began).Select(e => string.Create(CultureInfo.InvariantCulture,
                $"{HistoryText.Of(e)} during {e.Began}-{(e.IsPending ? "?" : e.Ended)}")));
            Bug.Raise(ViolationKind.NonLinearizable, $"{calls}: {result.Explanation}", nameof(Judge));
        }
        _fit.Add(key);
    }
}

/// <summary>An operation that has a place in a history.</summary>
internal sealed record RecordedOperation(string Name, Action Run, int Slot) : Operation(Name, Run);
