using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Lab.Soak.Workloads;

/// <summary>Folios that nobody maps on their way through batches, lists and isolation, among drains of all CPUs and times without batches.</summary>
internal sealed class LruStorm : SoakWorkload
{
    private const int Steady = 128;
    private const int DrainLocalOneIn = 32;
    private const int DrainAllOneIn = 256;
    private const int DisableOneIn = 1024;

    private readonly Machine _machine;
    private readonly PageMover _mover;
    private readonly TaskId _task;
    private readonly Pfn[] _held = new Pfn[Steady];
    private readonly bool[] _isolated = new bool[Steady];
    private int _count;

    public LruStorm(SoakWorker worker)
        : base(worker)
    {
        _machine = World.Machine;
        _mover = new PageMover(worker);
        _task = worker.Task;
    }

    public override void Step()
    {
        bool disable = Worker.Rng.OneIn(DisableOneIn);
        if (disable) { _machine.Drain.Disable(_task); }
        for (int i = 0; i < StepOperations; i++)
        {
            if (_count < Steady && Worker.Rng.OneIn(4)) { Add(); }
            if (_count > 0) { Change(Worker.Rng.Below(_count), Worker.Rng.Below(32)); }
        }
        if (disable) { _machine.Drain.Enable(_task); }
        if (Worker.Rng.OneIn(DrainLocalOneIn)) { DrainLocal(); }
        if (Worker.Rng.OneIn(DrainAllOneIn)) { DrainAll(); }
    }

    public override void ShowHoldings(List<HeldFolio> holdings)
    {
        for (int i = 0; i < _count; i++)
        {
            holdings.Add(new HeldFolio(_held[i], 1, Order: 0, IsPlain: false, IsLocked: false, _task.Value));
            if (_isolated[i]) { holdings.Add(HeldFolio.Isolated(_held[i], _task.Value)); }
        }
    }

    public override void Drain()
    {
        while (_count > 0) { Drop(_count - 1, asMigration: false); }
    }

    private void Add()
    {
        int order = Worker.Rng.OneIn(32) ? 1 + Worker.Rng.Below(3) : 0;
        Pfn pfn = _machine.Allocator.AllocateFolio(_task, order, MigrateType.Movable);
        if (pfn.IsNone) { return; }
        _machine.Base.Ledger.Take(_task, pfn, RefHolder.Task);
        _machine.Frames.Flags(pfn).Set(Worker.Rng.OneIn(3) ? PageFlags.Uptodate : PageFlags.Uptodate | PageFlags.Swapbacked);
        long began = Worker.Stats.Begin(Operation.LruAdd, pfn);
        _machine.Batches.Add(_task, pfn);
        Worker.Stats.End(Operation.LruAdd, began);
        _isolated[_count] = false;
        _held[_count++] = pfn;
    }

    private void Change(int index, int draw)
    {
        switch (draw)
        {
            case < 6:
                Queue(index, BatchKind.Activate);
                break;
            case < 10:
                Queue(index, BatchKind.Deactivate);
                break;
            case < 13:
                Queue(index, BatchKind.Rotate);
                break;
            case < 15:
                Queue(index, BatchKind.DeactivateFile);
                break;
            case 15:
                Queue(index, BatchKind.LazyFree);
                break;
            case < 24 when _isolated[index]:
                Putback(index);
                break;
            case < 24:
                Isolate(index);
                break;
            case 24 when _isolated[index]:
                ToggleMlock(index);
                break;
            default:
                Drop(index, asMigration: draw == 31);
                break;
        }
    }

    private void Queue(int index, BatchKind kind)
    {
        long began = Worker.Stats.Begin(Operation.LruRequest, _held[index], default, (int)kind);
        _machine.Batches.Queue(_task, _held[index], kind);
        Worker.Stats.End(Operation.LruRequest, began);
    }

    private void Isolate(int index)
    {
        long began = Worker.Stats.Begin(Operation.Isolate, _held[index]);
        _isolated[index] = _machine.Isolation.TryIsolate(_task, _held[index]);
        Worker.Stats.End(Operation.Isolate, began, _isolated[index]);
    }

    private void Putback(int index)
    {
        long began = Worker.Stats.Begin(Operation.Putback, _held[index]);
        _machine.Isolation.Putback(_task, _held[index]);
        Worker.Stats.End(Operation.Putback, began);
        _isolated[index] = false;
    }

    // While it is isolated: the flush that lists it again sees whether it may be evicted.
    private void ToggleMlock(int index)
    {
        FlagsWord flags = _machine.Frames.Flags(_held[index]);
        if (!flags.TestAndSet(PageFlags.Mlocked)) { return; }
        flags.Clear(PageFlags.Mlocked);
    }

    // An isolated folio may also be let go so that migration finds itself the last who refers to it.
    private void Drop(int index, bool asMigration)
    {
        Pfn pfn = _held[index];
        bool isolated = _isolated[index];
        if (isolated && !asMigration) { Putback(index); }
        (_held[index], _isolated[index]) = (_held[--_count], _isolated[_count]);
        _machine.Frames.Flags(pfn).Clear(PageFlags.Mlocked);
        if (isolated && asMigration) { World.Isolated[_task.Value].AddTail(pfn); }
        _machine.Base.Ledger.Drop(_task, pfn, RefHolder.Task);
        long began = Worker.Stats.Begin(Operation.Put, pfn, default, asMigration ? 1 : 0);
        _machine.Folios.Put(_task, pfn);
        Worker.Stats.End(Operation.Put, began);
        _mover.Migrate();
    }

    private void DrainLocal()
    {
        long began = Worker.Stats.Begin(Operation.LruDrain);
        _machine.Drain.DrainLocal(_task);
        Worker.Stats.End(Operation.LruDrain, began);
    }

    private void DrainAll()
    {
        long began = Worker.Stats.Begin(Operation.DrainAll);
        _machine.Drain.DrainAll(_task, force: Worker.Rng.OneIn(4));
        Worker.Stats.End(Operation.DrainAll, began);
    }
}
