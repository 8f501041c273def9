using BenchmarkDotNet.Attributes;
using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Perf;

/// <summary>Lock and unlock without a waiter. Ceiling: two read-modify-writes of the flags word, since other flags share it.</summary>
[MemoryDiagnoser]
public class FolioLockBenchmarks : IDisposable
{
    private readonly object _monitor = new();
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
    public void InterlockedOrAnd()
    {
        ref uint word = ref _words.Flags;
        Interlocked.Or(ref word, (uint)PageFlags.Locked);
        Interlocked.And(ref word, ~(uint)PageFlags.Locked);
    }

    [Benchmark]
    public void CompareExchangeAndReleaseStore()
    {
        ref int word = ref _words.Lock;
        Interlocked.CompareExchange(ref word, 1, 0);
        Volatile.Write(ref word, 0);
    }

    [Benchmark]
    public void MonitorEnterExit()
    {
        Monitor.Enter(_monitor);
        Monitor.Exit(_monitor);
    }

    [Benchmark]
    public void FolioLockUnlock()
    {
        _rig.Locks.Lock(_task, _folio);
        _rig.Locks.Unlock(_task, _folio);
    }

    [Benchmark]
    public void FolioTryLockUnlock()
    {
        if (_rig.Locks.TryLock(_task, _folio)) { _rig.Locks.Unlock(_task, _folio); }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _rig.Dispose();
        _words.Dispose();
        GC.SuppressFinalize(this);
    }
}
