using System.Runtime.InteropServices;

namespace MemCore.Lab.Exploration;

/// <summary>A stretch of a schedule: the actor runs until it was picked so often in all.</summary>
internal readonly record struct Stretch(int Actor, int Until);

/// <summary>Follows a changed schedule as far as it can be followed: whoever cannot run is passed over until it can.</summary>
/// <remarks>After the last stretch the current actor goes on, then the lowest that can: nothing is preempted.</remarks>
internal sealed class LenientRun : IDecider
{
    private const int ActorsMax = 32;

    private readonly int[] _picked = new int[ActorsMax];
    private readonly int[] _chosen = new int[ActorsMax];
    private readonly List<short> _taken = [];
    private readonly List<(int Actor, int Operation)> _owners = [];
    private readonly Runner _runner;
    private IReadOnlyList<Stretch> _stretches = [];
    private IReadOnlyList<short>[] _choices = [];
    private int _next;

    public LenientRun(Runner runner) => _runner = runner;

    /// <summary>What was decided, choices included: an exact record that replays.</summary>
    public ReadOnlySpan<short> Taken => CollectionsMarshal.AsSpan(_taken);

    /// <summary>Of each pick: who, and in which of its operations.</summary>
    public IReadOnlyList<(int Actor, int Operation)> Owners => _owners;

    public int Preemptions { get; private set; }

    /// <summary>One run from the initial state. The runner is at that state afterwards, and still says what was violated.</summary>
    public RunEnd Run(IReadOnlyList<Stretch> stretches, IReadOnlyList<short>[] choices)
    {
        _stretches = stretches;
        _choices = choices;
        _next = 0;
        Preemptions = 0;
        _taken.Clear();
        _owners.Clear();
        Array.Clear(_picked);
        Array.Clear(_chosen);
        _runner.Reset();
        RunEnd end = _runner.Run(this, -1);
        _runner.Reset();
        return end;
    }

    public int Pick(int current, uint enabled)
    {
        while (_next < _stretches.Count && _picked[_stretches[_next].Actor] >= _stretches[_next].Until) { _next++; }
        bool currentRuns = current >= 0 && (enabled & (1u << current)) != 0;
        int pick = currentRuns ? current : Runner.Lowest(enabled);
        if (_next < _stretches.Count && (enabled & (1u << _stretches[_next].Actor)) != 0) { pick = _stretches[_next].Actor; }
        if (currentRuns && pick != current && pick < Runner.FirstBuffer) { Preemptions++; }
        _picked[pick]++;
        _taken.Add((short)pick);
        _owners.Add((pick, pick < _runner.ActorCount ? _runner.State(pick).Operation : 0));
        return pick;
    }

    public int Choose(int current, int count)
    {
        IReadOnlyList<short> values = current < _choices.Length ? _choices[current] : [];
        int index = _chosen[current]++;
        int value = index < values.Count ? Math.Min(values[index], (short)(count - 1)) : 0;
        _taken.Add(Schedule.Choice(value));
        return value;
    }

    /// <summary>An exact record as stretches, and the values that each actor's choices took.</summary>
    public static (List<Stretch> Stretches, IReadOnlyList<short>[] Choices) Split(ReadOnlySpan<short> decisions)
    {
        List<Stretch> stretches = [];
        List<short>[] choices = [.. Enumerable.Range(0, ActorsMax).Select(_ => new List<short>())];
        int[] picked = new int[ActorsMax];
        int current = 0;
        foreach (short decision in decisions)
        {
            if (Schedule.IsChoice(decision))
            {
                choices[current].Add((short)Schedule.ChoiceValue(decision));
                continue;
            }
            if (stretches.Count > 0 && stretches[^1].Actor == decision) { stretches.RemoveAt(stretches.Count - 1); }
            current = decision;
            stretches.Add(new Stretch(current, ++picked[current]));
        }
        return (stretches, choices);
    }
}
