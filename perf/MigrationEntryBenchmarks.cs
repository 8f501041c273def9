using BenchmarkDotNet.Attributes;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Perf;

/// <summary>Migration entries in all places that map a folio, and away again. Ceiling: two exchanges, of the entry out and in.</summary>
[MemoryDiagnoser]
public class MigrationEntryBenchmarks : IDisposable
{
    private const int Children = 8;

    private readonly TaskId _task = new(0);
    private MachineRig _rig = null!;
    private OwnedWords _words = null!;
    private Pfn _alone;
    private Pfn _shared;

    public int Frames { get; set; } = 1 << 16;

    [GlobalSetup]
    public void Setup()
    {
        _rig = new MachineRig(MachineRig.Sized(Frames, mms: Children + 2));
        _words = new OwnedWords();
        _alone = FolioOf(_rig.NewMm(1));
        MmId parent = _rig.NewMm(1);
        _shared = FolioOf(parent);
        for (int i = 0; i < Children; i++) { _rig.Machine.Mms.Fork(_task, parent); }
    }

    [Benchmark(Baseline = true)]
    public void TwoExchanges()
    {
        ref int word = ref _words.Lock;
        Interlocked.Exchange(ref word, 1);
        Interlocked.Exchange(ref word, 0);
    }

    [Benchmark]
    public bool OneMapper() => UnmapRestore(_alone);

    [Benchmark]
    public bool NineMappers() => UnmapRestore(_shared);

    [GlobalCleanup]
    public void Dispose()
    {
        _rig.Dispose();
        _words.Dispose();
        GC.SuppressFinalize(this);
    }

    private Pfn FolioOf(MmId mm)
    {
        _rig.Touch(_task, mm, 0, 1);
        Pfn folio = _rig.FrameOf(_rig.Machine.Mms.RootOf(mm), 0);
        _rig.Machine.Frames.Ref(folio).Get();
        return folio;
    }

    // The reference of the set-up is the one that a migrator has.
    private bool UnmapRestore(Pfn folio)
    {
        _rig.Machine.Locks.Lock(_task, folio);
        bool unmapped = _rig.Machine.Rmap.TryToMigrate(_task, folio, deferFlush: true);
        _rig.Machine.Tlb.FlushDeferred(_task);
        _rig.Machine.Rmap.RemoveMigrationEntries(_task, folio, folio);
        _rig.Machine.Locks.Unlock(_task, folio);
        return unmapped;
    }
}
