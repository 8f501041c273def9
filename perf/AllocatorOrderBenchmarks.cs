using BenchmarkDotNet.Attributes;
using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Perf;

/// <summary>Allocation and free of each order, as frames and as one folio. Ceiling: one read-modify-write.</summary>
[MemoryDiagnoser]
public class AllocatorOrderBenchmarks : IDisposable
{
    private readonly TaskId _task = new(0);
    private EngineRig _rig = null!;
    private OwnedWords _words = null!;

    [Params(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)]
    public int Order { get; set; }

    public int Frames { get; set; } = 1 << 16;

    [GlobalSetup]
    public void Setup()
    {
        _rig = new EngineRig(Frames);
        _words = new OwnedWords();
    }

    [Benchmark(Baseline = true)]
    public void RawCompareExchange()
    {
        ref int word = ref _words.Rmw;
        int seen = Volatile.Read(ref word);
        Interlocked.CompareExchange(ref word, seen + 1, seen);
    }

    [Benchmark]
    public void AllocateFree()
    {
        Pfn head = _rig.Allocator.Allocate(_task, Order, MigrateType.Movable);
        _rig.Table.Ref(head).Publish(0);
        _rig.Allocator.Free(_task, head, Order);
    }

    [Benchmark]
    public void FolioAllocatePut() => _rig.Allocator.Put(_task, _rig.Allocator.AllocateFolio(_task, Order, MigrateType.Movable));

    [GlobalCleanup]
    public void Dispose()
    {
        _rig.Dispose();
        _words.Dispose();
        GC.SuppressFinalize(this);
    }
}
