namespace MemCore.Tests.Exploration;

internal enum MixedKind
{
    Load,
    Store,
    Add,
    CompareExchange,
    PlainLoad,
    PlainStore,
    WideLoad,
    WideAdd,
    WideAddHigh,
    Choose,
    WaitUntil,
    SpinLate,
    RetryUntil,
    Park,
    ParkFor,
    Wake,
    WakeAll,
    RaiseIf,
}

/// <summary>One instruction of a mixed program. Its operand is the value, plus what the one before it returned when asked for.</summary>
/// <remarks>
/// WaitUntil: looks until the word is the operand. SpinLate: looks at two words, then waits until the first is another than it was.
/// RetryUntil: looks at two words until their sum is the operand. RaiseIf: a violation when the last result equals the value.
/// </remarks>
internal readonly record struct Mixed(MixedKind Kind, int Word, int Other, int Value, int Comparand, bool AddsLast)
{
    /// <summary>True: the instruction is no scheduling point and goes with the step before it.</summary>
    public bool IsLocal => Kind is MixedKind.PlainLoad or MixedKind.PlainStore or MixedKind.Choose or MixedKind.RaiseIf;

    public override string ToString() => $"{Kind} w{Word} w{Other} {Value}{(AddsLast ? "+last" : "")} {Comparand}";
}

/// <summary>Two or three actors with everything that an operation can do: plain accesses, choices, wide words, waits, sleeps, violations.</summary>
internal sealed record MixedProgram(IReadOnlyList<Mixed[][]> Actors)
{
    /// <summary>Words of 32 bits; one of 64 bits follows them.</summary>
    public const int Words = 3;

    /// <param name="random">Where the program comes from.</param>
    /// <param name="pointsMax">Scheduling points of all actors together; instructions with two count as two.</param>
    public static MixedProgram Draw(Random random, int pointsMax)
    {
        while (true)
        {
            int theme = random.Next(6);
            MixedProgram program = new([.. Enumerable.Range(0, random.Next(2, 4)).Select(_ => Operations(random, theme))]);
            if (program.Actors.Sum(a => a.Sum(o => o.Sum(Points))) <= pointsMax) { return program; }
        }
    }

    public override string ToString() =>
        string.Join('\n', Actors.Select(actor => string.Join(" | ", actor.Select(operation => string.Join("; ", operation)))));

    private static int Points(Mixed step) => step.IsLocal ? (step.Kind == MixedKind.Choose ? 1 : 0) : step.Kind is MixedKind.RetryUntil or MixedKind.SpinLate ? 2 : 1;

    // What an attempt of a retry has read begins with its operation: a retry begins one.
    private static Mixed[][] Operations(Random random, int theme)
    {
        List<Mixed[]> operations = [];
        List<Mixed> operation = [];
        foreach (Mixed step in Enumerable.Range(0, random.Next(2, 5)).Select(_ => DrawStep(random, theme)))
        {
            if (operation.Count > 0 && (step.Kind == MixedKind.RetryUntil || random.Next(4) == 0))
            {
                operations.Add([.. operation]);
                operation.Clear();
            }
            operation.Add(step);
        }
        operations.Add([.. operation]);
        return [.. operations];
    }

    private static Mixed DrawStep(Random random, int theme)
    {
        MixedKind kind = random.Next(3) != 0
            ? (MixedKind)random.Next(4)
            : theme switch
            {
                0 => (MixedKind)random.Next((int)MixedKind.PlainLoad, (int)MixedKind.WaitUntil),
                1 => (MixedKind)random.Next((int)MixedKind.WaitUntil, (int)MixedKind.Park),
                2 => (MixedKind)random.Next((int)MixedKind.Park, (int)MixedKind.RaiseIf),
                3 => random.Next(2) == 0 ? MixedKind.RaiseIf : MixedKind.Choose,
                4 => MixedKind.RetryUntil,
                _ => (MixedKind)random.Next((int)MixedKind.PlainLoad, (int)MixedKind.RaiseIf + 1),
            };
        int word = random.Next(theme == 2 ? 2 : Words);
        return new Mixed(kind, word, (word + 1) % Words, random.Next(3), random.Next(3), random.Next(2) == 0);
    }
}
