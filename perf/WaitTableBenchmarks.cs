using BenchmarkDotNet.Attributes;
using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Perf;

/// <summary>The wait table where nobody sleeps: what a waiter pays that comes too late, and an unlock for waiters that are gone.</summary>
/// <remarks>Ceiling: the bucket lock, a compare-exchange and a store. Wakes of threads that do sleep are measured by the mode <c>growth</c>.</remarks>
[MemoryDiagnoser]
public class WaitTableBenchmarks : IDisposable
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
        _folio = _rig.Machine.Allocator.Allocate(_task, 0, MigrateType.Movable);
    }

    [Benchmark(Baseline = true)]
    public void CompareExchangeAndReleaseStore()
    {
        ref int word = ref _words.Lock;
        Interlocked.CompareExchange(ref word, 1, 0);
        Volatile.Write(ref word, 0);
    }

    [Benchmark]
    public bool WaitForUnlockedFolio() => _rig.Machine.Locks.WaitUnlocked(_task, _folio) == WaitResult.Done;

    [Benchmark]
    public bool QueueForUnlockedFolio() => _rig.Machine.Waiters.TryQueue(_task, _folio, WaiterFlags.Shared);

    [Benchmark]
    public bool PutAndWaitForUnlockedFolio()
    {
        _rig.Machine.Frames.Ref(_folio).Get();
        return _rig.Machine.Locks.PutAndWait(_task, _folio, _rig.Machine.Folios) == WaitResult.Done;
    }

    [Benchmark]
    public void UnlockForWaitersThatAreGone()
    {
        _rig.Machine.Locks.Lock(_task, _folio);
        _rig.Machine.Frames.Flags(_folio).Set(PageFlags.Waiters);
        _rig.Machine.Locks.Unlock(_task, _folio);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _rig.Dispose();
        _words.Dispose();
        GC.SuppressFinalize(this);
    }
}
