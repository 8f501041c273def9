using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

/// <summary>A counter that two actors read and write back in two steps, between stretches of work that has nothing to do with it.</summary>
/// <remarks>An update is lost at one preemption, in four steps, with neither the work nor the third actor.</remarks>
internal sealed class LostUpdate : ExplorationModel
{
    private readonly Column<int> _words;

    public LostUpdate(bool broken = true)
        : base(new Arena(1 << 16))
    {
        _words = Arena.Add<int>("w", 4, ColumnKind.State);
        Actors =
        [
            new Actor("A", [Work(1), Count(broken), Work(1)]),
            new Actor("B", [Work(2), Count(broken), Work(2)]),
            new Actor("C", [Work(3), Work(3)]),
        ];
    }

    public override IReadOnlyList<Actor> Actors { get; }

    public override void CheckQuiescence() => Bug.If(_words[0] != 2, ViolationKind.DataMismatch, "an update is lost");

    private Operation Work(int word) => new("work", () =>
    {
        for (int i = 0; i < 6; i++) { Atomic.Add(ref _words[word], 1); }
    });

    private Operation Count(bool broken) => new("count", () =>
    {
        if (broken) { Atomic.Store(ref _words[0], Atomic.Load(ref _words[0]) + 1); }
        else { Atomic.Add(ref _words[0], 1); }
    });
}
