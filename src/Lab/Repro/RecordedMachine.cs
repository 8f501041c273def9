using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;
using MemCore.Lab.Soak;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Repro;

/// <summary>The engine on a few frames with what a soak's workers did last on it: each step is the workload's operation with its own check.</summary>
/// <remarks>
/// Oracles beside those of a migration machine: the workloads' own (contents under a reference, under a lock, of a page that was written),
/// and at quiescence what the actors still hold explains every reference.
/// </remarks>
internal sealed partial class RecordedMachine : MigrationMachine
{
    private readonly RecordedProgram _program;
    private readonly int _tasks;
    private readonly int _free;
    private readonly int[] _writers; // per object: the only actor that writes it, or −1
    private readonly Pfn[] _folios; // per object: the folio that the set-up made
    private readonly EngineAudit _audit;
    private readonly PageTableLocks _pageTables;
    private readonly FolioLists _isolatedOf;
    private readonly Column<long> _slots; // per object: handle, or 0
    private readonly Column<long> _handles; // per task and object: what it holds of a slot, or 0
    private readonly Column<int> _owned; // per object: 1 while the actor has its reference
    private readonly Column<int> _isolated; // per object: 1 while the actor has it isolated
    private readonly Column<int> _inside; // per object: entries under its lock, counted without an atomic
    private readonly Column<int> _entered; // per task
    private readonly Column<int> _blocks; // per object: frame + 1 of the actor's block
    private readonly Column<int> _pins; // per task and object: frame + 1
    private readonly Column<int> _versions; // per object: what its writer wrote last
    private readonly Column<int> _child; // the Mm that a fork made
    private readonly MmId[] _mms = new MmId[2];

    public RecordedMachine(RecordedProgram program, Protocol protocol, ModelSettings settings)
        : base(program.Actors.Count, Small(protocol), settings, passes: 2, free: FreeFor(program), cpus: program.Actors.Count, drainPolls: 0, listFrames: 2)
    {
        _program = program;
        _tasks = program.Actors.Count;
        int objects = program.Objects.Count;
        _folios = new Pfn[objects];
        _free = FreeFor(program);
        _writers = [.. Enumerable.Range(0, objects).Select(FindWriter)];
        _audit = new EngineAudit(AuditedEngine.Of(Engine));
        _pageTables = new PageTableLocks(Arena, Engine.Cpus.Ranks);
        _isolatedOf = new FolioLists(Engine.Base, Engine.Links, "recorded_isolated", _tasks);
        _slots = Arena.Add<long>("slot", Math.Max(1, objects), ColumnKind.State);
        _handles = Arena.Add<long>("handle", Math.Max(1, _tasks * objects), ColumnKind.State);
        _owned = Arena.Add<int>("owned", Math.Max(1, objects), ColumnKind.State);
        _isolated = Arena.Add<int>("isolated_by_owner", Math.Max(1, objects), ColumnKind.State);
        _inside = Arena.Add<int>("inside", Math.Max(1, objects), ColumnKind.State);
        _entered = Arena.Add<int>("entered", _tasks, ColumnKind.State);
        _blocks = Arena.Add<int>("block_of_actor", Math.Max(1, objects), ColumnKind.State);
        _pins = Arena.Add<int>("pinned", Math.Max(1, _tasks * objects), ColumnKind.State);
        _versions = Arena.Add<int>("version", Math.Max(1, objects), ColumnKind.State);
        _child = Arena.Add<int>("child", 1, ColumnKind.State);
        SetUpObjects();
        for (int actor = 0; actor < _tasks; actor++)
        {
            List<(string, Action<TaskId>)> operations = [.. program.Actors[actor].Select(Operation)];
            if (program.Actors[actor].Any(s => s.Kind is StepKind.Alloc or StepKind.Free)) { operations.Add(Op("give back", GiveBlocksBack)); }
            Add($"worker {(char)('A' + actor)}", [.. operations]);
        }
    }

