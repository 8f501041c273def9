using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>What the migrating workloads of one worker share: isolate some pages, migrate them, put back what stayed.</summary>
internal sealed class PageMover
{
    private readonly SoakWorker _worker;
    private readonly Machine _machine;
    private readonly FolioLists _lists;
    private readonly TaskId _task;

    public PageMover(SoakWorker worker)
    {
        _worker = worker;
        _machine = worker.World.Machine;
        _lists = worker.World.Isolated;
        _task = worker.Task;
    }

    /// <summary>Takes the frame of a page for the next <see cref="Migrate"/>, if it is mapped and can be isolated.</summary>
    public bool TryIsolate(MmId mm, long page)
    {
        Pfn pfn = FrameOf(_machine, mm, page);
        return !pfn.IsNone && TryIsolate(pfn, FlightPlace.Page(mm.Value, page));
    }

    /// <summary>Takes a frame, whatever it is by now.</summary>
    /// <param name="pfn">The frame.</param>
    /// <param name="place">Where it was found.</param>
    public bool TryIsolate(Pfn pfn, FlightPlace place)
    {
        long began = _worker.Stats.Begin(Operation.Isolate, pfn, place);
        bool isolated = _machine.Migrator.TryIsolate(_task, pfn, _lists[_task.Value]);
        _worker.Stats.End(Operation.Isolate, began, isolated);
        return isolated;
    }

    /// <summary>The page was used: its folio gets referenced, then active, so that active folios are among those that move.</summary>
    public void MarkAccessed(MmId mm, long page)
    {
        Pfn pfn = FrameOf(_machine, mm, page);
        if (pfn.IsNone || !_machine.Frames.Ref(pfn).TryGet()) { return; }
        _machine.Base.Ledger.Take(_task, pfn, RefHolder.Speculative);
        if (FrameOf(_machine, mm, page) == pfn) { _machine.Batches.MarkAccessed(_task, pfn); }
        _machine.Base.Ledger.Drop(_task, pfn, RefHolder.Speculative);
        _machine.Folios.Put(_task, pfn);
    }

    /// <summary>Migrates what was isolated, in a mode by chance. Returns how many folios moved; nothing is left isolated.</summary>
    public int Migrate(MigrateReason reason = MigrateReason.Syscall)
    {
        FolioList list = _lists[_task.Value];
        if (list.IsEmpty) { return 0; }
        MigrateMode mode = _worker.Rng.Below(16) switch
        {
            0 => MigrateMode.Sync,
            1 or 2 => MigrateMode.SyncLight,
            _ => MigrateMode.Async,
        };
        long began = _worker.Stats.Begin(Operation.MigratePages, (int)mode);
        MigrateResult result = _machine.Migrator.MigratePages(_task, list, _machine.Migrator.Anywhere, mode, reason);
        _worker.Stats.End(Operation.MigratePages, began, result.Failed == 0 && !result.NoMemory);
        if (!list.IsEmpty) { Putback(list); }
        return result.Succeeded;
    }

    /// <summary>Where a page of an Mm that nobody exits is mapped now, by a look without a lock. Pfn.None: nowhere, or it is being moved.</summary>
    public static Pfn FrameOf(Machine machine, MmId mm, long page)
    {
        PteSlot slot = machine.Tables.Find(machine.Mms.RootOf(mm), page);
        if (slot.IsNone) { return Pfn.None; }
        Pte pte = machine.Tables.Read(slot);
        return pte.IsPresent ? pte.Pfn : Pfn.None;
    }

    private void Putback(FolioList list)
    {
        long began = _worker.Stats.Begin(Operation.Putback);
        _machine.Migrator.Putback(_task, list);
        _worker.Stats.End(Operation.Putback, began);
    }
}
