using MemCore.Allocation;
using MemCore.Engine;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Perf.Measuring;

/// <summary>Adds to the LRU that are measured, for one task: so many full batches a slice, of fresh folios or of folios that others may hold.</summary>
internal sealed class LruWorker
{
    private const int FullBatches = 16;

    private readonly Machine _machine;
    private readonly TaskId _task;
    private readonly Pfn[] _fresh;
    private readonly Pfn[] _published;

    public LruWorker(Machine machine, int task)
    {
        _machine = machine;
        _task = new TaskId(task);
        _fresh = new Pfn[FullBatches * machine.Options.Lru.BatchCapacity];
        _published = new Pfn[_fresh.Length];
        for (int i = 0; i < _published.Length; i++)
        {
            _published[i] = machine.Allocator.Allocate(_task, 0, MigrateType.Movable);
            machine.Frames.Ref(_published[i]).Get();
        }
    }

    /// <summary>Folios of a slice at most: whole batches.</summary>
    public int Folios => _fresh.Length;

    /// <summary>Folios that were allocated just now, as a fault does it: with the batch's reference from the start. Nobody else has seen them.</summary>
    public Side Fresh => new(AddFresh, TakeFresh, GiveFresh);

    /// <summary>Folios with two holders.</summary>
    public Side Published => new(AddPublished, After: IsolatePublished);

    private void TakeFresh(int n)
    {
        for (int i = 0; i < n; i++) { _fresh[i] = _machine.Allocator.AllocateShared(_task, MigrateType.Movable, references: 2); }
    }

    private void AddFresh(int n)
    {
        LruBatches batches = _machine.Batches;
        TaskId task = _task;
        foreach (Pfn folio in _fresh.AsSpan(0, n)) { batches.AddOwned(task, folio); }
    }

    private void GiveFresh(int n)
    {
        _machine.Drain.DrainLocal(_task);
        for (int i = 0; i < n; i++) { _machine.Folios.Put(_task, _fresh[i]); }
    }

    private void AddPublished(int n)
    {
        LruBatches batches = _machine.Batches;
        TaskId task = _task;
        foreach (Pfn folio in _published.AsSpan(0, n)) { batches.Add(task, folio); }
    }

    private void IsolatePublished(int n)
    {
        _machine.Drain.DrainLocal(_task);
        for (int i = 0; i < n; i++)
        {
            bool isolated = _machine.Isolation.TryIsolate(_task, _published[i]);
            Bug.If(!isolated, ViolationKind.Unexpected, "a folio that was added is not on the LRU");
            _machine.Isolation.CountOff(_task, _published[i]);
            _machine.Folios.Put(_task, _published[i]);
        }
    }
}
