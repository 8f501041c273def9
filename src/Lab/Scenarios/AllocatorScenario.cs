using MemCore.Allocation;
using MemCore.Lab.Exploration;
using MemCore.Lab.Histories;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>The frame allocator: CPU lists, refill, stealing trees, whole blocks, types, isolation, moves between CPUs.</summary>
internal sealed class AllocatorScenario : Scenario
{
    public override string Slug => "frame-allocator";

    public override string Question => "Is every frame handed to one task at a time, never lost, and kept out of isolated blocks, without a lock?";

    public override string Origin => "MemCore";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Clean("cpu-list", "A-1", "three tasks share one CPU; who finds the guard busy goes to the shared level", () => new SharedCpu()),
        Clean("refill", "A-2", "the right to frames is taken before their bits, and given back bits first", () => new Refill()),
        Clean("steal", "A-3", "one tree for all CPUs: a reservation is a preference, not a lock", () => new Steal()),
        Clean("last-frame", "A-4", "tasks compete for one frame: one gets it, exhaustion is a result", () => new LastFrame()),
        Clean("orders", "A-5", "groups, whole blocks and pairs take their blocks by one compare-exchange each", () => new Orders(), preemptions: 3),
        Clean("rows", "A-9", "a block of several rows: rights are the block's, bits the row's, and a group over two rows rolls back", () => new Rows()),
        Clean("types", "A-6", "a block changes its type while its frames are taken and given", () => new Types()),
        Clean("isolation", "A-7", "after isolation and a drain no list has, and no allocation gets, a frame of the block", () => new Isolation()),
        Clean("pick", "A-10", "free frames of one block are taken by the same rights, from the other end", () => new Picking(most: 2)),
        Clean("pick-one", "A-11", "a frame that is seen free from above is claimed, not taken on sight", () => new Picking(most: 1)),
        Clean("move", "A-8", "a task that is moved to another CPU never touches the data of the one it left", () => new Move()),

        Clean("owner", "A-13", "the owner of a CPU takes and gives frames by stores; an isolation's drain takes the ownership away and finds what the owner keeps", () => new Isolation(owned: true)),
        Clean("whole", "A-14", "a freed whole block stays with its CPU, where an isolation's drain and who finds nothing else get it", () => new WholeBlocks()),

        Clean("batch", "A-15", "a batch clears its bits, then raises the tree and the blocks once each; an isolation or a change of type between is seen by the compare", () => new Batches()),

        Clean("pool", "A-12", "done in sequence it is a set of frames that gives any of its members, or none", () => new Pool(refuses: true)),
        new()
        {
            Slug = "pool-refusal", Id = "A-12a", Because = "a free under way has given its frame but not yet the right to one: a task is refused while another frame is free",
            Sometimes = [ViolationKind.NonLinearizable], Build = _ => new Pool(refuses: false),
        },

