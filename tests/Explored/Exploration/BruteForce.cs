namespace MemCore.Tests.Exploration;

/// <summary>All interleavings of a program by plain recursion over copied words: nothing of the explorer is used, nothing is pruned.</summary>
internal sealed class BruteForce
{
    private readonly Step[][] _steps;
    private readonly bool[][] _beginsOperation;
    private readonly int _bound;

    /// <param name="program">Whose interleavings.</param>
    /// <param name="bound">The most times that an actor is left although it could go on; negative: any number.</param>
    public BruteForce(RandomProgram program, int bound = -1)
    {
        _bound = bound;
        _steps = [.. program.Actors.Select(actor => actor.SelectMany(operation => operation).ToArray())];
        _beginsOperation = [.. program.Actors.Select(actor => actor.SelectMany(operation => operation.Select((_, i) => i == 0)).ToArray())];
        Go(new int[RandomProgram.Words], new int[_steps.Length], new int[_steps.Length], -1, 0);
    }

    public HashSet<string> Outcomes { get; } = [];

    public long Interleavings { get; private set; }

    private void Go(int[] words, int[] next, int[] last, int current, int preemptions)
    {
        bool any = false;
        bool currentRuns = current >= 0 && IsEnabled(words, next, last, current);
        for (int actor = 0; actor < _steps.Length; actor++)
        {
            if (!IsEnabled(words, next, last, actor)) { continue; }
            any = true;
            int paid = preemptions + (currentRuns && actor != current ? 1 : 0);
            if (_bound >= 0 && paid > _bound) { continue; }
            int[] wordsAfter = [.. words];
            int[] nextAfter = [.. next];
            int[] lastAfter = [.. last];
            lastAfter[actor] = Perform(wordsAfter, _steps[actor][next[actor]], Operand(next, last, actor));
            nextAfter[actor]++;
            Go(wordsAfter, nextAfter, lastAfter, actor, paid);
        }
        if (any) { return; }
        Interleavings++;
        Outcomes.Add(ProgramModel.Describe(words, Enumerable.Range(0, _steps.Length).Where(a => next[a] < _steps[a].Length)));
    }

    private bool IsEnabled(int[] words, int[] next, int[] last, int actor)
    {
        if (next[actor] == _steps[actor].Length) { return false; }
        Step step = _steps[actor][next[actor]];
        int operand = Operand(next, last, actor);
        return step.Kind switch
        {
            StepKind.WaitUntil => words[step.Word] == operand,
            StepKind.WaitWhile => words[step.Word] != operand,
            _ => true,
        };
    }

    private int Operand(int[] next, int[] last, int actor)
    {
        Step step = _steps[actor][next[actor]];
        return step.Value + (step.AddsLast && !_beginsOperation[actor][next[actor]] ? last[actor] : 0);
    }

    /// <summary>Returns what the next step may add.</summary>
    private static int Perform(int[] words, Step step, int operand)
    {
        int before = words[step.Word];
        switch (step.Kind)
        {
            case StepKind.Store:
                words[step.Word] = operand;
                return operand;
            case StepKind.Add:
                words[step.Word] += operand;
                return words[step.Word];
            case StepKind.CompareExchange:
                if (before == step.Comparand) { words[step.Word] = operand; }
                return before;
            case StepKind.Exchange:
                words[step.Word] = operand;
                return before;
            default:
                return before;
        }
    }
}
