using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>The engine on a few frames, with a list of isolated folios for each task and few passes.</summary>
/// <remarks>
/// Oracles at each step: what a migration entry names is allocated, and somebody owns its lock; what a present one names is allocated, and has
/// its map count and reference; no cached translation names a free frame. When a migration call returns: each folio is migrated or
/// returned. At quiescence, beside those of the engine's machine: each page holds what was written to it last.
/// </remarks>
internal abstract class MigrationMachine : EngineMachine
{
    protected const int PagesPerMm = 2;

    private readonly FolioLists _lists;
    private readonly Column<int> _moved; // per task: folios that its calls migrated
    private readonly Column<int> _held; // per frame: references that an actor keeps
    private readonly Column<int> _written; // per Mm and page: the version written last, plus one; by its only writer
    private readonly Action<CpuId, MmId, long, Pfn, bool> _checkTranslation;

    protected MigrationMachine(int tasks, MigrationPolicy? policy = null, int free = 8, int passes = 2)
        : this(tasks, new Protocol { Migration = policy ?? new MigrationPolicy() }, new ModelSettings(), passes, free)
    {
    }

    /// <param name="tasks">Actors to come.</param>
    /// <param name="protocol">Its numbers of passes are replaced.</param>
    /// <param name="settings">Whether the allocator checks.</param>
    /// <param name="passes">Of an asynchronous call.</param>
    /// <param name="free">Frames to allocate from.</param>
    /// <param name="cpus">Task t runs on CPU t modulo this.</param>
    /// <param name="drainPolls">0: who drains takes its requests back at once.</param>
    /// <param name="listFrames">Frames that a CPU's list is refilled with.</param>
    protected MigrationMachine(int tasks, Protocol protocol, ModelSettings settings, int passes, int free = 8, int cpus = 2, int drainPolls = 256, int listFrames = 1)
        : base(tasks, free, cpus, protocol.Migration with { AsyncPasses = passes, SyncAsyncPasses = 1, SyncPasses = 2 }, protocol.Waiting, protocol.Allocator(settings.Checks), drainPolls, listFrames)
    {
        _lists = new FolioLists(Engine.Base, Engine.Links, "isolated", tasks);
        _moved = Arena.Add<int>("moved", tasks, ColumnKind.State);
        _held = Arena.Add<int>("held", Engine.Frames.Frames, ColumnKind.State);
        _written = Arena.Add<int>("written", Engine.Options.Mapping.Mms * PagesPerMm, ColumnKind.State);
        _checkTranslation = CheckTranslation;
    }

    /// <summary>Folios that all tasks together migrated.</summary>
    protected int MovedAtRest
    {
        get
        {
            int sum = 0;
            foreach (int moved in _moved.AtRest) { sum += moved; }
            return sum;
        }
    }

    public override IReadOnlyList<string> StepCheckColumns => ["tlb", "lock_owner"];

    public override void CheckStep()
    {
        for (int i = 0; i < _written.Count; i++)
        {
            Pte pte = EntryAtRest(new MmId((i / PagesPerMm) + 1), i % PagesPerMm);
            if (pte.IsNone) { continue; }
            bool allocated = FrameTable.IsAllocated(Engine.Frames.Generation(pte.Pfn));
            if (pte.IsMigration) { CheckMigrationEntry(pte, allocated); }
            else { CheckPresentEntry(pte, allocated); }
        }
        Engine.Tlb.ForEachAtRest(_checkTranslation);
    }

    public override void CheckQuiescence()
    {
        base.CheckQuiescence();
        for (int i = 0; i < _written.Count; i++)
        {
            if (_written[i] == 0) { continue; }
            MmId mm = new((i / PagesPerMm) + 1);
            PageSignature? found = EntryAtRest(mm, i % PagesPerMm).IsPresent ? ContentsAtRest(mm, i % PagesPerMm) : null;
            Bug.If(found is { } signature && signature.Version != _written[i] - 1, ViolationKind.DataMismatch, $"a page holds version {found?.Version}, version {_written[i] - 1} was written last");
        }
    }

    protected override int HeldAtRest(Pfn pfn)
    {
        int held = _held[pfn.Value];
        for (int list = 0; list < _lists.Lists; list++)
        {
            FolioList isolated = _lists[list];
            for (Pfn at = isolated.First; !at.IsNone; at = isolated.NextOf(at)) { held += at == pfn ? 1 : 0; }
        }
        return held;
    }