    public override void CheckQuiescence()
    {
        base.CheckQuiescence();
        int entered = 0;
        foreach (int one in _entered.AtRest) { entered += one; }
        foreach (int inside in _inside.AtRest) { entered -= inside; }
        Bug.If(entered != 0, ViolationKind.DataMismatch, $"{entered} increments made under a folio lock are lost");
        for (int i = 0; i < _folios.Length; i++)
        {
            if (_program.Objects[i].Kind == ObjectKind.Slot) { CheckSlotAtRest(i); }
            else if (_program.Objects[i].Kind == ObjectKind.Page && !Forks) { CheckPageAtRest(i); }
        }
    }

    protected override int HeldAtRest(Pfn pfn)
    {
        int held = base.HeldAtRest(pfn);
        for (int i = 0; i < _folios.Length; i++)
        {
            if (_program.Objects[i].Kind == ObjectKind.Kept && _folios[i] == pfn) { held++; }
            if (_folios[i] == pfn) { held += _owned[i] + _isolated[i]; }
            if (IsOf(_slots[i], pfn)) { held++; }
            if (_blocks[i] == pfn.Value + 1) { held++; }
        }
        foreach (long handle in _handles.AtRest) { held += IsOf(handle, pfn) ? 1 : 0; }
        for (int task = 0; task < _tasks; task++)
        {
            FolioList list = _isolatedOf[task];
            for (Pfn at = list.First; !at.IsNone; at = list.NextOf(at)) { held += at == pfn ? 1 : 0; }
        }
        foreach (int pin in _pins.AtRest) { held += pin == pfn.Value + 1 ? Pins.Bias : 0; }
        return held;
    }

    // Who finds the lock stolen once is handed it: no small scenario has as many robbers as a soak.
    private static Protocol Small(Protocol protocol) => protocol with { Waiting = protocol.Waiting with { Unfairness = 0 } };

    private static int FreeFor(RecordedProgram program) => program.Objects.Count > 2 ? 16 : 8;

    private static bool IsOf(long handle, Pfn pfn) => handle != 0 && RefSlots.HandleOf(handle).Pfn == pfn;

    private bool Forks => _program.Actors.Any(steps => steps.Any(s => s.Kind == StepKind.Fork));

    private void SetUpObjects()
    {
        IReadOnlyList<RecordedObject> objects = _program.Objects;
        for (int mm = 0; mm < _mms.Length; mm++)
        {
            if (objects.Any(o => o.Kind == ObjectKind.Page && o.Number / PagesPerMm == mm) && !(mm == 1 && Forks)) { _mms[mm] = NewMm(); }
        }
        for (int i = 0; i < objects.Count; i++)
        {
            (ObjectKind kind, int number) = (objects[i].Kind, objects[i].Number);
            _folios[i] = kind is ObjectKind.Page or ObjectKind.NoBlock or ObjectKind.Block ? Pfn.None : Engine.Allocator.AllocateFolio(SetUp, 0, MigrateType.Movable);
            switch (kind)
            {
                case ObjectKind.Slot:
                    Engine.Contents.Stamp(_folios[i], new PageSignature(0, 0, RefSlots.VirtualPageOf(i)));
                    _slots[i] = RefSlots.Pack(Engine.Frames.Handle(_folios[i]), SetUp);
                    SetUpHolders(i);
                    break;
                case ObjectKind.OffList or ObjectKind.Listed or ObjectKind.Isolated:
                    SetUpOnLru(i, kind);
                    break;
                case ObjectKind.Block:
                    _blocks[i] = Engine.Allocator.AllocateFolio(SetUp, number, MigrateType.Movable).Value + 1;
                    break;
                case ObjectKind.Page when !_mms[number / PagesPerMm].IsNone:
                    Touched(_mms[number / PagesPerMm], number % PagesPerMm, version: 1);
                    _versions[i] = 1;
                    break;
            }
        }
    }

