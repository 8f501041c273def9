using System.Numerics;
using System.Runtime.InteropServices;
using MemCore.Lab.Soak;

namespace MemCore.Lab.Exploration;

/// <summary>Independent runs with random decisions from a 64-bit seed: what all random strategies share.</summary>
/// <remarks>A pick pays for one access and is asked for once, so picks are the steps of the run: none is counted again on a re-run.</remarks>
internal abstract class RandomSearch(Runner runner, SearchCounts counts, ulong seed) : IDecider
{
    private readonly List<short> _path = [];
    private Xorshift _random = new(seed, 0);
    private int _preemptions;
    private int _lazy; // of this run: one in so many steps flushes a buffer

    protected Runner Runner => runner;

    /// <summary>Decisions of the run at hand so far.</summary>
    protected int Decided => _path.Count;

    /// <summary>Runs until <paramref name="expired"/> says so or <paramref name="runs"/> are done; a later call goes on with the seed's numbers.</summary>
    public void Search(long runs, Func<bool> expired)
    {
        long stepsBefore = runner.Steps;
        Pace pace = new(expired);
        for (long run = 0; run < runs && !(run == 0 ? expired() : pace.IsOver(runner.Steps)); run++)
        {
            runner.Reset();
            _path.Clear();
            _preemptions = 0;
            _lazy = runner.Memory == MemoryModel.Tso ? 1 + Below(32) : 1;
            BeginRun();
            RunEnd end = runner.Run(this, -1);
            EndRun(end);
            counts.Note(runner, end, CollectionsMarshal.AsSpan(_path), _preemptions);
        }
        counts.Steps += runner.Steps - stepsBefore;
        runner.Reset();
    }

    public int Pick(int current, uint enabled)
    {
        bool currentRuns = current >= 0 && (enabled & (1u << current)) != 0;
        int pick = IsFlushDue(enabled) ? AnyOf(enabled & Runner.Buffers) : PickFrom(enabled & ~Runner.Buffers, currentRuns ? current : -1);
        if (currentRuns && pick != current && pick < Runner.FirstBuffer) { _preemptions++; }
        _path.Add((short)pick);
        return pick;
    }

    public int Choose(int current, int count)
    {
        int value = Below(count);
        _path.Add(Schedule.Choice(value));
        return value;
    }

    /// <summary>Draws what holds for one run.</summary>
    protected abstract void BeginRun();

    /// <summary>Picks one of <paramref name="enabled"/>; <paramref name="current"/> performed the last access and can go on, or is negative.</summary>
    protected abstract int PickFrom(uint enabled, int current);

    /// <summary>Learns from a run.</summary>
    protected virtual void EndRun(RunEnd end)
    {
    }

    private bool IsFlushDue(uint enabled) =>
        (enabled & Runner.Buffers) != 0 && ((enabled & ~Runner.Buffers) == 0 || Below(_lazy) == 0);

    /// <summary>0 to <paramref name="count"/> − 1.</summary>
    protected int Below(int count) => _random.Below(count);

    /// <summary>Any of them, each as likely.</summary>
    protected int AnyOf(uint enabled)
    {
        int skip = Below(BitOperations.PopCount(enabled));
        while (skip-- > 0) { enabled &= enabled - 1; }
        return Runner.Lowest(enabled);
    }
}
