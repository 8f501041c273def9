using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>A migrator with one page of a file, who faults on it, and perhaps who gets the frames that the migration frees.</summary>
/// <remarks>Cache 1, entry 1, isolation 1: the migration expects 2 when it has put a migration entry in the place of the entry.</remarks>
internal sealed class EntryWaitRace : MigrationMachine
{
    private readonly Column<int> _finished;
    private readonly MmId _mm;
    private readonly Pte _before;
    private readonly bool _mustMove;

    public EntryWaitRace(Protocol protocol, ModelSettings settings, bool reuse, bool mustMove, IReadOnlyList<FaultPoint> faults)
        : base(1 + (settings.Actors ?? 1) + (reuse ? 1 : 0), protocol, settings, passes: 3, cpus: 1)
    {
        _finished = Arena.Add<int>("finished", 1, ColumnKind.State);
        _mustMove = mustMove;
        Faults = faults;
        CacheId cache = Engine.Caches.Create(SetUp);
        _mm = NewMm(pages: 1, flags: VmaFlags.Write | VmaFlags.Shared, cache: cache);
        Isolated(Written(_mm, 0, version: 1));
        _before = EntryAtRest(_mm, 0);
        if (reuse) { Add("migrator", Migrate(), PutBack(), Op("finish", _ => Atomic.Store(ref _finished[0], 1))); }
        else { Add("migrator", Migrate(), PutBack()); }
        for (int i = 0; i < (settings.Actors ?? 1); i++) { Add("user", Op("fault", task => Engine.Faults.Fault(task, _mm, 0, write: false))); }
        if (reuse) { Add("next owner", Op("use a frame", UseFreed)); }
    }

    public override IReadOnlyList<FaultPoint> Faults { get; }

    public override void CheckQuiescence()
    {
        base.CheckQuiescence();
        Pte after = EntryAtRest(_mm, 0);
        bool asBefore = after.Pfn == _before.Pfn && after.IsWritable == _before.IsWritable && after.IsDirty == _before.IsDirty;
        Bug.If(MovedAtRest == 0 && !asBefore, ViolationKind.DataMismatch, "a rollback left another entry than it found");
        Bug.If(_mustMove && MovedAtRest != 1, ViolationKind.NonConvergence, "all passes failed for a page that nobody keeps");
    }

    // Not before there is anything to get: what it does earlier has nothing to do with the page.
    private void UseFreed(TaskId task)
    {
        int spins = 0;
        Atomic.SpinWhile(ref _finished[0], 0, ref spins);
        UseFrame(task);
    }
}

/// <summary>Reclaim of a cached page, and who looks it up, finds it locked, and waits for that without a reference.</summary>
internal sealed class ReclaimRace : MigrationMachine
{
    public ReclaimRace(Protocol protocol, ModelSettings settings)
        : base(1 + (settings.Actors ?? 1), protocol, settings, passes: 1, cpus: 1)
    {
        CacheId cache = Engine.Caches.Create(SetUp);
        Pfn page = Cached(cache, 0);
        Engine.Frames.Ref(page).Get();
        Add("reclaim", Op("reclaim", task =>
        {
            Engine.Locks.Lock(task, page);
            if (Engine.Caches.TryReclaimLocked(task, page)) { return; }
            Engine.Locks.Unlock(task, page);
            Engine.Folios.Put(task, page);
        }));
        for (int i = 0; i < (settings.Actors ?? 1); i++)
        {
            Add("reader", Op("look up and wait", task =>
            {
                Pfn found = Engine.Caches.Find(task, cache, 0);
                if (!found.IsNone) { Engine.Locks.PutAndWait(task, found, Engine.Folios); }
            }));
        }
    }
}

/// <summary>A folio's lock with a killable locker in the queue and, behind or before it, who waits without a reference.</summary>
internal sealed class KilledLockerRace : MigrationMachine
{
    public KilledLockerRace(Protocol protocol, ModelSettings settings)
        : base(4, protocol, settings, passes: 1, cpus: 1)
    {
        Pfn page = Engine.Allocator.Allocate(SetUp, 0, MigrateType.Movable);
        Engine.Frames.Ref(page).Get(2);
        Engine.Locks.TryLock(SetUp, page);
        Add("owner", Op("unlock", task =>
        {
            Engine.Locks.Unlock(task, page);
            Engine.Folios.Put(task, page);
        }));
        Add("locker", Op("lock, killable", task =>
        {
            if (Engine.Locks.LockKillable(task, page) == Waiting.WaitResult.Done) { Engine.Locks.Unlock(task, page); }
            Engine.Locks.ClearCancel(task);
            Engine.Folios.Put(task, page);
        }));
        Add("killer", Op("kill the locker", _ => Engine.Locks.Cancel(new TaskId(1))));
        Add("waiter", Op("put and wait", task => Engine.Locks.PutAndWait(task, page, Engine.Folios)));
    }
}
