using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Tests.Lru;

/// <summary>The engine's LRU behind the same steps as the model: slots instead of frames, one task on each CPU.</summary>
internal sealed class LruSubject(int cpus, int capacity, int slots, DeadFolioDrain policy) : IDisposable
{
    private readonly Lazy<LruRig> _rig = new(() => new LruRig(128, cpus, cpus, new LruOptions { BatchCapacity = capacity, DrainPolls = 0 }, new MigrationPolicy { DeadFolioDrain = policy }));
    private readonly Slot?[] _slots = new Slot?[slots];
    private int _disabled;

    public void New(int slot, PageFlags flags, int order, int cpu)
    {
        if (Live(slot) is not null) { return; }
        LruRig rig = _rig.Value;
        Pfn head = rig.Fresh(flags, order, cpu);
        if ((flags & PageFlags.Swapbacked) != 0) { rig.Table.Mapping(head).SetLocked(MappingWord.Make(1, MappingTag.Anon)); }
        _slots[slot] = new Slot { Handle = rig.Table.Handle(head), Owners = 1 };
        rig.Batches.Add(new TaskId(cpu), head);
    }

    public void Get(int slot)
    {
        if (Live(slot) is not { Owners: > 0 } own) { return; }
        _rig.Value.Table.Ref(own.Handle.Pfn).Get();
        own.Owners++;
    }

    public void Put(int slot, int cpu)
    {
        if (Live(slot) is not { Owners: > 0 } own) { return; }
        own.Owners--;
        _rig.Value.Folios.Put(new TaskId(cpu), own.Handle.Pfn);
    }

    public void Isolate(int slot, int cpu)
    {
        if (Live(slot) is not { } own) { return; }
        bool won = own.Owners > 0 && (own.Handle.Pfn.Value & 1) == 0
            ? _rig.Value.Isolation.TryIsolate(new TaskId(cpu), own.Handle.Pfn)
            : _rig.Value.Isolation.TryIsolateSpeculatively(new TaskId(cpu), own.Handle.Pfn);
        if (won) { own.IsIsolated = true; }
    }

    public void PutBack(int slot, int cpu)
    {
        if (Live(slot) is not { IsIsolated: true } own) { return; }
        own.IsIsolated = false;
        _rig.Value.Isolation.Putback(new TaskId(cpu), own.Handle.Pfn);
    }

    public void Request(int slot, BatchKind kind, int cpu)
    {
        if (Live(slot) is not { Owners: > 0 } own) { return; }
        LruBatches batches = _rig.Value.Batches;
        TaskId task = new(cpu);
        Pfn head = own.Handle.Pfn;
        _ = kind switch
        {
            BatchKind.Rotate => batches.Rotate(task, head),
            BatchKind.DeactivateFile => batches.DeactivateFile(task, head),
            BatchKind.Deactivate => batches.Deactivate(task, head),
            BatchKind.LazyFree => batches.LazyFree(task, head),
            _ => batches.Activate(task, head),
        };
    }

    public void Drain(int cpu) => _rig.Value.Drain.DrainLocal(new TaskId(cpu));

    public void DrainAll(int cpu) => _rig.Value.Drain.DrainAll(new TaskId(cpu));

    public void Disable(int cpu)
    {
        _disabled++;
        _rig.Value.Drain.Disable(new TaskId(cpu));
    }

    public void Enable(int cpu)
    {
        if (_disabled == 0) { return; }
        _disabled--;
        _rig.Value.Drain.Enable(new TaskId(cpu));
    }

    /// <summary>The same text as the model's, or what is wrong.</summary>
    public override string ToString()
    {
        LruRig rig = _rig.Value;
        if (rig.Faults().FirstOrDefault() is { } fault) { return fault; }
        if (rig.Allocator.BadPages.Count > 0) { return rig.Allocator.BadPages[0].Report; }
        string folios = string.Join(", ", Enumerable.Range(0, slots).Where(slot => Live(slot) is not null).Select(slot =>
        {
            Pfn head = _slots[slot]!.Handle.Pfn;
            return $"{slot}: {rig.RefsOf(head)} refs{(rig.Has(head, PageFlags.Lru) ? $" on {LruVecs.KindOf(rig.FlagsOf(head))}" : string.Empty)}";
        }));
        string parked = string.Join(' ', Enumerable.Range(0, cpus).Select(cpu => rig.Batches.ParkedOn(new CpuId(cpu))));
        string lists = string.Join(" | ", Enumerable.Range(0, (int)LruKind.Unevictable).Select(kind => string.Join(' ', rig.Walk((LruKind)kind).Select(SlotOf))));
        return $"{folios}; parked {parked}; lists {lists}";
    }

    public void Dispose()
    {
        if (_rig.IsValueCreated) { _rig.Value.Dispose(); }
    }

    private Slot? Live(int slot) => _slots[slot] is { } own && _rig.Value.Table.IsSameLife(own.Handle) ? own : null;

    private int SlotOf(Pfn pfn) => Array.FindIndex(_slots, own => own?.Handle == _rig.Value.Table.Handle(pfn));

    private sealed class Slot
    {
        public required FolioHandle Handle { get; init; }

        public int Owners { get; set; }

        public bool IsIsolated { get; set; }
    }
}
