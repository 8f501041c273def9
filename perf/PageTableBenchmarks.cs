using BenchmarkDotNet.Attributes;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Perf;

/// <summary>Page tables, the translation cache, faults and zaps. Ceiling: one read-modify-write, of an entry or its table's lock.</summary>
[MemoryDiagnoser]
public class PageTableBenchmarks : IDisposable
{
    /// <summary>Pages of a range that is touched and zapped.</summary>
    public const int Range = 32;

    private const int Pages = 256;

    private readonly TaskId _task = new(0);
    private MachineRig _rig = null!;
    private OwnedWords _words = null!;
    private MmId _mm;
    private int _root;
    private Pfn _frame;

    public int Frames { get; set; } = 1 << 16;

    [GlobalSetup]
    public void Setup()
    {
        _rig = new MachineRig(MachineRig.Sized(Frames));
        _words = new OwnedWords();
        _mm = _rig.NewMm(Pages);
        _root = _rig.Machine.Mms.RootOf(_mm);
        _rig.Touch(_task, _mm, 0, 1);
        _frame = _rig.FrameOf(_root, 0);
    }

    [Benchmark(Baseline = true)]
    public void RawCompareExchange()
    {
        ref int word = ref _words.Rmw;
        int seen = Volatile.Read(ref word);
        Interlocked.CompareExchange(ref word, seen + 1, seen);
    }

    [Benchmark]
    public bool WalkAndRead() => _rig.Machine.Tables.Read(_rig.Machine.Tables.Find(_root, 0)).IsPresent;

    /// <summary>An entry where there was none, and away again, under the table's lock.</summary>
    [Benchmark]
    public bool SetThenClear()
    {
        PageTables tables = _rig.Machine.Tables;
        PteSlot slot = tables.Find(_root, Pages - 1);
        WordLock table = tables.LockOf(slot);
        table.Lock(_task);
        tables.Set(slot, Pte.Present(_frame, writable: true));
        bool present = tables.GetAndClear(slot).IsPresent;
        table.Unlock(_task);
        return present;
    }

    [Benchmark]
    public bool ReadThroughTranslationCache() => _rig.Machine.Memories.TryRead(_task, _mm, 0, out _, out _) == FaultResult.Done;

    [Benchmark]
    public bool FaultOnPresentPage() => _rig.Machine.Faults.Fault(_task, _mm, 0, write: true) == FaultResult.Done;

    /// <summary>First touches of a range, then its zap; per page.</summary>
    [Benchmark(OperationsPerInvoke = Range)]
    public void FaultThenZap()
    {
        for (int page = 1; page <= Range; page++) { _rig.Machine.Faults.Fault(_task, _mm, page, write: true); }
        _rig.Machine.Mms.Discard(_task, _mm, 1, Range);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _rig.Dispose();
        _words.Dispose();
        GC.SuppressFinalize(this);
    }
}
