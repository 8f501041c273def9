namespace MemCore.Lab.Exploration;

/// <summary>A step that was explored from a node or before it: who, with which choices, and what it touched.</summary>
internal sealed record Alternative(int Actor, short[] Choices, Touch[] Touches);

/// <summary>Steps from which everything has been explored already, at one node.</summary>
/// <remarks>An actor sleeps when all alternatives of its next step do; one whose step meets a sleeping alternative is redundant.</remarks>
internal sealed class SleepSet
{
    private readonly List<(Alternative Step, int Of)> _steps = [];

    public void Clear() => _steps.Clear();

    /// <summary>The sleepers of a node that lie beyond a step: those that are independent of it.</summary>
    /// <param name="before">At the node before the step.</param>
    /// <param name="actor">Who took the step.</param>
    /// <param name="done">Actors of which all alternatives were explored from the node.</param>
    /// <param name="footprints">Where the step was linked last.</param>
    public void Follow(SleepSet before, int actor, uint done, Footprints footprints)
    {
        _steps.Clear();
        foreach ((Alternative step, int of) in before._steps)
        {
            if (step.Actor == actor || Conflicts(step, footprints)) { continue; }
            _steps.Add((step, (done & (1u << step.Actor)) != 0 ? before.Count(step.Actor) : of));
        }
    }

    /// <summary>Adds an alternative that was explored from this node.</summary>
    public void Add(Alternative step) => _steps.Add((step, int.MaxValue));

    /// <summary>True: this very step sleeps.</summary>
    public bool Holds(int actor, ReadOnlySpan<short> choices)
    {
        foreach ((Alternative step, _) in _steps)
        {
            if (step.Actor == actor && choices.SequenceEqual(step.Choices)) { return true; }
        }
        return false;
    }

    /// <summary>True: this very step sleeps, and touches the same.</summary>
    public bool HoldsLike(int actor, ReadOnlySpan<short> choices, ReadOnlySpan<Touch> touches)
    {
        foreach ((Alternative step, _) in _steps)
        {
            if (step.Actor == actor && choices.SequenceEqual(step.Choices) && AreAlike(touches, step.Touches)) { return true; }
        }
        return false;
    }

    /// <summary>Actors that sleep, one bit each.</summary>
    public uint Asleep()
    {
        uint asleep = 0;
        foreach ((Alternative step, int of) in _steps)
        {
            if ((asleep & (1u << step.Actor)) == 0 && of != int.MaxValue && Count(step.Actor) == of) { asleep |= 1u << step.Actor; }
        }
        return asleep;
    }

    private int Count(int actor)
    {
        int count = 0;
        foreach ((Alternative step, _) in _steps) { count += step.Actor == actor ? 1 : 0; }
        return count;
    }

    private static bool AreAlike(ReadOnlySpan<Touch> touches, ReadOnlySpan<Touch> others)
    {
        if (touches.Length != others.Length) { return false; }
        for (int i = 0; i < touches.Length; i++)
        {
            if (touches[i].Location != others[i].Location || touches[i].Writes != others[i].Writes) { return false; }
        }
        return true;
    }

    private static bool Conflicts(Alternative step, Footprints footprints)
    {
        foreach (Touch touch in step.Touches)
        {
            if (footprints.Conflicts(touch)) { return true; }
        }
        return false;
    }
}