    /// <summary>The entry of a page; none also when the Mm is gone. At rest.</summary>
    protected Pte EntryAtRest(MmId mm, long page)
    {
        int root = Engine.Mms.RootOf(mm);
        PteSlot slot = root == 0 ? default : Engine.Tables.Find(root, page);
        return slot.IsNone ? Pte.None : Engine.Tables.Read(slot);
    }

    /// <summary>Set-up: as <see cref="EngineMachine.Touched"/>, and the last version is known.</summary>
    protected Pfn Written(MmId mm, long page, uint version)
    {
        _written[WordOf(mm, page)] = (int)version + 1;
        return Touched(mm, page, version);
    }

    /// <summary>Set-up: the child of a fork holds what its parent holds.</summary>
    protected MmId Forked(MmId parent)
    {
        MmId child = Engine.Mms.Fork(SetUp, parent);
        CopyWritten(parent, child);
        return child;
    }

    /// <summary>Set-up: the task's CPU knows a translation of the page that permits writes.</summary>
    protected void Warm(int task, MmId mm, long page, uint version) =>
        Engine.Memories.TryWrite(new TaskId(task), mm, page, new PageSignature((uint)mm.Value, version, page));

    /// <summary>Set-up: the folio is on the LRU.</summary>
    protected Pfn Listed(Pfn folio, bool active = false)
    {
        if (active) { Engine.Batches.Activate(SetUp, folio); }
        else { Engine.Batches.Add(SetUp, folio); }
        Engine.Drain.DrainLocal(SetUp);
        return folio;
    }

    /// <summary>Set-up: the folio is isolated, on the list of a task: the first actor unless said otherwise.</summary>
    protected Pfn Isolated(Pfn pfn, int task = 0)
    {
        if (!Engine.Migrator.TryIsolate(SetUp, pfn, _lists[task])) { throw new LabException("a folio cannot be isolated"); }
        return pfn;
    }

    protected (string Name, Action<TaskId> Run) Isolate(Pfn pfn) => Op($"isolate {pfn}", task => Engine.Migrator.TryIsolate(task, pfn, _lists[task.Value]));

    protected (string Name, Action<TaskId> Run) Migrate(MigrateMode mode = MigrateMode.Async) => Op("migrate", task =>
    {
        int succeeded = TryMigrateAll(task, mode);
        Atomic.PlainStore(ref _moved[task.Value], Atomic.PlainLoad(ref _moved[task.Value]) + succeeded);
    });

    protected (string Name, Action<TaskId> Run) PutBack() => Op("put back", task => Engine.Migrator.Putback(task, _lists[task.Value]));

    /// <summary>A store by the page's only writer.</summary>
    protected (string Name, Action<TaskId> Run) Store(MmId mm, long page, uint version) => Op($"write version {version}", task =>
    {
        FaultResult result = Engine.Memories.TryWrite(task, mm, page, new PageSignature((uint)mm.Value, version, page));
        Bug.If(result != FaultResult.Done, ViolationKind.Unexpected, "a write was refused");
        Atomic.PlainStore(ref _written[WordOf(mm, page)], (int)version + 1);
    });

    /// <summary>A load that must see this version.</summary>
    protected (string Name, Action<TaskId> Run) Load(MmId mm, long page, uint version) => Op($"read version {version}", task =>
    {
        FaultResult result = Engine.Memories.TryRead(task, mm, page, out PageSignature found, out bool intact);
        Bug.If(result != FaultResult.Done || !intact || found.VirtualPage != page || found.Version != version, ViolationKind.DataMismatch, "a page holds what was not written to it last");
    });

    protected (string Name, Action<TaskId> Run) Discard(MmId mm, long page) => Op("discard", task =>
    {
        Engine.Mms.Discard(task, mm, page, 1);
        Atomic.PlainStore(ref _written[WordOf(mm, page)], 1);
    });

    protected (string Name, Action<TaskId> Run) Fork(MmId parent) => Op("fork", task =>
    {
        MmId child = Engine.Mms.Fork(task, parent);
        Bug.If(child.IsNone, ViolationKind.Unexpected, "a fork failed");
        CopyWritten(parent, child);
    });

