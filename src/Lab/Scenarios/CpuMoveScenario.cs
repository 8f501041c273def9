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
    ];

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
