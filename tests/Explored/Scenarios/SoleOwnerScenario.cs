using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Tests.Scenarios;

/// <summary>May a task that reads a count of one take the folio for its own? The scenario of the guide.</summary>
internal sealed class SoleOwnerScenario : Scenario
{
    public override string Slug => "sole-owner";

    public override string Question => "May a task that reads a count of one take the folio for its own?";

    public override string Origin => "the guide";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        new()
        {
            Slug = "freeze", Id = "SO-1", Because = "a freeze tests the count and takes it in one step", Build = _ => new Taker(freezes: true),
        },
        new()
        {
            Slug = "read-then-change", Id = "SO-2", Status = "strawman", Because = "a reference taken after the look is not seen",
            Sometimes = [ViolationKind.DataMismatch], Build = _ => new Taker(freezes: false),
        },
    ];

    private sealed class Taker : ExplorationModel
    {
        private readonly FrameTable _frames;
        private readonly Column<int> _contents;
        private readonly Pfn _page = new(0);

        public Taker(bool freezes)
            : base(new Arena(1 << 16))
        {
            _frames = new FrameTable(Arena, 1);
            _contents = Arena.Add<int>("contents", 2, ColumnKind.State);
            _frames.BeginLife(_page);
            _frames.Ref(_page).Publish(1);
            Actors =
            [
                new Actor("owner", [new Operation("change", () => Change(freezes))]),
                new Actor("stranger", [new Operation("look", Look)]),
            ];
        }

        public override IReadOnlyList<Actor> Actors { get; }

        private void Change(bool freezes)
        {
            if (freezes ? !_frames.Ref(_page).TryFreeze(1) : _frames.Ref(_page).CountUnsafe != 1) { return; }
            Atomic.Store(ref _contents[0], 1);
            Atomic.Store(ref _contents[1], 1);
            if (freezes) { _frames.Ref(_page).Unfreeze(1); }
        }

        private void Look()
        {
            if (!_frames.Ref(_page).TryGet()) { return; }
            bool same = Atomic.Load(ref _contents[0]) == Atomic.Load(ref _contents[1]);
            Bug.If(!same, ViolationKind.DataMismatch, "a holder of a reference sees a change half done");
            _frames.Ref(_page).PutTestZero();
        }
    }
}