    /// <summary>Migrates what the task has isolated, and accounts for each folio. Returns how many moved; the rest stays isolated.</summary>
    protected int TryMigrateAll(TaskId task, MigrateMode mode = MigrateMode.Async)
    {
        FolioList list = _lists[task.Value];
        int offered = list.Count;
        MigrateResult result = Engine.Migrator.MigratePages(task, list, Engine.Migrator.Anywhere, mode, MigrateReason.Compaction);
        Bug.If(list.Count != offered - result.Succeeded, ViolationKind.StatMismatch, "a folio of a migration call is neither migrated nor returned");
        Bug.If(!result.NoMemory && result.Succeeded + result.Failed != offered, ViolationKind.StatMismatch, "a migration call counts other folios than it was given");
        return result.Succeeded;
    }

    protected bool HasIsolated(TaskId task) => !_lists[task.Value].IsEmpty;

    protected void TryIsolate(TaskId task, Pfn page) => Engine.Migrator.TryIsolate(task, page, _lists[task.Value]);

    /// <summary>Takes what the task has isolated off its list, without putting it back.</summary>
    protected void DropIsolated(TaskId task) => _lists[task.Value].PopFirst();

    /// <summary>Takes a frame, locks and unlocks it as one's own, and gives it back.</summary>
    protected void UseFrame(TaskId task)
    {
        Pfn own = Engine.Allocator.Allocate(task, 0, MigrateType.Movable);
        if (own.IsNone) { return; }
        Engine.Locks.Lock(task, own);
        Engine.Locks.Unlock(task, own);
        Engine.Folios.Put(task, own);
    }

    /// <summary>References that an actor takes and keeps; negative: gives back.</summary>
    protected void Hold(Pfn pfn, int references)
    {
        ref int held = ref _held[pfn.Value];
        Atomic.PlainStore(ref held, Atomic.PlainLoad(ref held) + references);
    }

    // I-17, and with it I-21: who unlocks the source has no entry left that names it.
    private void CheckMigrationEntry(Pte pte, bool allocated)
    {
        Bug.If(pte.IsPresent, ViolationKind.StaleEntry, "an entry is both present and a migration entry", pte.Pfn.Value);
        Bug.If(!Engine.Frames.Flags(pte.Pfn).Has(PageFlags.Locked), ViolationKind.EntryWithoutLock, "a migration entry names a folio that is not locked", pte.Pfn.Value);
        Bug.If(!allocated, ViolationKind.UseAfterFree, "a migration entry names a free frame", pte.Pfn.Value);
        Bug.If(Engine.Waiters.Owners.OwnerForReport(pte.Pfn) < 0, ViolationKind.EntryWithoutLock, "a migration entry names a folio whose lock nobody owns", pte.Pfn.Value);
    }

    // I-19, I-36 and L-2: set last and cleared first, so what the entry owns is there at every step.
    private void CheckPresentEntry(Pte pte, bool allocated)
    {
        int maps = Engine.Frames.Map(pte.Pfn).Count;
        Bug.If(!allocated, ViolationKind.UseAfterFree, "an entry maps a free frame", pte.Pfn.Value);
        Bug.If(maps < 1, ViolationKind.MapcountMismatch, "an entry maps a frame that counts no mapping", pte.Pfn.Value);
        Bug.If(Engine.Frames.Ref(pte.Pfn).CountUnsafe < maps, ViolationKind.RefMissing, "a mapped frame has fewer references than mappings", pte.Pfn.Value);
    }

    private static int WordOf(MmId mm, long page) => ((mm.Value - 1) * PagesPerMm) + (int)page;

    private void CopyWritten(MmId parent, MmId child)
    {
        for (int page = 0; page < PagesPerMm; page++)
        {
            Atomic.PlainStore(ref _written[WordOf(child, page)], Atomic.PlainLoad(ref _written[WordOf(parent, page)]));
        }
    }

    private void CheckTranslation(CpuId cpu, MmId mm, long page, Pfn pfn, bool write) =>
        Bug.If(!FrameTable.IsAllocated(Engine.Frames.Generation(pfn)), ViolationKind.StaleTranslation, "a cached translation names a free frame", pfn.Value);
}
