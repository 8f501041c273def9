using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;
using static MemCore.SeamProbe.WarmEngine;

namespace MemCore.SeamProbe;

/// <summary>Uses a whole machine, so that the JIT prints the code of what lies above frames, locks and waits.</summary>
internal sealed class WarmMachine : IDisposable
{
    private const int Frames = 1 << 12;
    private const int Pages = 256;

    private readonly TaskId _one = new(0);
    private readonly TaskId _two = new(1);
    private readonly Machine _machine = new(new MachineOptions { Frames = Frames, Cpus = 2, Tasks = 2, FrameBytes = 64, ExtraBytes = 1 << 16 });
    private readonly FolioLists _lists;

    public WarmMachine()
    {
        _lists = new FolioLists(_machine.Base, _machine.Links, "probed", 1);
        _machine.Allocator.FreeRangeAtRest(new Pfn(0), Frames);
    }

    public static void Run()
    {
        using WarmMachine machine = new();
        machine.Anonymous();
        machine.File();
        machine.Batches();
        machine.Compact();
    }

    public void Dispose() => _machine.Dispose();

    private void Anonymous()
    {
        MmId mm = _machine.Mms.Create(_one);
        Expect(!_machine.Mms.Map(_one, mm, 0, Pages, VmaFlags.Write).IsNone);
        Touch(_one, mm, write: true);
        MmId child = _machine.Mms.Fork(_one, mm);
        Expect(!child.IsNone);
        Touch(_two, child, write: false);
        Touch(_two, child, write: true);
        Pfn pinned = _machine.Pins.TryPin(_one, mm, 1, write: true);
        Expect(!pinned.IsNone);
        _machine.Pins.Unpin(_one, pinned);
        _machine.Drain.DrainAll(_one);
        Migrate(mm, MigrateMode.Async);
        Migrate(mm, MigrateMode.Sync);
        Expect(_machine.Memories.TryRead(_one, mm, 3, out _, out _) == FaultResult.Done);
        Expect(_machine.Memories.TryWrite(_one, mm, 3, default) == FaultResult.Done);
        _machine.Mms.Discard(_one, mm, 0, Pages / 2);
        _machine.Mms.Unmap(_one, mm, Pages / 2, Pages / 4);
        _machine.Mms.Exit(_two, child);
        _machine.Mms.Exit(_one, mm);
    }

    private void File()
    {
        CacheId cache = _machine.Caches.Create(_one);
        MmId mm = _machine.Mms.Create(_one);
        Expect(!_machine.Mms.Map(_one, mm, 0, Pages, VmaFlags.Write | VmaFlags.Shared, cache).IsNone);
        Touch(_one, mm, write: false);
        Touch(_one, mm, write: true);
        for (int index = 0; index < Pages; index++)
        {
            Pfn folio = _machine.Caches.Read(_two, cache, index);
            _machine.Batches.MarkAccessed(_two, folio);
            _machine.Base.Ledger.Drop(_two, folio, RefHolder.Task);
            _machine.Folios.Put(_two, folio);
        }
        _machine.Drain.DrainAll(_one);
        Migrate(mm, MigrateMode.SyncLight);
        _machine.Mms.Exit(_one, mm);
    }

    private void Batches()
    {
        MmId mm = _machine.Mms.Create(_one);
        Expect(!_machine.Mms.Map(_one, mm, 0, Pages, VmaFlags.Write).IsNone);
        Touch(_one, mm, write: true);
        for (int page = 0; page < Pages; page++)
        {
            for (BatchKind kind = BatchKind.Rotate; kind < BatchKind.Count; kind++) { _machine.Batches.Queue(_one, FrameOf(mm, page), kind); }
        }
        _machine.Drain.Disable(_one);
        _machine.Batches.Queue(_two, FrameOf(mm, 0), BatchKind.Activate);
        _machine.Drain.Enable(_one);
        _machine.Drain.DrainLocal(_two);
        _machine.Mms.Exit(_one, mm);
    }

    // Half of the memory taken, a page here and there, some of it by a driver.
    private void Compact()
    {
        MmId mm = _machine.Mms.Create(_one);
        Expect(!_machine.Mms.Map(_one, mm, 0, Frames / 2, VmaFlags.Write).IsNone);
        for (int page = 0; page < Frames / 2; page++)
        {
            if (_machine.Faults.Fault(_one, mm, page, write: true) != FaultResult.Done) { break; }
            if (page % 8 == 0) { _machine.Balloon.Inflate(_one); }
        }
        for (int page = 0; page < Frames / 2; page += 2) { _machine.Mms.Discard(_one, mm, page, 1); }
        _machine.Drain.DrainAll(_one);
        _machine.Compaction.Run(_one, 0, MemCore.Reclaim.Compaction.WholeZone, MigrateMode.Async);
        _machine.Compaction.Run(_one, 0, 9, MigrateMode.Sync);
        while (_machine.Balloon.Deflate(_one)) { }
        _machine.Mms.Exit(_one, mm);
    }

    private void Migrate(MmId mm, MigrateMode mode)
    {
        List<Pfn> pages = [];
        for (int page = 0; page < Pages; page++) { pages.Add(FrameOf(mm, page)); }
        FolioList list = _lists[0];
        _machine.Migrator.Isolate(_one, pages.ToArray(), list);
        MigrateResult result = _machine.Migrator.MigratePages(_one, list, _machine.Migrator.Anywhere, mode, MigrateReason.Syscall);
        Expect(result.Succeeded > 0);
        _machine.Migrator.Putback(_one, list);
        _machine.Drain.DrainAll(_one);
    }

    private void Touch(TaskId task, MmId mm, bool write)
    {
        for (int page = 0; page < Pages; page++)
        {
            while (_machine.Faults.Fault(task, mm, page, write) == FaultResult.Retry) { }
        }
    }

    private Pfn FrameOf(MmId mm, long page) => _machine.Tables.Read(_machine.Tables.Find(_machine.Mms.RootOf(mm), page)).Pfn;
}
