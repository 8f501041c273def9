using MemCore.Lab.Exploration;

namespace MemCore.Tests.Exploration;

/// <summary>All schedules up to a bound of preemptions on any runner, each from the initial state: what was decided is decided again.</summary>
internal sealed class PrefixSearch(Runner runner, int bound) : IDecider
{
    private readonly List<(int Decision, Queue<int> Others, int Preemptions)> _path = [];
    private int _at;
    private int _preemptions;

    public long Runs { get; private set; }

    /// <summary>Of all runs' traces and ends: the same in whichever order they come.</summary>
    public ulong Sum { get; private set; }

    public void Search(long runsMax)
    {
        do
        {
            TraceSum trace = new();
            runner.Trace = trace;
            runner.Reset();
            _at = 0;
            _preemptions = 0;
            RunEnd end = runner.Run(this, -1);
            Runs++;
            Sum += trace.Hash ^ ((ulong)end << 32) ^ (end == RunEnd.Violated ? (ulong)runner.Violation : 0);
        }
        while (Runs < runsMax && Next());
        runner.Trace = null;
        runner.Reset();
    }

    public int Pick(int current, uint enabled)
    {
        bool currentRuns = current >= 0 && (enabled & (1u << current)) != 0;
        int first = currentRuns ? current : Runner.Lowest(enabled);
        uint others = currentRuns && _preemptions == bound ? 0 : enabled & ~(1u << first);
        int pick = Decide(first, Enumerable.Range(0, 16).Where(actor => (others & (1u << actor)) != 0));
        if (currentRuns && pick != current) { _preemptions++; }
        return pick;
    }

    public int Choose(int current, int count) => Decide(0, Enumerable.Range(1, count - 1));

    private int Decide(int first, IEnumerable<int> others)
    {
        if (_at == _path.Count) { _path.Add((first, new Queue<int>(others), _preemptions)); }
        return _path[_at++].Decision;
    }

    private bool Next()
    {
        while (_path.Count > 0)
        {
            (_, Queue<int> others, int preemptions) = _path[^1];
            _path.RemoveAt(_path.Count - 1);
            if (others.Count == 0) { continue; }
            _path.Add((others.Dequeue(), others, preemptions));
            return true;
        }
        return false;
    }
}
