using BenchmarkDotNet.Attributes;
using MemCore.Allocation;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Perf;

/// <summary>The LRU lists. Ceiling: the lru lock, a compare-exchange and a store.</summary>
[MemoryDiagnoser]
public class LruBenchmarks : IDisposable
{
    private readonly TaskId _task = new(0);
    private MachineRig _rig = null!;
    private OwnedWords _words = null!;
    private Pfn _folio;

    public int Frames { get; set; } = 1 << 16;

    [GlobalSetup]
    public void Setup()
    {
        _rig = new MachineRig(MachineRig.Sized(Frames));
        _words = new OwnedWords();
        _folio = NewFolio();
        _rig.Machine.Batches.Add(_task, _folio);
        _rig.Machine.Drain.DrainLocal(_task);
    }

    [Benchmark(Baseline = true)]
    public void CompareExchangeAndReleaseStore()
    {
        ref int word = ref _words.Lock;
        Interlocked.CompareExchange(ref word, 1, 0);
        Volatile.Write(ref word, 0);
    }

    /// <summary>Off the list and on it again, a flush of the batch for one folio.</summary>
    [Benchmark]
    public void IsolatePutbackDrain()
    {
        _rig.Machine.Isolation.TryIsolate(_task, _folio);
        _rig.Machine.Isolation.Putback(_task, _folio);
        _rig.Machine.Drain.DrainLocal(_task);
    }

    /// <summary>The lists alone, under their lock.</summary>
    [Benchmark]
    public void DeleteAddLocked()
    {
        LruVecs lru = _rig.Machine.Lru;
        lru.LockOf(0).Lock(_task);
        lru.DeleteLocked(_folio);
        lru.AddLocked(_folio);
        lru.LockOf(0).Unlock(_task);
    }

    /// <summary>A life of a folio: allocated, listed by a flush of its own, freed by its last put, which takes it off.</summary>
    [Benchmark]
    public void AddThenFree()
    {
        Pfn folio = NewFolio();
        _rig.Machine.Batches.Add(_task, folio);
        _rig.Machine.Drain.DrainLocal(_task);
        _rig.Machine.Folios.Put(_task, folio);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _rig.Dispose();
        _words.Dispose();
        GC.SuppressFinalize(this);
    }

    private Pfn NewFolio() => _rig.Machine.Allocator.Allocate(_task, 0, MigrateType.Movable);
}
