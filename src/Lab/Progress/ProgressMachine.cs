using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Progress;

/// <summary>An operation of the engine with the progress that it declares.</summary>
internal readonly record struct DeclaredOperation(string Name, ProgressGuarantee Progress, Action<Machine, TaskId> Run);

/// <summary>The engine on a few frames, and two or three tasks with declared operations on it.</summary>
internal sealed class ProgressMachine : EngineMachine
{
    private readonly List<Actor> _actors = [];

    /// <param name="free">Frames to allocate from.</param>
    /// <param name="cpus">Task t runs on CPU t modulo this.</param>
    /// <param name="tasks">Tasks to come.</param>
    public ProgressMachine(int free = 4, int cpus = 2, int tasks = 3)
        : base(tasks, free, cpus, drainPolls: 0)
    {
    }

    public override IReadOnlyList<Actor> Actors => _actors;

    public new Machine Engine => base.Engine;

    /// <summary>Levels and lists agree, and nobody is left inside or asleep. What frames are used for is not asked: tasks keep what they got.</summary>
    public override void CheckQuiescence()
    {
        Engine.Allocator.AuditAtRest((kind, text) => Bug.Raise(kind, text, nameof(CheckQuiescence)));
        Engine.Waiters.AuditAtRest((kind, text) => Bug.Raise(kind, text, nameof(CheckQuiescence)));
        Engine.Lru.AuditAtRest((kind, pfn, text) => Bug.Raise(kind, text, nameof(CheckQuiescence)));
        for (int cpu = 0; cpu < Engine.Cpus.Cpus; cpu++)
        {
            Bug.If(!Engine.Cpus.IsIdle(new CpuId(cpu)), ViolationKind.StuckState, "a CPU guard is left taken");
        }
    }

    /// <summary>A frame that is allocated, with so many references.</summary>
    public Pfn Folio(int references = 1, PageFlags flags = PageFlags.None)
    {
        Pfn pfn = Engine.Allocator.Allocate(SetUp, 0, Allocation.MigrateType.Movable);
        if (references > 1) { Engine.Frames.Ref(pfn).Get(references - 1); }
        if (flags != PageFlags.None) { Engine.Frames.Flags(pfn).Set(flags); }
        return pfn;
    }

    public MmId Mm(CacheId cache = default) => NewMm(pages: 2, cache: cache);

    public Pfn InCache(CacheId cache, long index) => Cached(cache, index);

    public Pfn Mapped(MmId mm, long page) => Touched(mm, page, 1);

    public ProgressMachine Task(params DeclaredOperation[] operations)
    {
        TaskId task = new(_actors.Count);
        _actors.Add(new Actor($"task {task.Value}", [.. operations.Select(o => new Operation(o.Name, () => o.Run(Engine, task)) { Progress = o.Progress })]));
        return this;
    }
}

/// <summary>A machine of the catalogue, and in which of its states tasks are stopped.</summary>
/// <param name="Name">As the table prints it.</param>
/// <param name="Build">Builds it.</param>
/// <param name="Preemptions">States that are reached with so many preemptions; negative: all.</param>
internal sealed record CataloguedMachine(string Name, Func<ExplorationModel> Build, int Preemptions = -1);
