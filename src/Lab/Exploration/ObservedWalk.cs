namespace MemCore.Lab.Exploration;

/// <summary>Runs near an order of operations that was observed: first exactly that order, then with a few excursions to other actors.</summary>
/// <remarks>
/// Of an order: whose operation is next, each time. An actor that cannot run is passed over until it can. An excursion begins anywhere in the
/// run and lasts a few steps, so that what was observed one after the other overlaps, as it did where only the begins are known.
/// </remarks>
internal sealed class ObservedWalk(Runner runner, SearchCounts counts, ulong seed, IReadOnlyList<int> order) : RandomSearch(runner, counts, seed)
{
    private const int ExcursionsMost = 4;
    private const int StepsMost = 32;

    private readonly int[] _begins = new int[ExcursionsMost];
    private readonly int[] _operations = new int[Runner.FirstBuffer];
    private int _excursions;
    private int _next;
    private int _guest = -1;
    private int _guestSteps;
    private int _longest = 1;
    private bool _first = true;

    protected override void BeginRun()
    {
        _next = 0;
        _guest = -1;
        Array.Clear(_operations);
        _excursions = _first ? 0 : Below(ExcursionsMost + 1);
        for (int i = 0; i < _excursions; i++) { _begins[i] = Below(_longest); }
        _first = false;
    }

    protected override void EndRun(RunEnd end) => _longest = Math.Max(_longest, Decided);

    protected override int PickFrom(uint enabled, int current)
    {
        if (_guest >= 0 && _guestSteps-- > 0 && IsIn(enabled, _guest)) { return _guest; }
        _guest = -1;
        if (_begins.AsSpan(0, _excursions).Contains(Decided))
        {
            _guest = AnyOf(enabled);
            _guestSteps = Below(StepsMost);
            return _guest;
        }

        // The operation that the order names is over when its actor has begun more operations than the order has named so far.
        while (_next < order.Count && Runner.State(order[_next]).Operation > _operations[order[_next]]) { _operations[order[_next++]]++; }
        for (int i = _next; i < order.Count; i++)
        {
            if (IsIn(enabled, order[i])) { return order[i]; }
        }
        return current >= 0 ? current : Runner.Lowest(enabled);
    }

    private static bool IsIn(uint enabled, int actor) => (enabled & (1u << actor)) != 0;
}
