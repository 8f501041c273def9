using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

internal enum StepKind
{
    Load,
    Store,
    Add,
    CompareExchange,
    Exchange,
    WaitUntil,
    WaitWhile,
}

/// <summary>One access of a small program. Its operand is the value, plus what the access before it returned when asked for.</summary>
internal readonly record struct Step(StepKind Kind, int Word, int Value, int Comparand, bool AddsLast)
{
    public bool Waits => Kind is StepKind.WaitUntil or StepKind.WaitWhile;

    public override string ToString() => $"{Kind} w{Word} {Value}{(AddsLast ? "+last" : "")}{(Kind == StepKind.CompareExchange ? $" if {Comparand}" : "")}";
}

/// <summary>Two or three actors with two to four accesses each over three words, in one operation or two.</summary>
internal sealed record RandomProgram(IReadOnlyList<Step[][]> Actors)
{
    public const int Words = 3;

    public bool Waits => Actors.Any(actor => actor.Any(operation => operation.Any(step => step.Waits)));

    /// <param name="random">Where the program comes from.</param>
    /// <param name="stepsMax">All accesses together.</param>
    public static RandomProgram Draw(Random random, int stepsMax)
    {
        while (true)
        {
            RandomProgram program = new([.. Enumerable.Range(0, random.Next(2, 4)).Select(_ => Operations(random))]);
            if (program.Actors.Sum(actor => actor.Sum(operation => operation.Length)) <= stepsMax) { return program; }
        }
    }

    public override string ToString() =>
        string.Join('\n', Actors.Select(actor => string.Join(" | ", actor.Select(operation => string.Join("; ", operation)))));

    private static Step[][] Operations(Random random)
    {
        Step[] steps = [.. Enumerable.Range(0, random.Next(2, 5)).Select(_ => Draw(random))];
        int cut = random.Next(steps.Length);
        return cut == 0 ? [steps] : [steps[..cut], steps[cut..]];
    }

    private static Step Draw(Random random)
    {
        StepKind kind = random.Next(12) switch
        {
            < 3 => StepKind.Load,
            < 6 => StepKind.Store,
            < 8 => StepKind.Add,
            8 => StepKind.CompareExchange,
            9 => StepKind.Exchange,
            10 => StepKind.WaitUntil,
            _ => StepKind.WaitWhile,
        };
        return new Step(kind, random.Next(Words), random.Next(3), random.Next(3), random.Next(2) == 0);
    }
}

/// <summary>A program as a model, and the outcomes that a search came to: the words, and who was left stuck.</summary>
internal sealed class ProgramModel : ExplorationModel
{
    private readonly Column<int> _words;
    private readonly List<Actor> _actors;

    public ProgramModel(RandomProgram program)
        : base(new Arena(1 << 16))
    {
        _words = Arena.Add<int>("w", RandomProgram.Words, ColumnKind.State);
        _actors = [.. program.Actors.Select((actor, a) => new Actor($"T{a}", [.. actor.Select((steps, o) => new Operation($"op{o}", () => Perform(steps)))]))];
        Runner = new Runner(this);
    }

    public override IReadOnlyList<Actor> Actors => _actors;

    public Runner Runner { get; }

    public HashSet<string> Outcomes { get; } = [];

    public override void CheckQuiescence() => Outcomes.Add(Outcome());

    public override ViolationKind ClassifyStuck()
    {
        Outcomes.Add(Outcome());
        return ViolationKind.Deadlock;
    }

    public static string Describe(ReadOnlySpan<int> words, IEnumerable<int> stuck) => $"{string.Join(' ', words.ToArray())} stuck [{string.Join(' ', stuck)}]";

    private string Outcome() => Describe(_words.AtRest, Enumerable.Range(0, _actors.Count).Where(a => !Runner.State(a).Done));

    private void Perform(Step[] steps)
    {
        int last = 0;
        foreach (Step step in steps) { last = Perform(step, step.Value + (step.AddsLast ? last : 0)); }
    }

    private int Perform(Step step, int operand)
    {
        ref int word = ref _words[step.Word];
        int spins = 0;
        switch (step.Kind)
        {
            case StepKind.Load:
                return Atomic.Load(ref word);
            case StepKind.Store:
                Atomic.Store(ref word, operand);
                return operand;
            case StepKind.Add:
                return Atomic.Add(ref word, operand);
            case StepKind.CompareExchange:
                return Atomic.CompareExchange(ref word, operand, step.Comparand);
            case StepKind.Exchange:
                return Atomic.Exchange(ref word, operand);
            default:
                int seen = Atomic.Load(ref word);
                while ((seen == operand) == (step.Kind == StepKind.WaitWhile))
                {
                    Atomic.SpinWhile(ref word, seen, ref spins);
                    seen = Atomic.Load(ref word);
                }
                return seen;
        }
    }
}
