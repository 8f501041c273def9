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
        new() { Slug = slug, Id = id, Because = because, Build = _ => build(), Preemptions = preemptions };

    private static Variant Planted(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Planted = bug, Sometimes = kinds, Build = _ => build() };

    private abstract class CompactionMachine : EngineMachine
    {
        private readonly Column<int> _kept; // frames that the tasks' own allocations have, plus one

        /// <param name="tasks">Actors to come.</param>
        /// <param name="kept">Frames beside the two pages that stay allocated.</param>
        protected CompactionMachine(int tasks, params int[] kept)
            : base(tasks, free: 8, policy: new MigrationPolicy { AsyncPasses = 1 })
        {
            _kept = Arena.Add<int>("kept", 8, ColumnKind.State);
            Span<bool> plain = stackalloc bool[8];
            for (int i = 0; i < 8; i++)
            {
                if (i is 0 or 4) { Engine.Balloon.Inflate(SetUp); }
                else { plain[Engine.Allocator.Allocate(SetUp, 0, MigrateType.Movable).Value] = true; }
            }
            if (plain[0] || plain[4]) { throw new LabException("the balloon has not got the first frame of each block"); }
            for (int p = 0; p < 8; p++)
            {
                if (!plain[p]) { continue; }
                if (kept.Contains(p)) { _kept[p] = p + 1; }
                else { Engine.Folios.Put(SetUp, new Pfn(p)); }
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

        protected (string Name, Action<TaskId> Run) Take() => Op("alloc", task =>
        {
            Pfn pfn = Engine.Allocator.Allocate(task, 0, MigrateType.Movable);
            if (pfn.IsNone) { return; }
            ref int kept = ref _kept[pfn.Value];
            Bug.If(Atomic.PlainLoad(ref kept) != 0, ViolationKind.DoubleAllocation, "a frame is handed out that a task has", pfn.Value);
            Atomic.PlainStore(ref kept, pfn.Value + 1);
        });

        protected (string Name, Action<TaskId> Run) TakeAndGivePair() => Op("alloc and free order 1", task =>
        {
            Pfn head = Engine.Allocator.AllocateFolio(task, 1, MigrateType.Movable);
            if (!head.IsNone) { Engine.Folios.Put(task, head); }
        });
    }

    private sealed class TwoRounds : CompactionMachine
    {
        public TwoRounds()
            : base(tasks: 2)
        {
            Add("compacts", Round(), Round());
            Add("compacts too", Round());
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            Bug.If(Engine.Allocator.FreeInBlock(0) != 4, ViolationKind.StuckState, "nobody stood in the way, but the block is not free");
        }
    }

    /// <summary>Only block 1 has two free frames that are neighbours: destinations, or what the pair gets.</summary>
    private sealed class Allocation : CompactionMachine
    {
        public Allocation()
            : base(tasks: 3, kept: 2)
        {
            Add("compacts", Round());
            Add("allocates", Take());
            Add("pair", TakeAndGivePair());
        }
    }

    private sealed class Release : CompactionMachine
    {
        public Release()
            : base(tasks: 2)
        {
            Add("compacts", Round());
            Add("deflates", Deflate(), Deflate());
        }
    }
}
