using System.Buffers;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Perf;

/// <summary>Allocation and free. Floor: one read-modify-write; beside it what a .NET program has for 4 KiB otherwise.</summary>
[MemoryDiagnoser]
public class AllocatorBenchmarks : IDisposable
{
    /// <summary>Frames of a bulk operation: far more than a CPU keeps at hand.</summary>
    public const int Bulk = 1 << 12;

    private const int PageBytes = 4096;

    private readonly TaskId _task = new(0);
    private readonly Pfn[] _bulk = new Pfn[Bulk];
    private EngineRig _rig = null!;
    private OwnedWords _words = null!;

    public int Frames { get; set; } = 1 << 18;

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
    public void Order0AllocateFree() => AllocateFree(0);

    [Benchmark]
    public void Order0AllocatePut() => _rig.Allocator.Put(_task, _rig.Allocator.Allocate(_task, 0, MigrateType.Movable));

    [Benchmark]
    public void Order3AllocateFree() => AllocateFree(3);

    [Benchmark]
    public void Order9AllocateFree() => AllocateFree(9);

    [Benchmark]
    public void Order9FolioAllocatePut() => _rig.Allocator.Put(_task, _rig.Allocator.AllocateFolio(_task, 9, MigrateType.Movable));

    [Benchmark(OperationsPerInvoke = Bulk)]
    public void Order0BulkGetThenPut()
    {
        for (int i = 0; i < Bulk; i++) { _bulk[i] = _rig.Allocator.Allocate(_task, 0, MigrateType.Movable); }
        for (int i = Bulk - 1; i >= 0; i--)
        {
            _rig.Table.Ref(_bulk[i]).Publish(0);
            _rig.Allocator.Free(_task, _bulk[i], 0);
        }
    }

    [Benchmark(OperationsPerInvoke = Bulk)]
    public void Order0BulkGetThenPutBatch()
    {
        for (int i = 0; i < Bulk; i++) { _bulk[i] = _rig.Allocator.Allocate(_task, 0, MigrateType.Movable); }
        _rig.Allocator.PutBatch(_task, _bulk);
    }

    [Benchmark]
    public unsafe void AlignedAllocFree() => NativeMemory.AlignedFree(NativeMemory.AlignedAlloc(PageBytes, PageBytes));

    [Benchmark]
    public void ArrayPoolRentReturn() => ArrayPool<byte>.Shared.Return(ArrayPool<byte>.Shared.Rent(PageBytes));

    [GlobalCleanup]
    public void Dispose()
    {
        _rig.Dispose();
        _words.Dispose();
        GC.SuppressFinalize(this);
    }

    // The owner's only reference is dropped by a store, as the sole owner of frames that it published to nobody may.
    private void AllocateFree(int order)
    {
        Pfn head = _rig.Allocator.Allocate(_task, order, MigrateType.Movable);
        _rig.Table.Ref(head).Publish(0);
        _rig.Allocator.Free(_task, head, order);
    }
}
