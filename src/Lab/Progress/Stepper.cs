using System.Numerics;
using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Lab.Progress;

/// <summary>Takes a runner step by step: each step ends at rest, where the state can be kept and put back.</summary>
internal sealed class Stepper(Runner runner) : IDecider
{
    private readonly List<int> _taken = [];
    private readonly List<int> _counts = [];
    private int[] _script = [];

    /// <summary>Who can take the next step; 0 when the run has ended.</summary>
    public uint Enabled { get; private set; }

    /// <summary>How the last step ended: Pruned is at rest in the middle of the run.</summary>
    public RunEnd End { get; private set; }

    public bool IsOver => End != RunEnd.Pruned;

    public Runner Runner => runner;

    /// <summary>Goes to the initial state.</summary>
    public void Begin()
    {
        runner.Reset();
        _script = [];
        Run(-1);
    }

    /// <summary>One step of an actor. Its free choices take the values of the script, then 0.</summary>
    public void Step(int actor, params int[] script)
    {
        _script = script;
        runner.RunPoints = 0;
        if (actor < Runner.FirstBuffer) { runner.Pay(actor); }
        Run(actor);
    }

    /// <summary>The script that takes the same step with the next combination of choices; null: all were taken.</summary>
    public int[]? NextScript()
    {
        for (int i = _taken.Count - 1; i >= 0; i--)
        {
            if (_taken[i] + 1 < _counts[i]) { return [.. _taken[..i], _taken[i] + 1]; }
        }
        return null;
    }

    public Saved Save() => new(runner.States.ToArray(), runner.TrailCount, Enabled);

    public void Restore(Saved saved)
    {
        runner.UndoTo(saved.Trail);
        runner.Restore(saved.States);
        Enabled = saved.Enabled;
        End = RunEnd.Pruned;
    }

    public int Pick(int current, uint enabled)
    {
        Enabled = enabled;
        return -1;
    }

    public int Choose(int current, int count)
    {
        int value = _taken.Count < _script.Length ? _script[_taken.Count] : 0;
        _taken.Add(value);
        _counts.Add(count);
        return value;
    }

    private void Run(int first)
    {
        _taken.Clear();
        _counts.Clear();
        Enabled = 0;
        End = runner.Run(this, first);
    }

    /// <summary>The next actor after another one, round the circle; negative: the mask is empty.</summary>
    public static int After(int actor, uint mask)
    {
        uint later = actor < 0 ? mask : mask & ~((2u << actor) - 1);
        return mask == 0 ? -1 : BitOperations.TrailingZeroCount(later != 0 ? later : mask);
    }

    /// <summary>A state to come back to.</summary>
    internal sealed record Saved(ActorState[] States, int Trail, uint Enabled);
}
