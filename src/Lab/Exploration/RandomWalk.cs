namespace MemCore.Lab.Exploration;

/// <summary>Independent runs whose picks stay with the current actor with a probability that each run draws at its start.</summary>
/// <remarks>
/// Long operations get stretches to themselves as well as fine interleavings: with even picks all actors advance at one pace, and what
/// takes a few steps is over before something long has begun.
/// </remarks>
internal sealed class RandomWalk(Runner runner, SearchCounts counts, ulong seed) : RandomSearch(runner, counts, seed)
{
    private int _stay;

    protected override void BeginRun() => _stay = Below(1000);

    protected override int PickFrom(uint enabled, int current) => current >= 0 && Below(1000) < _stay ? current : AnyOf(enabled);
}
