using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Migration;
using MemCore.Primitives;
using MemCore.Reclaim;

namespace MemCore.Lab.Scenarios;

/// <summary>One round of compaction over two blocks of four frames, against what else happens to their frames.</summary>
/// <remarks>Block 0 has one page of a balloon, block 1 another: a round moves the first beside the second, and block 0 is free as a whole.</remarks>
internal sealed class CompactionScenario : Scenario
{
    public override string Slug => "compaction";

    public override string Question => "Does a round of compaction take only free frames, and leave each frame free or in use and each page where its driver knows it?";

    public override string Origin => "MemCore";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Clean("round-round", "CO-1", "both scanners' bounds are one word: a block is a source or has destinations, and one task's at a time", () => new TwoRounds()),
        Clean("round-allocation", "CO-2", "a destination is taken by the allocator's own rights before it is prepared", () => new Allocation()),
        Clean("round-release", "CO-3", "a page that is released while it is looked at is not isolated", () => new Release()),

        Planted("takes-used", "CO-2a", PlantedBug.CompactionTakesUsedFrame, "a destination that another task has allocated meanwhile", [ViolationKind.DoubleAllocation, ViolationKind.DoubleFree, ViolationKind.CounterMismatch], () => new Allocation()),
        Planted("isolates-released", "CO-3a", PlantedBug.BalloonIsolatesReleased, "a page that was released is moved", [ViolationKind.BrokenList], () => new Release()),
    ];

    private static Variant Clean(string slug, string id, string because, Func<ExplorationModel> build, int preemptions = 2) =>
        new() { Slug = slug, Id = id, Because = because, Build = build, Preemptions = preemptions };

    private static Variant Planted(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Planted = bug, Sometimes = kinds, Build = build };

    private abstract class CompactionMachine : EngineMachine
    {
        private readonly Column<int> _kept; // frames that the tasks' own allocations have, plus one

        /// <param name="tasks">Actors to come.</param>
        /// <param name="fill">Frames of block 1 that stay allocated, beside its page: how scarce destinations are.</param>
        protected CompactionMachine(int tasks, int fill)
            : base(tasks, free: 8, policy: new MigrationPolicy { AsyncPasses = 1 })
        {
            _kept = Arena.Add<int>("kept", 8, ColumnKind.State);
            int[] away = new int[8];
            for (int i = 0; i < 8; i++)
            {
                bool inBalloon = i is 0 or 4;
                if (inBalloon) { Engine.Balloon.Inflate(SetUp); }
                else { away[i] = Engine.Allocator.Allocate(SetUp, 0, MigrateType.Movable).Value + 1; }
            }
            int toStay = fill;
            foreach (int entry in away)
            {
                if (entry == 0) { continue; }
                Pfn pfn = new(entry - 1);
                if (Engine.Allocator.TypeOf(pfn.Value / 4) == MigrateType.Movable && pfn.Value >= 4 && toStay-- > 0)
                {
                    _kept[pfn.Value] = entry;
                    continue;
                }
                Engine.Folios.Put(SetUp, pfn);
            }
            Engine.Allocator.DrainAll(SetUp);
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            Engine.Balloon.AuditAtRest((kind, pfn, text) => Bug.Raise(kind, text, nameof(CheckQuiescence)));
            Engine.Compaction.AuditAtRest((kind, text) => Bug.Raise(kind, text, nameof(CheckQuiescence)));
        }

        protected override int HeldAtRest(Pfn pfn) => (Engine.Frames.Map(pfn).Type == PageType.Offline ? 1 : 0) + (_kept[pfn.Value] != 0 ? 1 : 0);

        protected (string Name, Action<TaskId> Run) Round() =>
            Op("one round", task => Engine.Compaction.Step(task, 0, Compaction.WholeZone, MigrateMode.Async));

        protected (string Name, Action<TaskId> Run) Deflate() => Op("deflate", task => Engine.Balloon.Deflate(task));

        protected (string Name, Action<TaskId> Run) Take(int order) => Op($"alloc order {order}", task =>
        {
            Pfn head = Engine.Allocator.Allocate(task, order, MigrateType.Movable);
            if (head.IsNone) { return; }
            ref int kept = ref _kept[head.Value];
            Bug.If(Atomic.PlainLoad(ref kept) != 0, ViolationKind.DoubleAllocation, "a frame is handed out that a task has", head.Value);
            Atomic.PlainStore(ref kept, head.Value + 1);
        });
    }

    private sealed class TwoRounds : CompactionMachine
    {
        public TwoRounds()
            : base(tasks: 2, fill: 0)
        {
            Add("compacts", Round(), Round());
            Add("compacts too", Round());
        }
    }

    /// <summary>Block 1 has one free frame: the destination, or what an allocation gets.</summary>
    private sealed class Allocation : CompactionMachine
    {
        public Allocation()
            : base(tasks: 3, fill: 2)
        {
            Add("compacts", Round());
            Add("allocates", Take(0));
            Add("allocates too", Take(0));
        }
    }

    private sealed class Release : CompactionMachine
    {
        public Release()
            : base(tasks: 2, fill: 0)
        {
            Add("compacts", Round());
            Add("deflates", Deflate(), Deflate());
        }
    }
}
