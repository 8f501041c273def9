using System.Globalization;
using System.Text;

namespace MemCore.Lab.Histories;

/// <summary>The search for an order of one part of a history.</summary>
internal sealed class LinearizationSearch<TState, TCall>
    where TState : notnull
{
    private readonly SequentialModel<TState, TCall> _model;
    private readonly HistoryEntry<TCall>[] _entries;
    private readonly int[] _indexes;
    private readonly UInt128 _completed;
    private readonly long _budget;
    private readonly HashSet<(UInt128 Ordered, TState State)> _seen = [];
    private readonly List<(int Entry, TState After)> _path = [];
    private (int Entry, TState After)[] _longest = [];

    /// <param name="model">What the object should do.</param>
    /// <param name="history">All of it.</param>
    /// <param name="part">Indexes of the operations to order.</param>
    /// <param name="budget">Pairs to look at before giving up.</param>
    public LinearizationSearch(SequentialModel<TState, TCall> model, IReadOnlyList<HistoryEntry<TCall>> history, int[] part, long budget)
    {
        _model = model;
        _budget = budget;

        // Who returned first is tried first: most often that is the order in which they took effect.
        _indexes = [.. part.OrderBy(i => history[i].Ended).ThenBy(i => history[i].Began)];
        _entries = [.. _indexes.Select(i => history[i])];
        for (int i = 0; i < _entries.Length; i++)
        {
            if (!_entries[i].IsPending) { _completed |= UInt128.One << i; }
        }
    }

    /// <summary>Indexes into the whole history, in an order that fits. Of a yes.</summary>
    public IEnumerable<int> Order => _path.Select(step => _indexes[step.Entry]);

    public long Visited { get; private set; }

    public LinearizabilityAnswer Run() => Extend(0, _model.Initial) switch
    {
        true => LinearizabilityAnswer.Yes,
        false => LinearizabilityAnswer.No,
        null => LinearizabilityAnswer.RanOut,
    };

    /// <summary>The longest order that fits, and the operations of which one would have to be next. Of a no.</summary>
    public string Explain()
    {
        StringBuilder text = new();
        TState state = _model.Initial;
        UInt128 ordered = 0;
        text.Append(CultureInfo.InvariantCulture, $"no order fits; the longest that does starts with {state}");
        foreach ((int entry, TState after) in _longest)
        {
            text.Append(CultureInfo.InvariantCulture, $", {HistoryText.Of(_entries[entry])} {after}");
            state = after;
            ordered |= UInt128.One << entry;
        }
        IEnumerable<string> next = Enumerable.Range(0, _entries.Length).Where(i => CanBeNext(i, ordered)).Select(i => HistoryText.Of(_entries[i]));
        return text.Append(CultureInfo.InvariantCulture, $"; in {state} none of these can be next: {string.Join(", ", next)}").ToString();
    }

    // Null: the budget is spent.
    private bool? Extend(UInt128 ordered, TState state)
    {
        if ((ordered & _completed) == _completed) { return true; }
        if (!_seen.Add((ordered, state))) { return false; }
        if (++Visited > _budget) { return null; }
        for (int i = 0; i < _entries.Length; i++)
        {
            if (!CanBeNext(i, ordered)) { continue; }
            ref HistoryEntry<TCall> entry = ref _entries[i];
            foreach (TState after in _model.After(state, entry.Call, entry.IsPending ? null : entry.Result))
            {
                _path.Add((i, after));
                if (_path.Count > _longest.Length) { _longest = [.. _path]; }
                bool? rest = Extend(ordered | (UInt128.One << i), after);
                if (rest != false) { return rest; }
                _path.RemoveAt(_path.Count - 1);
            }
        }
        return false;
    }

    // Nobody who is not in order yet may have returned before this one was called.
    private bool CanBeNext(int entry, UInt128 ordered)
    {
        if ((ordered >> entry & 1) != 0) { return false; }
        for (int i = 0; i < _entries.Length; i++)
        {
            if (i != entry && (ordered >> i & 1) == 0 && _entries[i].Precedes(_entries[entry])) { return false; }
        }
        return true;
    }
}
