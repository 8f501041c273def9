using BenchmarkDotNet.Attributes;
using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Perf;

/// <summary>The folio batches of a CPU, per folio of a whole batch. Ceiling: one read-modify-write, of the reference that an entry owns.</summary>
[MemoryDiagnoser]
public class CpuBatchBenchmarks : IDisposable
{
    /// <summary>Folios of a batch: the last one flushes it.</summary>
    public const int Batch = 31;

    private readonly TaskId _task = new(0);
    private readonly Pfn[] _folios = new Pfn[Batch];
    private MachineRig _rig = null!;
    private OwnedWords _words = null!;

    public int Frames { get; set; } = 1 << 16;

    [GlobalSetup]
    public void Setup()
    {
        _rig = new MachineRig(MachineRig.Sized(Frames));
        _words = new OwnedWords();
        for (int i = 0; i < Batch; i++)
        {
            _folios[i] = _rig.Machine.Allocator.Allocate(_task, 0, MigrateType.Movable);
            _rig.Machine.Batches.Add(_task, _folios[i]);
        }
    }

    [Benchmark(Baseline = true)]
    public void RawCompareExchange()
    {
        ref int word = ref _words.Rmw;
        int seen = Volatile.Read(ref word);
        Interlocked.CompareExchange(ref word, seen + 1, seen);
    }

    /// <summary>Isolated from the list, then listed again through a batch that it fills.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public void IsolateThenAdd()
    {
        foreach (Pfn folio in _folios) { _rig.Machine.Isolation.TryIsolate(_task, folio); }
        foreach (Pfn folio in _folios) { _rig.Machine.Isolation.Putback(_task, folio); }
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void Activate()
    {
        foreach (Pfn folio in _folios) { _rig.Machine.Batches.Activate(_task, folio); }
        foreach (Pfn folio in _folios) { _rig.Machine.Frames.Flags(folio).Clear(PageFlags.Referenced); }
        _rig.Machine.Drain.DrainLocal(_task);
        foreach (Pfn folio in _folios) { _rig.Machine.Batches.Deactivate(_task, folio); }
        _rig.Machine.Drain.DrainLocal(_task);
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void Rotate()
    {
        foreach (Pfn folio in _folios) { _rig.Machine.Batches.Rotate(_task, folio); }
    }

    [Benchmark]
    public void DrainOfNothing() => _rig.Machine.Drain.DrainLocal(_task);

    [GlobalCleanup]
    public void Dispose()
    {
        _rig.Dispose();
        _words.Dispose();
        GC.SuppressFinalize(this);
    }
}
