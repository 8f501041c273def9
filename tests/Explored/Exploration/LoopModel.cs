using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

/// <summary>A few words and actors over them: the shape of a protocol without its engine.</summary>
internal sealed class LoopModel : ExplorationModel
{
    private readonly List<Actor> _actors = [];
    private readonly Column<int> _words;

    public LoopModel(int words = 4)
        : base(new Arena(1 << 14))
    {
        _words = Arena.Add<int>("w", words, ColumnKind.State);
        Goals = Arena.Add<int>("goals", 1, ColumnKind.Bookkeeping);
    }

    public delegate void Body(Column<int> words);

    public override IReadOnlyList<Actor> Actors => _actors;

    public override bool CountsGoals => Counts;

    public override IReadOnlyList<int>? GoalActors => Named;

    public bool Counts { get; init; }

    public int[]? Named { get; init; }

    /// <summary>Counted up by an operation that reaches what it is for.</summary>
    public Column<int> Goals { get; }

    public override long GoalsReached() => Goals.AtRest[0];

    public LoopModel Once(string name, Body body, ProgressGuarantee? progress = null) => Add(name, body, repeats: false, progress);

    public LoopModel ForEver(string name, Body body) => Add(name, body, repeats: true, null);

    public LivelockReport Report() => Explorer.Explore(this, new ExplorationOptions { Livelock = true }).Livelock!;

    public static void Lock(ref int word)
    {
        int spins = 0;
        int seen;
        while ((seen = Atomic.CompareExchange(ref word, 1, 0)) != 0) { Atomic.SpinWhile(ref word, seen, ref spins); }
    }

    private LoopModel Add(string name, Body body, bool repeats, ProgressGuarantee? progress)
    {
        _actors.Add(new Actor(name, [new Operation($"{name}'s", () => body(_words)) { Progress = progress }]) { Repeats = repeats });
        return this;
    }
}
