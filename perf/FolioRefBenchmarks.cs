using BenchmarkDotNet.Attributes;
using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Perf;

/// <summary>Taking and dropping a reference. Ceiling: one read-modify-write each way.</summary>
[MemoryDiagnoser]
public class FolioRefBenchmarks : IDisposable
{
    private readonly TaskId _task = new(0);
    private EngineRig _rig = null!;
    private OwnedWords _words = null!;
    private Pfn _folio;

    public int Frames { get; set; } = 1 << 16;

    [GlobalSetup]
    public void Setup()
    {
        _rig = new EngineRig(Frames);
        _words = new OwnedWords();
        _folio = _rig.Allocator.Allocate(_task, 0, MigrateType.Movable);
    }

    [Benchmark(Baseline = true)]
    public void TwoInterlockedAdds()
    {
        ref int word = ref _words.Count;
        Interlocked.Add(ref word, 1);
        Interlocked.Add(ref word, -1);
    }

    [Benchmark]
    public bool GetPut()
    {
        FolioRef holders = _rig.Table.Ref(_folio);
        holders.Get();
        return holders.PutTestZero();
    }

    [Benchmark]
    public bool TryGetPut()
    {
        FolioRef holders = _rig.Table.Ref(_folio);
        return holders.TryGet() && holders.PutTestZero();
    }

    [Benchmark]
    public bool MapCountAddRemove()
    {
        MapCount map = _rig.Table.Map(_folio);
        return map.Add() & map.Remove();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _rig.Dispose();
        _words.Dispose();
        GC.SuppressFinalize(this);
    }
}
