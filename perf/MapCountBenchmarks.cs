using BenchmarkDotNet.Attributes;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Perf;

/// <summary>The word of map count and page type. Ceiling: an interlocked Add each way.</summary>
[MemoryDiagnoser]
public class MapCountBenchmarks : IDisposable
{
    private readonly Pfn _pfn = new(0);
    private EngineRig _rig = null!;
    private OwnedWords _words = null!;

    public int Frames { get; set; } = 1 << 16;

    [GlobalSetup]
    public void Setup()
    {
        _rig = new EngineRig(Frames);
        _words = new OwnedWords();
    }

    [Benchmark(Baseline = true)]
    public void TwoInterlockedAdds()
    {
        ref int word = ref _words.Count;
        Interlocked.Add(ref word, 1);
        Interlocked.Add(ref word, -1);
    }

    [Benchmark]
    public bool AddRemove()
    {
        MapCount map = _rig.Table.Map(_pfn);
        return map.Add() & map.Remove();
    }

    [Benchmark]
    public bool IsIdle() => _rig.Table.Map(_pfn).IsIdle;

    [Benchmark]
    public void TypeAndBack()
    {
        MapCount map = _rig.Table.Map(_pfn);
        map.SetType(PageType.Offline);
        map.SetType(PageType.None);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _rig.Dispose();
        _words.Dispose();
        GC.SuppressFinalize(this);
    }
}