        Planted("guard-skipped", "A-1a", PlantedBug.GuardSkipped, "two tasks pop the same frame", [ViolationKind.DoubleAllocation, ViolationKind.DoubleFree, ViolationKind.CounterMismatch], () => new SharedCpu()),
        Planted("pop-keeps-frame", "A-1c", PlantedBug.PopKeepsFrame, "the list hands the same frame to the next task", [ViolationKind.DoubleAllocation], () => new SharedCpu()),
        Planted("claim-without-cas", "A-2a", PlantedBug.RowClaimWithoutCas, "a store over bits that another task set meanwhile", [ViolationKind.DoubleAllocation, ViolationKind.DoubleFree, ViolationKind.CounterMismatch], () => new Refill()),
        Planted("surplus-kept", "A-2b", PlantedBug.RefillKeepsSurplus, "rights to frames that were not taken are forgotten", [ViolationKind.CounterMismatch], () => new Rows()),
        Planted("counter-after-row", "A-2c", PlantedBug.CounterAfterRow, "bits are taken without a right to them", [ViolationKind.CounterMismatch, ViolationKind.DoubleFree, ViolationKind.DoubleAllocation, ViolationKind.Deadlock], () => new LastFrame()),
        Planted("steal-without-cas", "A-3a", PlantedBug.StealWithoutCas, "a plain store into another CPU's slot loses its reservation", [ViolationKind.CounterMismatch, ViolationKind.DoubleAllocation], () => new Steal()),
        Planted("free-twice", "A-1b", PlantedBug.FreeTwice, "the same frame in the list and on the shared level", [ViolationKind.DoubleFree, ViolationKind.DoubleAllocation, ViolationKind.CounterMismatch], () => new SharedCpu()),
        Planted("pick-takes-used", "A-11a", PlantedBug.CompactionTakesUsedFrame, "bits are set that another task has set meanwhile", [ViolationKind.DoubleAllocation, ViolationKind.DoubleFree, ViolationKind.CounterMismatch], () => new Picking(most: 1)),
        Planted("pick-loses-free", "A-10a", PlantedBug.CompactionLosesFreeFrame, "a right to frames that others took first is forgotten", [ViolationKind.CounterMismatch], () => new Picking(most: 2)),
        Planted("isolation-forgets-lists", "A-7a", PlantedBug.IsolationForgetsCpuLists, "a free after the drain puts a frame of the block into a list", [ViolationKind.StaleEntry], () => new Isolation()),
        Planted("lost-retype", "A-6a", PlantedBug.LostRetypeCountsOld, "who lost a block to another takes back from the wrong type what he had counted for it", [ViolationKind.CounterMismatch], () => new Types()),
        Planted("batch-keeps-stale-count", "A-15a", PlantedBug.BatchKeepsStaleCount, "a batch counts frames into a block that was isolated, or changed its type, after the tree was raised for it", [ViolationKind.CounterMismatch], () => new Batches()),
        Planted("group-keeps-right", "A-11b", PlantedBug.GroupKeepsRight, "a group that was not found leaves its right behind", [ViolationKind.CounterMismatch], () => new Picking(most: 1)),
    ];

    private static Variant Clean(string slug, string id, string because, Func<ExplorationModel> build, int preemptions = 2) =>
        new() { Slug = slug, Id = id, Because = because, Build = _ => build(), Preemptions = preemptions };

    private static Variant Planted(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Planted = bug, Sometimes = kinds, Build = _ => build() };

    private sealed class SharedCpu : AllocatorMachine
    {
        public SharedCpu()
            : base(blocks: 2, tasks: 3, cpus: 1)
        {
            for (int t = 0; t < 3; t++) { Add($"task {t}", Alloc(), Free()); }
        }
    }

    private sealed class Refill : AllocatorMachine
    {
        public Refill()
            : base(blocks: 2, tasks: 3, cpus: 3, taken: 2)
        {
            for (int t = 0; t < 3; t++) { Add($"CPU {t}", Alloc(), Free()); }
        }
    }

    private sealed class Steal : AllocatorMachine
    {
        public Steal()
            : base(blocks: 2, tasks: 3, cpus: 3, capacity: 1)
        {
            Add("CPU 0", Alloc(0), Alloc(1));
            Add("CPU 1", Alloc(0), Free(0));
            Add("CPU 2", Alloc(0));
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            Bug.If(!Has(0, 0) || !Has(0, 1) || !Has(2), ViolationKind.StuckState, "an allocation failed although frames were free");
        }
    }

    private sealed class LastFrame : AllocatorMachine
    {
        public LastFrame()
            : base(blocks: 1, tasks: 3, cpus: 3, capacity: 1, taken: 3)
        {
            for (int t = 0; t < 3; t++) { Add($"CPU {t}", Alloc()); }
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            int got = (Has(0) ? 1 : 0) + (Has(1) ? 1 : 0) + (Has(2) ? 1 : 0);
            Bug.If(got != 1, ViolationKind.CounterMismatch, $"{got} tasks got the one frame that was free");
        }
    }

    private sealed class Orders : AllocatorMachine
    {
        public Orders()
            : base(blocks: 2, tasks: 3, cpus: 3)
        {
            Add("pair", Alloc(0, 3), Free());
            Add("block", Alloc(0, 2), Free());
            Add("group", Alloc(0, 1), Free());
        }
    }

    /// <summary>Blocks of two rows of two: refills that find fewer bits than they have a right to, and a free that moves them.</summary>
    private sealed class Rows : AllocatorMachine
    {
        public Rows()
            : base(blocks: 2, tasks: 3, cpus: 2, rowOrder: 1)
        {
            Add("CPU 0", Alloc(), Free());
            Add("group", Alloc(0, 1), Free());
            Add("CPU 0 too", Alloc());
        }
    }

    /// <summary>One block of two rows: its free frames are taken from above while two tasks allocate and free from below.</summary>
    private sealed class Picking : AllocatorMachine
    {
        public Picking(int most)
            : base(blocks: 1, tasks: 3, cpus: 3, capacity: 1, rowOrder: 1)
        {
            Add("picks", Pick(0, most), Free());
            Add("pair", Alloc(0, 1), Free());
            Add("single", Alloc());
        }
    }

    private sealed class Types : AllocatorMachine
    {
        public Types()
            : base(blocks: 2, tasks: 3, cpus: 3, capacity: 1)
        {
            Add("movable", Alloc(), Free());
            Add("unmovable", Alloc(type: MigrateType.Unmovable), Free());
            Add("reclaimable", Alloc(type: MigrateType.Reclaimable));
        }
    }

    /// <summary>One task isolates block 0, drains, looks, and undoes it, while two allocate and free.</summary>
    private sealed class Isolation : AllocatorMachine
    {
        private readonly Column<int> _drained; // 1 from the end of the drain to the end of the look

        public Isolation(bool owned = false)
            : base(blocks: 2, tasks: 3, cpus: 2, entriesToOwn: owned ? 1 : 0)
        {
            if (owned) { Cpus.PlaceOwner(new TaskId(1)); }
            _drained = Arena.Add<int>("drained", 1, ColumnKind.State);
            Add("isolator", ("isolate, drain, look", Isolate), Op("undo", task => Allocator.UnisolateBlock(task, 0)));
            Add("CPU 1", Alloc(), Free());
            Add("CPU 0", Alloc(), Free());
        }

        public override bool FencesAll => true;

        public override void CheckStep()
        {
            if (_drained[0] == 0) { return; }
            for (int p = 0; p < Allocator.BlockFrames; p++)
            {
                Bug.If(Allocator.IsListedAtRest(new Pfn(p)), ViolationKind.StaleEntry, $"frame 0x{p:x} of the isolated block is in a CPU's list");
            }
        }

        private void Isolate(TaskId task)
        {
            bool isolated = Allocator.TryIsolateBlock(task, 0);
            Bug.If(!isolated, ViolationKind.Unexpected, "the block was isolated already");
            Allocator.DrainAll(task);
            Atomic.Store(ref _drained[0], 1);
            Atomic.Store(ref _drained[0], 0);
        }
    }

    /// <summary>A task frees a whole block, which its CPU keeps; another one isolates it, or needs its frames, meanwhile.</summary>
    private sealed class WholeBlocks : AllocatorMachine
    {
        public WholeBlocks()
            : base(blocks: 2, tasks: 3, cpus: 2, capacity: 1)
        {
            Add("CPU 0", Alloc(0, 2), Free(), Alloc(1, 2), Free(1));
            Add("CPU 1", Alloc(0, 3), Free());
            Add("isolator", Op("isolate and drain", task =>
            {
                if (Allocator.TryIsolateBlock(task, 0)) { Allocator.DrainCpu(task, new CpuId(0)); }
            }), Op("undo", task => Allocator.UnisolateBlock(task, 0)));
        }
    }

    /// <summary>One frame is free in block 0 and four in block 1, so that a batch has frames of two blocks of one word, while one is isolated or changes its type.</summary>
    private sealed class Batches : AllocatorMachine
    {
        public Batches()
            : base(blocks: 2, tasks: 3, cpus: 3, capacity: 1, taken: 3, batchFramesMin: 1)
        {
            Add("CPU 0", Alloc(0), Alloc(1), FreeBatch());
            Add("isolator", Op("isolate and drain", task =>
            {
                if (Allocator.TryIsolateBlock(task, 0)) { Allocator.DrainCpu(task, new CpuId(0)); }
            }), Op("undo", task => Allocator.UnisolateBlock(task, 0)));
            Add("unmovable", Alloc(type: MigrateType.Unmovable), FreeBatch());
        }

        public override bool FencesAll => true;
    }

    private sealed class Move : AllocatorMachine
    {
        public Move()
            : base(blocks: 2, tasks: 3, cpus: 2)
        {
            Add("task 0", Alloc(), Free());
            Add("task 1", Alloc());
            Add("mover", Op("move task 0 to CPU 1", task => Cpus.Move(task, new TaskId(0), new CpuId(1))));
        }
    }

    /// <summary>Two free frames and three tasks on their own CPUs: answers must be those of a set of frames.</summary>
    private sealed class Pool : AllocatorMachine
    {
        private readonly History<StructureCall> _history;
        private readonly List<Actor> _recorded = [];
        private readonly bool _refuses;

        /// <param name="refuses">The set may refuse although it is not empty.</param>
        public Pool(bool refuses)
            : base(blocks: 1, tasks: 3, cpus: 3, capacity: 1, taken: 2)
        {
            _refuses = refuses;
            _history = new History<StructureCall>(Arena, 5);
            Record("CPU 0", "alloc", "free");
            Record("CPU 1", "alloc");
            Record("CPU 2", "alloc", "free");
        }

        public override IReadOnlyList<Actor> Actors => _recorded;

        public override HistoryRecorder History => _history;

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            _history.Judge(new FrameSet(Taken, Table.Frames, _refuses));
        }

        private void Record(string name, params string[] calls)
        {
            TaskId task = new(_recorded.Count);
            _recorded.Add(new Actor(name, [.. calls.Select(call => _history.Record(task.Value, new StructureCall(call), () =>
            {
                int kept = KeptOf(task);
                if (call == "alloc") { Alloc().Run(task); }
                else { Free().Run(task); }
                return call == "alloc" ? KeptOf(task) : kept;
            }))]));
        }
    }

    /// <summary>State: one bit for each free frame. Answers are frame numbers plus one; 0: none to be had, or nothing to free.</summary>
    private sealed class FrameSet(int taken, int frames, bool refuses) : SequentialModel<uint, StructureCall>
    {
        public override uint Initial => (1u << frames) - (1u << taken);

        public override IEnumerable<uint> After(uint free, StructureCall call, long? result)
        {
            if (result is null) { return Enumerable.Range(0, frames + 1).SelectMany(answer => After(free, call, answer)); }
            if (result == 0) { return call.What == "free" || free == 0 || refuses ? [free] : []; }
            uint frame = 1u << ((int)result - 1);
            return (free & frame) != 0 == (call.What == "alloc") ? [free ^ frame] : [];
        }
    }
}
