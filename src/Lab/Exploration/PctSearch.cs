namespace MemCore.Lab.Exploration;

/// <summary>Probabilistic concurrency testing: random priorities, and a few random points at which whoever runs falls behind all others.</summary>
/// <remarks>
/// A run of depth d has d − 1 such points. The depth is drawn for each run: a fixed small one is blind to what needs more switches. Points
/// are drawn among as many steps as the longest of the earlier runs took.
/// </remarks>
internal sealed class PctSearch : RandomSearch
{
    private const int DepthMin = 2;
    private const int DepthMax = 8;

    private readonly int[] _priority = new int[2 * Runner.FirstBuffer]; // actors, then their store buffers
    private readonly int[] _changes = new int[DepthMax - 1];
    private int _depth;
    private int _longest;
    private int _step;

    /// <param name="runner">At its initial state.</param>
    /// <param name="counts">Where runs are noted; the longest one there is the first estimate.</param>
    /// <param name="seed">Of all draws.</param>
    public PctSearch(Runner runner, SearchCounts counts, ulong seed)
        : base(runner, counts, seed)
    {
        _longest = Math.Max(counts.LongestRun, 16);
    }

    protected override void BeginRun()
    {
        _step = 0;
        _depth = DepthMin + Below(DepthMax - DepthMin + 1);
        for (int i = 0; i < _priority.Length; i++)
        {
            int other = Below(i + 1);
            _priority[i] = _priority[other];
            _priority[other] = DepthMax + i;
        }
        for (int i = 0; i < _depth - 1; i++) { _changes[i] = 1 + Below(_longest); }
    }

    protected override int PickFrom(uint enabled, int current)
    {
        _step++;

        // The first in line may circle for ever while the one that it waits for is never picked.
        if (_step > 4 * _longest) { return AnyOf(enabled); }
        int first = Highest(enabled);
        for (int i = 0; i < _depth - 1; i++)
        {
            if (_changes[i] != _step) { continue; }
            _priority[first] = DepthMax - 1 - i;
            first = Highest(enabled);
        }
        return first;
    }

    protected override void EndRun(RunEnd end)
    {
        if (end != RunEnd.CutOff && _step > _longest) { _longest = _step; }
    }

    private int Highest(uint enabled)
    {
        int best = Runner.Lowest(enabled);
        for (uint mask = enabled & (enabled - 1); mask != 0; mask &= mask - 1)
        {
            int actor = Runner.Lowest(mask);
            if (_priority[actor] > _priority[best]) { best = actor; }
        }
        return best;
    }
}
