using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <content>Operations that a run can do without.</content>
internal sealed partial class Shrinker
{
    private const int ControlRunsMax = 500;

    private int _controls;

    // Whole actors first, then single operations, the last ones first: what comes before may be needed by what follows.
    private void LeaveOut()
    {
        bool controlled = Plant.Active != PlantedBug.None || _best.Preemptions > 0;
        if (!controlled) { return; }
        for (int actor = 0; actor < _model.Actors.Count && !Exhausted; actor++)
        {
            int count = _model.Actors[actor].Operations.Count;
            if (count > 1) { LeaveOut([.. Enumerable.Range(0, count).Select(operation => new Omission(actor, operation))]); }
        }
        for (int actor = 0; actor < _model.Actors.Count; actor++)
        {
            for (int operation = _model.Actors[actor].Operations.Count - 1; operation >= 0 && !Exhausted; operation--)
            {
                Omission one = new(actor, operation);
                if (!_without.Contains(one)) { LeaveOut([one]); }
            }
        }
    }

    private void LeaveOut(IReadOnlyList<Omission> more)
    {
        Omission[] without = [.. _without.Union(more)];
        if (without.Length >= _model.Actors.Sum(a => a.Operations.Count)) { return; }
        _controls++;
        (Runner runner, LenientRun lenient) = (_runner, _lenient);
        _runner = Session.RunnerFor(_model, _options, without);
        _lenient = new LenientRun(_runner);
        Record? record = Try(Shortened(without), _best.Choices) ?? Try(_best.Stretches, _best.Choices);
        if (record is not null && record.Preemptions <= _best.Preemptions && ControlIsClean(without))
        {
            _without.AddRange(more.Except(_without));
            _best = record;
            DropStretches();
        }
        else
        {
            (_runner, _lenient) = (runner, lenient);
        }
    }

    // The stretches without the steps of the operations that are to go.
    private List<Stretch> Shortened(IReadOnlyCollection<Omission> without)
    {
        Dictionary<int, List<int>> left = [];
        Dictionary<int, int> seen = [];
        foreach ((int actor, int index) in _best.Owners)
        {
            int picked = seen[actor] = seen.GetValueOrDefault(actor) + 1;
            bool goes = Goes(actor, index);
            if (!left.TryGetValue(actor, out List<int>? of)) { left[actor] = of = [0]; }
            of.Add(of[^1] + (goes ? 0 : 1));
        }
        return [.. _best.Stretches.Select(s => s with { Until = left[s.Actor][s.Until] }).Where(s => s.Until > 0)];

        // An index counts the operations that were left then.
        bool Goes(int actor, int index)
        {
            if (actor >= _model.Actors.Count) { return false; }
            int left = index;
            for (int operation = 0; operation < _model.Actors[actor].Operations.Count; operation++)
            {
                Omission one = new(actor, operation);
                if (_without.Contains(one)) { continue; }
                if (left-- == 0) { return without.Contains(one); }
            }
            return false;
        }
    }

    // Every order of whole actors, with the mistake off: the machine must be right without these operations.
    private bool ControlIsClean(IReadOnlyCollection<Omission> without)
    {
        PlantedBug planted = Plant.Active;
        Plant.Active = PlantedBug.None;
        try
        {
            SearchCounts counts = new();
            Runner runner = Session.RunnerFor(_model, _options, without);
            new DepthFirstSearch(runner).Search(0, counts, () => counts.Executions >= ControlRunsMax || IsLate());
            _runs += (int)counts.Executions;
            if (_late) { return false; }
            return planted != PlantedBug.None ? counts.Found.Count == 0 : !counts.Found.ContainsKey(_kind);
        }
        finally
        {
            Plant.Active = planted;
        }
    }
}
