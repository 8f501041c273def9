using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Perf;

/// <summary>Migration of mapped folios with contents of 4 KiB, per folio. Ceiling: the copy.</summary>
[MemoryDiagnoser]
public class MigrateBenchmarks : IDisposable
{
    /// <summary>Folios of a batch.</summary>
    public const int Batch = 32;

    private const int PageBytes = 4096;
    private const int Pages = 128;

    private readonly TaskId _task = new(0);
    private MachineRig _rig = null!;
    private nint _copies;
    private int _root;
    private int _page;

    public int Frames { get; set; } = 1 << 14;

    [GlobalSetup]
    public unsafe void Setup()
    {
        _rig = new MachineRig(MachineRig.Sized(Frames) with { FrameBytes = PageBytes });
        _copies = (nint)NativeMemory.AlignedAlloc(2 * PageBytes, PageBytes);
        MmId mm = _rig.NewMm(Pages);
        _rig.Touch(_task, mm, 0, Pages);
        _root = _rig.Machine.Mms.RootOf(mm);
    }

    [Benchmark(Baseline = true)]
    public unsafe void Copy4KiB() => NativeMemory.Copy((void*)_copies, (void*)(_copies + PageBytes), PageBytes);

    [Benchmark]
    public bool MigrateOne() => _rig.TryMigrate(_task, _root, NextPage());

    [Benchmark(OperationsPerInvoke = Batch)]
    public void MigrateBatch()
    {
        FolioList list = _rig.List(_task);
        for (int i = 0; i < Batch; i++) { _rig.Machine.Migrator.TryIsolate(_task, _rig.FrameOf(_root, NextPage()), list); }
        _rig.Machine.Migrator.MigratePages(_task, list, _rig.Machine.Migrator.Anywhere, MigrateMode.Async, MigrateReason.Compaction);
    }

    [GlobalCleanup]
    public unsafe void Dispose()
    {
        _rig.Dispose();
        NativeMemory.AlignedFree((void*)_copies);
        GC.SuppressFinalize(this);
    }

    // In turn: a page whose folio was just moved is parked in a batch, and there are more pages than a batch parks.
    private int NextPage() => _page = (_page + 1) % Pages;
}
