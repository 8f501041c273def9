using BenchmarkDotNet.Attributes;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Perf;

/// <summary>The flags word by itself. Ceiling: an interlocked Or and And of an owned word.</summary>
[MemoryDiagnoser]
public class FlagsWordBenchmarks : IDisposable
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
    public void InterlockedOrAnd()
    {
        ref uint word = ref _words.Flags;
        Interlocked.Or(ref word, (uint)PageFlags.Dirty);
        Interlocked.And(ref word, ~(uint)PageFlags.Dirty);
    }

    [Benchmark]
    public bool Has() => _rig.Table.Flags(_pfn).Has(PageFlags.Uptodate);

    [Benchmark]
    public void SetClear()
    {
        FlagsWord flags = _rig.Table.Flags(_pfn);
        flags.Set(PageFlags.Dirty);
        flags.Clear(PageFlags.Dirty);
    }

    [Benchmark]
    public bool TestAndSetTestAndClear()
    {
        FlagsWord flags = _rig.Table.Flags(_pfn);
        return flags.TestAndSet(PageFlags.Lru) | flags.TestAndClear(PageFlags.Lru);
    }

    [Benchmark]
    public bool TryLockUnlock()
    {
        FlagsWord flags = _rig.Table.Flags(_pfn);
        return flags.TryLock() && flags.UnlockReturnsWaiters();
    }

    [Benchmark]
    public void Reset() => _rig.Table.Flags(_pfn).Reset(PageFlags.None);

    [GlobalCleanup]
    public void Dispose()
    {
        _rig.Dispose();
        _words.Dispose();
        GC.SuppressFinalize(this);
    }
}
