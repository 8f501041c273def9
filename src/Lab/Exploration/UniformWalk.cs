namespace MemCore.Lab.Exploration;

/// <summary>Independent runs whose picks are weighted by the steps that each actor has left: close to uniform over interleavings.</summary>
/// <remarks>How many steps an operation takes is learned from earlier runs, as a mean that follows what it took lately.</remarks>
internal sealed class UniformWalk : RandomSearch
{
    private const float FirstGuess = 8;
    private const float BufferWeight = 4;

    private readonly float[][] _mean;
    private readonly float[][] _after; // steps of all operations behind this one
    private readonly int[] _operation;
    private readonly int[] _steps;

    public UniformWalk(ExplorationModel model, Runner runner, SearchCounts counts, ulong seed)
        : base(runner, counts, seed)
    {
        _mean = [.. model.Actors.Select(a => a.Operations.Select(_ => FirstGuess).ToArray())];
        _after = [.. _mean.Select(m => new float[m.Length])];
        _operation = new int[_mean.Length];
        _steps = new int[_mean.Length];
    }

    protected override void BeginRun()
    {
        Array.Clear(_operation);
        Array.Clear(_steps);
        for (int actor = 0; actor < _mean.Length; actor++)
        {
            float sum = 0;
            for (int operation = _mean[actor].Length - 1; operation >= 0; operation--)
            {
                _after[actor][operation] = sum;
                sum += _mean[actor][operation];
            }
        }
    }

    protected override int PickFrom(uint enabled, int current)
    {
        Span<float> left = stackalloc float[2 * Runner.FirstBuffer];
        float all = 0;
        for (uint mask = enabled; mask != 0; mask &= mask - 1)
        {
            int actor = Runner.Lowest(mask);
            if (actor < _mean.Length) { Follow(actor); }
            all += left[actor] = Left(actor);
        }
        float draw = all * Below(1 << 24) / (1 << 24);
        int pick = Runner.Lowest(enabled);
        for (uint mask = enabled; mask != 0; mask &= mask - 1)
        {
            pick = Runner.Lowest(mask);
            draw -= left[pick];
            if (draw < 0) { break; }
        }
        if (pick < _mean.Length) { _steps[pick]++; }
        return pick;
    }

    protected override void EndRun(RunEnd end)
    {
        for (int actor = 0; actor < _mean.Length; actor++) { Follow(actor); }
    }

    private float Left(int actor)
    {
        if (actor >= _mean.Length) { return BufferWeight; }
        int operation = _operation[actor];
        return operation >= _mean[actor].Length ? 1 : MathF.Max(_mean[actor][operation] - _steps[actor], 1) + _after[actor][operation];
    }

    // What was picked since the last look belongs to the operation that the actor was in then.
    private void Follow(int actor)
    {
        int now = Runner.State(actor).Operation;
        if (now == _operation[actor]) { return; }
        ref float mean = ref _mean[actor][_operation[actor]];
        mean += (_steps[actor] - mean) / 8;
        _steps[actor] = 0;
        _operation[actor] = now;
    }
}
