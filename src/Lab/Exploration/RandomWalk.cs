using System.Runtime.InteropServices;

namespace MemCore.Lab.Exploration;

/// <summary>Independent runs with random picks from a 64-bit seed.</summary>
/// <remarks>
/// A pick stays with the current actor with a probability that the run draws at its start, so that long operations get stretches to
/// themselves as well as fine interleavings: a plain uniform walk is blind when operations differ in length.
/// </remarks>
internal sealed class RandomWalk(Runner runner, SearchCounts counts, ulong seed) : IDecider
{
    private readonly List<short> _path = [];
    private ulong _state = seed | 1;
    private uint _stay;
    private int _preemptions;

    /// <summary>Walks until <paramref name="expired"/> says so or <paramref name="runs"/> are done.</summary>
    public void Search(long runs, Func<bool> expired)
    {
        long stepsBefore = runner.Steps;
        for (long run = 0; run < runs && ((run & 63) != 0 || !expired()); run++)
        {
            runner.Reset();
            _path.Clear();
            _preemptions = 0;
            _stay = (uint)(Next() & 1023) * 1000 / 1024;
            RunEnd end = runner.Run(this, -1);
            counts.Note(runner, end, CollectionsMarshal.AsSpan(_path), _preemptions);
        }
        counts.Steps += runner.Steps - stepsBefore;
        runner.Reset();
    }

    public int Pick(int current, uint enabled)
    {
        bool currentRuns = current >= 0 && (enabled & (1u << current)) != 0;
        int pick = current;
        if (!currentRuns || Next() % 1000 >= _stay)
        {
            int skip = (int)(Next() % (uint)System.Numerics.BitOperations.PopCount(enabled));
            uint left = enabled;
            while (skip-- > 0) { left &= left - 1; }
            pick = Runner.Lowest(left);
            if (currentRuns && pick != current) { _preemptions++; }
        }
        _path.Add((short)pick);
        return pick;
    }

    public int Choose(int current, int count)
    {
        int value = (int)(Next() % (uint)count);
        _path.Add(Schedule.Choice(value));
        return value;
    }

    private ulong Next()
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return (_state * 0x2545F4914F6CDD1DUL) >> 11;
    }
}