    // Whose first step on a slot is to put what it gave had looked it up before.
    private void SetUpHolders(int slot)
    {
        for (int task = 0; task < _tasks; task++)
        {
            StepKind first = _program.Actors[task].FirstOrDefault(s => s.Object == slot && s.Kind is StepKind.ReadSlot or StepKind.DropSlot).Kind;
            if (first == StepKind.DropSlot) { ReadSlot(new TaskId(task), slot); }
        }
    }

    private (string, Action<TaskId>) Operation(RecordedStep step)
    {
        int target = step.Object;
        return step.Kind switch
        {
            StepKind.Sample => Op($"look at {Name(target)} as an audit does", task => Sample(task, target)),
            StepKind.Migrate => Op("migrate", task => MigrateOwn(task, (Migration.MigrateMode)step.Argument)),
            StepKind.DrainOwn => Op("drain own CPU", Engine.Drain.DrainLocal),
            StepKind.DrainAll => Op("drain all CPUs", task => Engine.Drain.DrainAll(task)),
            StepKind.Alloc => Op(Orders(target) == 0 ? "alloc" : $"alloc order {Orders(target)}", task => Alloc(task, target)),
            StepKind.Free => Op("free", task => Free(task, target)),
            >= StepKind.Discard => PageOperation(step),
            StepKind.ReadSlot or StepKind.DropSlot or StepKind.ReplaceSlot or StepKind.FreezeSlot => SlotOperation(step),
            StepKind.Add or StepKind.Request or StepKind.Isolate or StepKind.PutBack or StepKind.Put => LruOperation(step),
            _ => LockOperation(step),
        };
    }

    private string Name(int target) => _program.Objects[target].Kind switch
    {
        ObjectKind.Slot => $"slot {target}",
        ObjectKind.Page => $"page {_program.Objects[target].Number}",
        ObjectKind.Block or ObjectKind.NoBlock => "some frame",
        _ => $"{_folios[target]}",
    };

    private int Orders(int target) => _program.Objects[target].Number;

    // Which frame an allocation will come to is not known before it has: where that is the question, all are looked at.
    private void Sample(TaskId task, int target)
    {
        Pfn pfn = _folios[target];
        if (_program.Objects[target].Kind == ObjectKind.Slot)
        {
            long word = Atomic.Load(ref _slots[target]);
            pfn = word == 0 ? Pfn.None : RefSlots.HandleOf(word).Pfn;
        }
        else if (pfn.IsNone) { pfn = new Pfn(Atomic.Choose(_free)); }
        if (pfn.IsNone || _audit.Sample(task, pfn) is not { } found) { return; }
        Bug.If(true, found.Kind, found.Text, pfn.Value);
    }

    private void Alloc(TaskId task, int target)
    {
        ref int word = ref _blocks[target];
        if (Atomic.PlainLoad(ref word) != 0) { return; }
        Pfn head = Engine.Allocator.AllocateFolio(task, Orders(target), MigrateType.Movable);
        if (head.IsNone) { return; }
        Engine.Contents.Stamp(head, new PageSignature((uint)target, 0, head.Value));
        Atomic.PlainStore(ref word, head.Value + 1);
    }

    private void Free(TaskId task, int target)
    {
        ref int word = ref _blocks[target];
        Pfn head = new(Atomic.PlainLoad(ref word) - 1);
        if (head.IsNone) { return; }
        bool intact = Engine.Contents.TryRead(head, out PageSignature found);
        bool stamped = _program.Objects[target].Kind == ObjectKind.NoBlock;
        Bug.If(stamped && (!intact || found != new PageSignature((uint)target, 0, head.Value)), ViolationKind.DataMismatch, "a block holds what its owner did not write", head.Value);
        Atomic.PlainStore(ref word, 0);
        Engine.Allocator.Put(task, head);
    }

    private void GiveBlocksBack(TaskId task)
    {
        for (int i = 0; i < _folios.Length; i++)
        {
            int at = i;
            if (_program.Actors[task.Value].Any(s => s.Kind is StepKind.Alloc or StepKind.Free && s.Object == at)) { Free(task, i); }
        }
    }
}
