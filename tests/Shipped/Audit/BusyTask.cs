using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Tests.Audit;

/// <summary>One task that does a bit of everything: faults, forks, unmaps, reads files, pins, isolates, migrates, inflates.</summary>
internal sealed class BusyTask(AuditRig rig, TaskId task, int seed, CacheId cache)
{
    private const int Pages = 24;

    private readonly Random _rng = new(seed);
    private readonly List<MmId> _mms = [];
    private readonly List<Pfn> _pins = [];

    private Machine Machine => rig.Machine;

    public void Step()
    {
        if (_mms.Count == 0)
        {
            Start();
            return;
        }
        MmId mm = _mms[_rng.Next(_mms.Count)];
        long page = _rng.Next(Pages);
        switch (_rng.Next(16))
        {
            case 0: Start(); break;
            case 1: Exit(); break;
            case 2: Fork(mm); break;
            case 3: Machine.Mms.Unmap(task, mm, page, 1 + _rng.Next(4)); break;
            case 4: Machine.Mms.Discard(task, mm, page, 1 + _rng.Next(4)); break;
            case 5: Pin(mm, page); break;
            case 6: Unpin(); break;
            case 7: Migrate(mm, page); break;
            case 8: ReadFile(); break;
            case 9: Age(); break;
            case 10: Machine.Balloon.Inflate(task); break;
            case 11: Machine.Balloon.Deflate(task); break;
            case 12: Machine.Drain.DrainAll(task); break;
            case 13 or 14: Machine.Memories.TryRead(task, mm, page, out _, out _); break;
            default: Machine.Memories.TryWrite(task, mm, page, new PageSignature((uint)mm.Value, 1, page)); break;
        }
        Machine.Drain.Serve(task, Machine.Cpus.CpuOf(task));
    }

    /// <summary>What the task owns up to at a pause.</summary>
    public void Show(HeldFolios held)
    {
        foreach (Pfn pfn in _pins) { held.Add(HeldFolio.Pinned(pfn, Pins.Bias, task.Value)); }
    }

    private void Start()
    {
        if (_mms.Count >= 4) { return; }
        MmId mm = Machine.Mms.Create(task);
        if (mm.IsNone) { return; }
        _mms.Add(mm);
        Machine.Mms.Map(task, mm, 0, 8, VmaFlags.Write);
        Machine.Mms.Map(task, mm, 8, 8, VmaFlags.Write | VmaFlags.Shared, cache);
        Machine.Mms.Map(task, mm, 16, 8, VmaFlags.Write, cache, offset: 4);
    }

    private void Exit()
    {
        Machine.Mms.Exit(task, _mms[^1]);
        _mms.RemoveAt(_mms.Count - 1);
    }

    private void Fork(MmId mm)
    {
        if (_mms.Count >= 4) { return; }
        MmId child = Machine.Mms.Fork(task, mm);
        if (!child.IsNone) { _mms.Add(child); }
    }

    private void Pin(MmId mm, long page)
    {
        if (_pins.Count >= 4) { return; }
        Pfn pfn = Machine.Pins.TryPin(task, mm, page, write: true);
        if (!pfn.IsNone) { _pins.Add(pfn); }
    }

    private void Unpin()
    {
        if (_pins.Count == 0) { return; }
        Machine.Pins.Unpin(task, _pins[^1]);
        _pins.RemoveAt(_pins.Count - 1);
    }

    private void Migrate(MmId mm, long page)
    {
        Machine.Drain.DrainLocal(task);
        Pte pte = Machine.Tables.Read(rig.SlotOf(mm, page));
        if (pte.IsPresent) { Machine.Migrator.TryIsolate(task, pte.Pfn, rig.List(task)); }
        Machine.Migrator.TryIsolate(task, new Pfn(_rng.Next(AuditRig.FrameCount)), rig.List(task));
        Machine.Migrator.TryIsolate(task, AnyBalloonPage(), rig.List(task));
        Machine.Migrator.MigratePages(task, rig.List(task), Machine.Migrator.Anywhere, (MigrateMode)_rng.Next(3), MigrateReason.Compaction);
        Machine.Migrator.Putback(task, rig.List(task));
    }

    /// <summary>From a random place upwards, so that it is not always the same; any frame when there is none.</summary>
    private Pfn AnyBalloonPage()
    {
        int from = _rng.Next(AuditRig.FrameCount);
        for (int i = 0; i < AuditRig.FrameCount; i++)
        {
            Pfn pfn = new((from + i) % AuditRig.FrameCount);
            if (Machine.Movable.IsMovableOps(pfn)) { return pfn; }
        }
        return new Pfn(from);
    }

    private void ReadFile()
    {
        Pfn pfn = Machine.Caches.Read(task, cache, _rng.Next(16));
        if (pfn.IsNone) { return; }
        Machine.Batches.MarkAccessed(task, pfn);
        Machine.Base.Ledger.Drop(task, pfn, RefHolder.Task);
        Machine.Folios.Put(task, pfn);
    }

    private void Age()
    {
        Pfn pfn = Machine.Caches.Find(task, cache, _rng.Next(16));
        if (pfn.IsNone) { return; }
        if (_rng.Next(2) == 0) { Machine.Batches.Deactivate(task, pfn); }
        else { Machine.Batches.Activate(task, pfn); }
        Machine.Base.Ledger.Drop(task, pfn, RefHolder.Task);
        Machine.Folios.Put(task, pfn);
    }
}
