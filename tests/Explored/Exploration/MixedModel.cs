using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

/// <summary>A mixed program under the explorer, and the outcomes that a search came to: the words, and who was left stuck.</summary>
internal sealed class MixedModel : ExplorationModel
{
    private readonly Column<int> _words;
    private readonly Column<long> _wide;
    private readonly List<Actor> _actors;

    public MixedModel(MixedProgram program)
        : base(new Arena(1 << 14))
    {
        _words = Arena.Add<int>("w", MixedProgram.Words, ColumnKind.State);
        _wide = Arena.Add<long>("wide", 1, ColumnKind.State);
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

    public static string Describe(IEnumerable<int> words, long wide, IEnumerable<int> stuck) =>
        $"{string.Join(' ', words)} {wide:x} stuck [{string.Join(' ', stuck)}]";

    /// <summary>The kind that a program raises: some of two, so that one can hide the other.</summary>
    public static ViolationKind KindOf(Mixed step) => step.Word == 0 ? ViolationKind.DataMismatch : ViolationKind.CounterMismatch;

    private string Outcome() => Describe(_words.AtRest.ToArray(), _wide.AtRest[0], Enumerable.Range(0, _actors.Count).Where(a => !Runner.State(a).Done));

    private void Perform(Mixed[] steps)
    {
        int last = 0;
        foreach (Mixed step in steps) { last = Perform(step, step.Value + (step.AddsLast ? last : 0), last); }
    }

    private int Perform(Mixed step, int operand, int last)
    {
        ref int word = ref _words[step.Word];
        ref int other = ref _words[step.Other];
        ref long wide = ref _wide[0];
        int spins = 0;
        switch (step.Kind)
        {
            case MixedKind.Load:
                return Atomic.Load(ref word);
            case MixedKind.Store:
                Atomic.Store(ref word, operand);
                return operand;
            case MixedKind.Add:
                return Atomic.Add(ref word, operand);
            case MixedKind.CompareExchange:
                return Atomic.CompareExchange(ref word, operand, step.Comparand);
            case MixedKind.PlainLoad:
                return Atomic.PlainLoad(ref word);
            case MixedKind.PlainStore:
                Atomic.PlainStore(ref word, operand);
                return operand;
            case MixedKind.WideLoad:
                long seen = Atomic.Load(ref wide);
                return (int)(seen + (seen >> 32));
            case MixedKind.WideAdd:
                return (int)Atomic.Add(ref wide, step.Value);
            case MixedKind.WideAddHigh:
                return (int)(Atomic.Add(ref wide, (long)step.Value << 32) >> 32);
            case MixedKind.Choose:
                return Atomic.Choose(2);
            case MixedKind.WaitUntil:
                int look = Atomic.Load(ref word);
                while (look != operand)
                {
                    Atomic.SpinWhile(ref word, look, ref spins);
                    look = Atomic.Load(ref word);
                }
                return look;
            case MixedKind.SpinLate:
                int first = Atomic.Load(ref word);
                int second = Atomic.Load(ref other);
                Atomic.SpinWhile(ref word, first, ref spins);
                return second;
            case MixedKind.RetryUntil:
                while (Atomic.Load(ref word) + Atomic.Load(ref other) != step.Value) { Atomic.Retry(ref spins); }
                return step.Value;
            case MixedKind.Park:
                Atomic.Park(ref word, step.Comparand);
                return last;
            case MixedKind.ParkFor:
                return Atomic.ParkFor(ref word, step.Comparand, 1) ? 1 : 0;
            case MixedKind.Wake:
                Atomic.Wake(ref word);
                return last;
            case MixedKind.WakeAll:
                Atomic.WakeAll(ref word);
                return last;
            default:
                Bug.If(last == step.Value, KindOf(step), "the last result is what it must not be");
                return last;
        }
    }
}
