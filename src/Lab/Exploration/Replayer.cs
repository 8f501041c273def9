namespace MemCore.Lab.Exploration;

/// <summary>Repeats a schedule decision by decision; after its end the current actor goes on, then the lowest that can.</summary>
/// <param name="decisions">What to repeat.</param>
/// <param name="preempted">Called before each step that is taken although the actor of the last one could have gone on.</param>
internal sealed class Replayer(IReadOnlyList<short> decisions, Action? preempted = null) : IDecider
{
    private int _next;

    /// <summary>What was decided in all, the schedule's own decisions and those after its end.</summary>
    public List<short> Taken { get; } = [];

    public int Preemptions { get; private set; }

    /// <summary>Decisions that the run has not come to.</summary>
    public int Left => decisions.Count - _next;

    public int Pick(int current, uint enabled)
    {
        bool currentRuns = current >= 0 && (enabled & (1u << current)) != 0;
        int pick = currentRuns ? current : Runner.Lowest(enabled);
        if (_next < decisions.Count)
        {
            short decision = decisions[_next++];
            if (Schedule.IsChoice(decision)) { throw new LabException($"decision {_next} of the schedule is a choice, but the run asks who goes on"); }
            if ((enabled & (1u << decision)) == 0)
            {
                throw new LabException($"decision {_next} of the schedule picks {Schedule.Letter(decision)}, which cannot run there");
            }
            pick = decision;
        }
        if (currentRuns && pick != current && pick < Runner.FirstBuffer)
        {
            Preemptions++;
            preempted?.Invoke();
        }
        Taken.Add((short)pick);
        return pick;
    }

    public int Choose(int current, int count)
    {
        int value = 0;
        if (_next < decisions.Count)
        {
            short decision = decisions[_next++];
            if (!Schedule.IsChoice(decision)) { throw new LabException($"decision {_next} of the schedule is a pick, but the run asks for a choice"); }
            value = Schedule.ChoiceValue(decision);
            if (value >= count) { throw new LabException($"decision {_next} of the schedule chooses {value} of {count}"); }
        }
        Taken.Add(Schedule.Choice(value));
        return value;
    }
}
