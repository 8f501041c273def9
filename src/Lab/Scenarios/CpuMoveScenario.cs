using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>Tasks use data of the CPU that they run on, and are moved to another one meanwhile.</summary>
internal sealed class CpuMoveScenario : Scenario
{
    public override string Slug => "cpu-move";

    public override string Question => "Is data of a CPU used by one task at a time, and by tasks of that CPU only, although tasks are moved wherever they could be preempted?";

    public override string Origin => "MemCore";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        new()
        {
            Slug = "section", Id = "CM-1", Because = "a section owns the guard of its CPU and reads again where it runs: a move waits for the guard of the CPU that it leaves",
            Build = _ => new Batches(guarded: true),
        },
        new()
        {
            Slug = "allocate", Id = "CM-2", Because = "frames are taken from and given to the list of the CPU whose guard is owned, wherever the task is by then",
            Build = _ => new Allocating(),
        },
        new()
        {
            Slug = "no-section", Id = "CM-1a", Status = "strawman", Because = "who is moved to the CPU in the middle of another one's update writes to the same entry",
            Sometimes = [ViolationKind.LostFolio], Build = _ => new Batches(guarded: false),
        },
        new()
        {
            Slug = "not-read-again", Id = "CM-1b", Status = "strawman", Because = "a task that was moved before it had the guard uses data of the CPU that it has left",
            Planted = PlantedBug.CpuNotReadAgain, Sometimes = [ViolationKind.DoubleOwner], Build = _ => new Batches(guarded: true),
        },
        Owned("owner", "CM-3", PlantedBug.None, "an owner says that it is inside and then looks whether it still is the owner; who wants in takes the ownership away, fences all CPUs and looks whether it is inside", []),
        Owned("owner-without-fence", "CM-3a", PlantedBug.OwnerWithoutFence, "that it is inside is still in the owner's store buffer when the other one looks", [ViolationKind.LostFolio]),
        Owned("owner-not-awaited", "CM-3b", PlantedBug.OwnerNotAwaited, "the ownership is taken from a task that is inside", [ViolationKind.LostFolio]),
        Owned("owner-without-fence-sc", "CM-3c", PlantedBug.OwnerWithoutFence, "the fence left out is no mistake where stores are seen at once", []) with { Memory = MemoryModel.SequentiallyConsistent },
        Owned("owner-races", "CM-3d", PlantedBug.None, "to find the owner outside is to see what it wrote inside", []) with { Memory = MemoryModel.SequentiallyConsistent, Races = true },
        Owned("owner-moved", "CM-4", PlantedBug.None, "a move takes the ownership of the CPU that its tenant leaves", []) with { Build = _ => new OwnedBatch(moved: true) },
        Owned("allocate-owned", "CM-5", PlantedBug.None, "owners take frames from the lists of their CPUs and give them back, while one of them is moved and another task drains", [])
            with { Memory = MemoryModel.SequentiallyConsistent, Build = _ => new AllocatingOwners() },
    ];

    private static Variant Owned(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds) => new()
    {
        Slug = slug,
        Id = id,
        Status = bug == PlantedBug.None ? "ours" : "strawman",
        Because = because,
        Planted = bug,
        Sometimes = kinds,
        Memory = MemoryModel.Tso,
        Preemptions = 2,
        Build = _ => new OwnedBatch(moved: false),
    };

    /// <summary>Two tasks of two CPUs put one entry each into the batch of their CPU; the second one is moved to the first one's CPU, and that one away.</summary>
    private sealed class Batches : ExplorationModel
    {
        private const int Cpus = 2;
        private const int Capacity = 2;

        private readonly CpuSlots _cpus;
        private readonly Column<int> _count; // per CPU, under its guard
        private readonly Column<int> _entries; // per CPU its batch, under its guard: task + 1

        public Batches(bool guarded)
            : base(new Arena(1 << 16))
        {
            TaskId first = new(0);
            TaskId second = new(1);
            _cpus = new CpuSlots(Arena, Cpus, tasks: 3);
            _count = Arena.Add<int>("batch_count", Cpus, ColumnKind.State);
            _entries = Arena.Add<int>("batch_entry", Cpus * Capacity, ColumnKind.State);
            _cpus.Place(second, new CpuId(1));
            Actors =
            [
                new Actor("A on CPU 0", [new Operation("add", () => Add(first, guarded))]),
                new Actor("B on CPU 1", [new Operation("add", () => Add(second, guarded))]),
                CpuMover.Create(_cpus, new TaskId(2), (second, new CpuId(0)), (first, new CpuId(1))),
            ];
        }

        public override IReadOnlyList<Actor> Actors { get; }

        public override void CheckQuiescence()
        {
            int found = 0;
            for (int cpu = 0; cpu < Cpus; cpu++)
            {
                for (int i = 0; i < _count[cpu]; i++) { found |= _entries[(cpu * Capacity) + i]; }
                Bug.If(!_cpus.IsIdle(new CpuId(cpu)), ViolationKind.StuckState, "a CPU guard is left taken");
            }
            Bug.If(found != 3, ViolationKind.LostFolio, "an entry is in no batch");
        }

        private void Add(TaskId task, bool guarded)
        {
            CpuId cpu = _cpus.CpuOf(task);
            CpuSection section = default;
            int spins = 0;
            while (guarded && !_cpus.TryEnter(task, out section)) { Atomic.Retry(ref spins); }
            if (guarded) { cpu = section.Cpu; }
            Bug.If(guarded && _cpus.CpuOf(task) != cpu, ViolationKind.DoubleOwner, "a task uses data of a CPU that it has left");
            int count = Atomic.Load(ref _count[cpu.Value]);
            Atomic.Store(ref _entries[(cpu.Value * Capacity) + count], task.Value + 1);
            Atomic.Store(ref _count[cpu.Value], count + 1);
            if (guarded) { _cpus.Leave(task, section); }
        }
    }

    /// <summary>A task owns its CPU and adds to the batch of it twice; another one of the same CPU, or of the CPU that the owner is moved to, adds too.</summary>
    private sealed class OwnedBatch : ExplorationModel
    {
        private const int Capacity = 3;

        private readonly CpuSlots _cpus;
        private readonly Column<int> _count; // per CPU, plain, as what the allocator keeps there
        private readonly Column<int> _entries; // per CPU its batch: task + 1

        public OwnedBatch(bool moved)
            : base(new Arena(1 << 16))
        {
            TaskId owner = new(0);
            TaskId other = new(1);
            _cpus = new CpuSlots(Arena, cpus: 2, tasks: 3, entriesToOwn: 1);
            _count = Arena.Add<int>("batch_count", 2, ColumnKind.State);
            _entries = Arena.Add<int>("batch_entry", 2 * Capacity, ColumnKind.State);
            _cpus.Place(owner, new CpuId(0));
            _cpus.Place(other, new CpuId(moved ? 1 : 0));
            _cpus.PlaceOwner(owner);
            Actors =
            [
                new Actor("owner", [new Operation("add", () => Add(owner)), new Operation("add", () => Add(owner))]),
                moved
                    ? CpuMover.Create(_cpus, other, (owner, new CpuId(1)))
                    : new Actor("other", [new Operation("add", () => Add(other))]),
            ];
            Expected = moved ? 2 : 3;
        }

        public override IReadOnlyList<Actor> Actors { get; }

        public override bool FencesAll => true;

        private int Expected { get; }

        public override void CheckQuiescence()
        {
            for (int cpu = 0; cpu < 2; cpu++) { Bug.If(!_cpus.IsIdle(new CpuId(cpu)), ViolationKind.StuckState, "a CPU guard is left taken"); }
            int found = 0;
            foreach (int entry in _entries.AtRest) { found += entry == 0 ? 0 : 1; }
            Bug.If(found != Expected || _count[0] + _count[1] != Expected, ViolationKind.LostFolio, "an entry is in no batch");
        }

        private void Add(TaskId task)
        {
            int spins = 0;
            CpuSection section;
            while (!_cpus.TryEnter(task, out section)) { Atomic.Retry(ref spins); }
            int cpu = section.Cpu.Value;
            int count = Atomic.PlainLoad(ref _count[cpu]);
            Atomic.PlainStore(ref _entries[(cpu * Capacity) + count], task.Value + 1);
            Atomic.PlainStore(ref _count[cpu], count + 1);
            _cpus.Leave(task, section);
        }
    }

    /// <summary>Two owners take a frame each and give it back; a third task moves the first one and drains the CPU of the other.</summary>
    private sealed class AllocatingOwners : AllocatorMachine
    {
        public AllocatingOwners()
            : base(blocks: 2, tasks: 3, cpus: 2, entriesToOwn: 1)
        {
            for (int t = 0; t < 2; t++) { Cpus.PlaceOwner(new TaskId(t)); }
            Add("owner of CPU 0", Alloc(), Free());
            Add("owner of CPU 1", Alloc(), Free());
            Add("mover", Op("move task 0 to CPU 1", task => Cpus.Move(task, new TaskId(0), new CpuId(1))), Op("drain CPU 1", task => Allocator.DrainCpu(task, new CpuId(1))));
        }

        public override bool FencesAll => true;
    }

    /// <summary>Two tasks take a frame each and give it back; one of them is moved to the other's CPU and back again.</summary>
    private sealed class Allocating : EngineMachine
    {
        private readonly Column<int> _taken; // per task: its frame, plus one

        public Allocating()
            : base(tasks: 3, free: 4, cpus: 2)
        {
            _taken = Arena.Add<int>("taken", 2, ColumnKind.State);
            Add("A on CPU 0", Op("allocate", Take), Op("free", Give));
            Add("B on CPU 1", Op("allocate", Take), Op("free", Give));
            Add("mover", CpuMover.Moves(Engine.Cpus, (new TaskId(0), new CpuId(1)), (new TaskId(0), new CpuId(0))));
        }

        private void Take(TaskId task)
        {
            Pfn folio = Engine.Allocator.Allocate(task, 0, MigrateType.Movable);
            Bug.If(folio.IsNone, ViolationKind.LostFrame, "no frame although there are more than tasks");
            Atomic.PlainStore(ref _taken[task.Value], folio.Value + 1);
        }

        private void Give(TaskId task)
        {
            Engine.Folios.Put(task, new Pfn(Atomic.PlainLoad(ref _taken[task.Value]) - 1));
            Atomic.PlainStore(ref _taken[task.Value], 0);
        }
    }
}
