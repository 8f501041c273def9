using System.Globalization;
using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Lab.Histories;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>A call on one of the engine's structures.</summary>
/// <param name="What">The member.</param>
/// <param name="Key">What it is about: an index, a page, a task; 0 where there is one of it.</param>
/// <param name="Value">Its argument.</param>
internal readonly record struct StructureCall(string What, int Key = 0, int Value = 0)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{What}{(Key == 0 && Value == 0 ? "" : $" {Key}")}{(Value == 0 ? "" : $" {Value}")}");
}

/// <summary>One structure of the engine and actors that call it: every run's answers must be those of the structure done in sequence.</summary>
internal abstract class StructureMachine : ExplorationModel
{
    private const int CallsMax = 12;
    private const int TasksMax = 4;

    private readonly History<StructureCall> _history;
    private readonly List<Actor> _actors = [];

    protected StructureMachine()
        : base(new Arena(1 << 20))
    {
        FrameTable frames = new(Arena, 4);
        CpuSlots cpus = new(Arena, 1, TasksMax);
        Base = new EngineBase(Arena, frames, cpus, new EventCounters(Arena, TasksMax), new RefLedger(Arena, frames.Frames), new MigrationPolicy());
        _history = new History<StructureCall>(Arena, CallsMax);
    }

    public override IReadOnlyList<Actor> Actors => _actors;

    public override HistoryRecorder History => _history;

    protected EngineBase Base { get; }

    protected static (StructureCall Call, Func<TaskId, long> Run) Op(string what, int key, Func<TaskId, long> run) => (new StructureCall(what, key), run);

    protected static (StructureCall Call, Func<TaskId, long> Run) Op(string what, int key, int value, Func<TaskId, long> run) => (new StructureCall(what, key, value), run);

    protected void Add(string name, params (StructureCall Call, Func<TaskId, long> Run)[] calls)
    {
        TaskId task = new(_actors.Count);
        _actors.Add(new Actor(name, [.. calls.Select(c => _history.Record(task.Value, c.Call, () => c.Run(task)))]));
    }

    protected void Judge<TState>(SequentialModel<TState, StructureCall> model)
        where TState : notnull => _history.Judge(model);

    /// <summary>At rest: answers of the calls named so.</summary>
    protected IEnumerable<long> AnswersAtRest(string what) => _history.EntriesAtRest().Where(e => e.Call.What == what).Select(e => e.Result);
}
