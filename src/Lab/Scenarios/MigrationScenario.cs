using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>One folio is migrated while its user does something else with it.</summary>
internal sealed class MigrationScenario : Scenario
{
    public override string Slug => "migrate";

    public override string Question => "Does a page that is migrated while its user faults, writes, forks, pins or lets go keep its contents, its mappings and its references?";

    public override string Origin => "MemCore";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Clean("fault", "MG-1", "who faults on the entry queues under the page-table lock without a reference: the migration needs no second call", () => new Fault()),
        Clean("fault-puts-and-waits", "MG-18", "the reference of who waits is gone before he sleeps, so a migration that waits for it gets on", () => new Fault(EntryWait.PutAndWait, probe: true)),
        Clean("write", "MG-2", "an access under way when the entry is cleared is waited for before the copy", () => new Write(warm: false)),
        Clean("write-cached", "MG-3", "a cached translation is void before the copy", () => new Write(warm: true)),
        Clean("exit", "MG-4", "the last mapping goes while entries are there: nothing is owed to them", () => new Exit()),
        Clean("discard", "MG-5", "a zap of an entry also ends translations that the migration has yet to flush", () => new Discarded()),
        Clean("pin", "MG-6", "a pin that came first keeps the page in its place, and its own", () => new Pinned()),
        Clean("fork", "MG-7", "a fork copies the entry, both are restored, and the child has nothing that was written later", () => new Forks()),
        Clean("shared", "MG-8", "all mappings follow while one of them is written to", () => new SharedByFork()),
        Clean("lookup", "MG-9", "freeze, store, unfreeze: a lookup finds the old folio before or the new one after", () => new Lookup()),
        Clean("file-write", "MG-10", "a mapped file's page follows with what was written", () => new FileWrite()),
        Clean("file-fault", "MG-15", "who maps a cached page locks it first, and finds out whether it is still the cache's", () => new FileFault()),
        Clean("two-migrators", "MG-11", "to win the lru flag is to own the folio", () => new TwoMigrators()),
        Clean("rollback", "MG-12", "a folio that is given up after it was unmapped is where it was", () => new GivenUp()),
        Clean("batch", "MG-13", "one flush before the first copy serves all folios of the batch", () => new Batch()),
        Clean("lock", "MG-14", "a synchronous call sleeps for the lock while it holds no other", () => new Locked()),
        Clean("released", "MG-16", "whoever drops the last reference, Active and Unevictable are cleared by then", () => new Released(ReleasedShortcut.LruOnly)),
        Clean("released-no-shortcut", "MG-17", "a full migration of a dead folio is a waste, not a mistake", () => new Released(ReleasedShortcut.None)),

        Planted("copy-left-out", "MG-1a", PlantedBug.CopyLeftOut, "the user finds a frame that nobody filled", [ViolationKind.DataMismatch], () => new Fault()),
        Planted("flags-copied", "MG-1b", PlantedBug.FlagTransferCopies, "the source is freed with Active", [ViolationKind.FlagAtFree], () => new Fault()),
        Planted("entries-after-unlock", "MG-1c", PlantedBug.EntriesRemovedAfterUnlock, "an entry names a folio that was unlocked and freed", [ViolationKind.EntryWithoutLock, ViolationKind.UseAfterFree], () => new Fault()),
        Planted("stale-entry", "MG-1d", PlantedBug.StaleMigrationEntry, "one entry is not restored", [ViolationKind.StaleEntry, ViolationKind.EntryWithoutLock], () => new Fault()),
        Planted("restore-counts-late", "MG-1e", PlantedBug.RestoreCountsLate, "an entry is there before what it owns", [ViolationKind.MapcountMismatch, ViolationKind.RefMissing, ViolationKind.RefUnderflow], () => new Fault()),
        Planted("shootdown-does-not-wait", "MG-2a", PlantedBug.ShootdownDoesNotWait, "a write under way goes to the source after the copy", [ViolationKind.DataMismatch], () => new Write(warm: false)),
        Planted("flush-keeps-fills", "MG-2b", PlantedBug.FlushKeepsFills, "a fill that read the old entry publishes its translation behind the flush", [ViolationKind.StaleTranslation, ViolationKind.DataMismatch], () => new Write(warm: false)),
        Planted("flush-after-copy", "MG-3a", PlantedBug.BatchedFlushAfterCopy, "a write through a cached translation goes to the source after the copy, or after it was freed", [ViolationKind.StaleTranslation, ViolationKind.DataMismatch], () => new Write(warm: true)),
        Planted("no-shootdown", "MG-3b", PlantedBug.MissingShootdown, "a cached translation outlives its frame", [ViolationKind.StaleTranslation, ViolationKind.DataMismatch], () => new Write(warm: true)),
        Planted("flush-waits-first", "MG-3c", PlantedBug.FlushWaitsBeforeVoid, "an access that begins after the wait finds the translation still there", [ViolationKind.DataRace], () => new Write(warm: true)) with { Races = true },
        Planted("zap-without-flush", "MG-5a", PlantedBug.ZapEntryWithoutFlush, "the translation of a page that was given up serves until the migration gets to its flush", [ViolationKind.DataMismatch], () => new Discarded()),
        Planted("putback-leaks", "MG-6a", PlantedBug.PutbackLeaksIsolation, "a folio that did not move keeps the isolation's reference", [ViolationKind.RefLeak], () => new Pinned()),
        Planted("fork-keeps-write", "MG-7a", PlantedBug.ForkEntryKeepsWrite, "both entries say that the page was private: both are restored writable", [ViolationKind.DataMismatch], () => new Forks()),
        Planted("fork-without-flush", "MG-7b", PlantedBug.ForkEntryWithoutFlush, "the parent writes through its old translation to what the child shares by then", [ViolationKind.DataMismatch], () => new Forks()),
        Planted("unmapped-in-part", "MG-8a", PlantedBug.FreezeBeforeUnmapComplete, "a folio is moved that somebody still maps", [ViolationKind.MapcountMismatch], () => new SharedByFork()),
        Planted("restored-writable", "MG-8b", PlantedBug.RestoreWritable, "a page that is shared copy-on-write comes back writable", [ViolationKind.DataMismatch], () => new SharedByFork()),
        Planted("slot-keeps-source", "MG-9a", PlantedBug.CacheKeepsOldFolio, "the cache refers to a folio that is not its own any more", [ViolationKind.CacheMismatch, ViolationKind.UseAfterFree, ViolationKind.RefMissing, ViolationKind.RefUnderflow], () => new Lookup()),
        Planted("dirty-lost", "MG-9b", PlantedBug.DirtyLost, "nobody will write the page to its file", [ViolationKind.FlagTransferMismatch], () => new Lookup()),
        Planted("cache-reference-kept", "MG-9c", PlantedBug.MoveKeepsCacheReference, "the source keeps the reference of a slot that names the target", [ViolationKind.RefLeak, ViolationKind.NonConvergence], () => new Lookup()),
        Strawman("fault-keeps-reference", "MG-18a", "who sleeps for the lock with a reference keeps it from ever being given back in this call", [ViolationKind.Deadlock], () => new Fault(EntryWait.HoldReference, probe: true)),
        Strawman("released-keeps-flags", "MG-16a", "the folio is freed off the LRU with Active", [ViolationKind.FlagAtFree], () => new Released(ReleasedShortcut.KeepsFlags)),
        Strawman("released-puts-anyway", "MG-16b", "a reference that was there for a moment is taken for the last one", [ViolationKind.FlagAtFree], () => new Released(ReleasedShortcut.PutsAnyway)),
        Planted("mapping-forgotten", "MG-12a", PlantedBug.RollbackForgetsMapping, "a rollback leaves one place unmapped", [ViolationKind.DataMismatch, ViolationKind.StaleEntry], () => new GivenUp()),
    ];

    private static Variant Clean(string slug, string id, string because, Func<ExplorationModel> build, int preemptions = 2) =>
        new() { Slug = slug, Id = id, Because = because, Build = _ => build(), Preemptions = preemptions };

    private static Variant Planted(string slug, string id, PlantedBug bug, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Planted = bug, Sometimes = kinds, Build = _ => build() };

    private static Variant Strawman(string slug, string id, string because, IReadOnlyList<ViolationKind> kinds, Func<ExplorationModel> build) =>
        new() { Slug = slug, Id = id, Status = "strawman", Because = because, Sometimes = kinds, Build = _ => build() };

    /// <summary>A migrator and a user of one page, which must have moved at the end unless the scenario says otherwise.</summary>
    private abstract class OnePage : MigrationMachine
    {
        private readonly bool _mustMove;

        protected OnePage(bool mustMove = true, MigrationPolicy? policy = null, int tasks = 2)
            : base(tasks, policy)
        {
            _mustMove = mustMove;
            Mm = NewMm();
            Page = Written(Mm, 0, version: 1);
            Add("migrator", Isolate(Page), Migrate(), PutBack());
        }

        protected MmId Mm { get; }

        protected Pfn Page { get; }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            Bug.If(_mustMove && MovedAtRest != 1, ViolationKind.NonConvergence, "a page that nobody keeps did not move");
        }
    }

    private sealed class Fault : OnePage
    {
        public Fault(EntryWait wait = EntryWait.QueueUnderPageTableLock, bool probe = false)
            : base(policy: new MigrationPolicy { EntryWait = wait, DrainProbe = probe })
        {
            Listed(Page, active: true);
            Add("user", Load(Mm, 0, version: 1));
        }
    }

    private sealed class Write : OnePage
    {
        public Write(bool warm)
        {
            if (warm) { Warm(1, Mm, 0, version: 1); }
            Add("user", Store(Mm, 0, version: 2));
        }
    }

    private sealed class Exit : OnePage
    {
        public Exit()
            : base(mustMove: false)
        {
            Add("owner", Op("exit", task => Engine.Mms.Exit(task, Mm)));
        }
    }

    private sealed class Discarded : OnePage
    {
        public Discarded()
            : base(mustMove: false)
        {
            Warm(1, Mm, 0, version: 1);
            Add("user", Discard(Mm, 0), Load(Mm, 0, version: 0));
        }
    }

    private sealed class Pinned : OnePage
    {
        private readonly Column<int> _pinned;

        public Pinned()
            : base(mustMove: false)
        {
            _pinned = Arena.Add<int>("pinned", 1, ColumnKind.State);
            Add("device", Op("pin", task =>
            {
                Pfn pfn = Engine.Pins.TryPin(task, Mm, 0, write: true);
                Hold(pfn, Pins.Bias);
                Atomic.PlainStore(ref _pinned[0], pfn.Value + 1);
            }));
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            Pte pte = EntryAtRest(Mm, 0);
            Bug.If(pte.Pfn.Value != _pinned[0] - 1 || !pte.IsWritable, ViolationKind.DataMismatch, "a device writes to a frame that is not the page's");
        }
    }

    private sealed class Forks : OnePage
    {
        public Forks()
            : base(mustMove: false)
        {
            Warm(1, Mm, 0, version: 1);
            Add("parent", Fork(Mm), Store(Mm, 0, version: 2));
        }
    }

    private sealed class SharedByFork : OnePage
    {
        public SharedByFork()
            : base(mustMove: false)
        {
            MmId child = Forked(Mm);
            Add("child", Store(child, 0, version: 2));
        }
    }

    private sealed class Lookup : MigrationMachine
    {
        private readonly CacheId _cache;

        public Lookup()
            : base(tasks: 2, new MigrationPolicy { DrainProbe = true })
        {
            _cache = Engine.Caches.Create(SetUp);
            Pfn page = Listed(Cached(_cache, 0));
            Engine.Frames.Flags(page).Set(PageFlags.Dirty);
            Add("migrator", Isolate(page), Migrate());
            Add("reader", Op("look up", task =>
            {
                Pfn found = Engine.Caches.Find(task, _cache, 0);
                Bug.If(found.IsNone, ViolationKind.CacheMismatch, "a page of the cache was not found");
                Engine.Contents.Verify(found, new PageSignature(PageCaches.OwnerOf(_cache), 0, 0));
                Engine.Folios.Put(task, found);
            }));
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            Bug.If(MovedAtRest != 1, ViolationKind.NonConvergence, "a page that nobody keeps did not move");
            Engine.Caches.ForEachAtRest((cache, index, folio) =>
                Bug.If(!Engine.Frames.Flags(folio).Has(PageFlags.Dirty), ViolationKind.FlagTransferMismatch, "a dirty page is clean after it was migrated", folio.Value));
        }
    }

    private sealed class FileWrite : MigrationMachine
    {
        public FileWrite()
            : base(tasks: 2)
        {
            CacheId cache = Engine.Caches.Create(SetUp);
            MmId mm = NewMm(flags: VmaFlags.Write | VmaFlags.Shared, cache: cache);
            Pfn page = Written(mm, 0, version: 1);
            Add("migrator", Isolate(page), Migrate(), PutBack());
            Add("user", Store(mm, 0, version: 2));
        }
    }

    private sealed class FileFault : MigrationMachine
    {
        public FileFault()
            : base(tasks: 2)
        {
            CacheId cache = Engine.Caches.Create(SetUp);
            MmId mm = NewMm(flags: VmaFlags.Write | VmaFlags.Shared, cache: cache);
            Pfn page = Listed(Cached(cache, 0));
            Add("migrator", Isolate(page), Migrate(), PutBack());
            Add("user", Load(mm, 0, version: 0), Store(mm, 0, version: 2));
        }
    }

    private sealed class TwoMigrators : OnePage
    {
        public TwoMigrators()
            : base(mustMove: false)
        {
            Add("other migrator", Isolate(Page), Migrate(), PutBack());
        }
    }

    private sealed class GivenUp : OnePage
    {
        public GivenUp()
            : base(mustMove: false)
        {
            Add("user", Load(Mm, 0, version: 1));
        }

        public override IReadOnlyList<FaultPoint> Faults => [FaultPoint.MigrationAborted];
    }

    /// <summary>The owner lets go, and a scanner refers to the page for a moment: thread 000.</summary>
    private sealed class Released : OnePage
    {
        public Released(ReleasedShortcut shortcut)
            : base(mustMove: false, new MigrationPolicy { Shortcut = shortcut }, tasks: 3)
        {
            Listed(Page, active: true);
            Add("owner", Op("exit", task => Engine.Mms.Exit(task, Mm)));
            Add("scanner", Op("try to isolate a movable page", task => Engine.Movable.TryIsolate(task, Page)));
        }
    }

    private sealed class Batch : MigrationMachine
    {
        public Batch()
            : base(tasks: 2)
        {
            MmId mm = NewMm();
            Pfn first = Written(mm, 0, version: 1);
            Pfn second = Written(mm, 1, version: 1);
            Warm(1, mm, 1, version: 1);
            Add("migrator", Isolate(first), Isolate(second), Migrate());
            Add("user", Store(mm, 1, version: 2));
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            Bug.If(MovedAtRest != 2, ViolationKind.NonConvergence, "pages that nobody keeps did not move");
        }
    }

    private sealed class Locked : MigrationMachine
    {
        public Locked()
            : base(tasks: 2)
        {
            MmId mm = NewMm();
            Pfn page = Written(mm, 0, version: 1);
            Engine.Frames.Ref(page).Get();
            Add("migrator", Isolate(page), Migrate(MigrateMode.Sync), PutBack());
            Add("owner of the lock", Op("lock, unlock, put", task =>
            {
                Engine.Locks.Lock(task, page);
                Engine.Locks.Unlock(task, page);
                Engine.Folios.Put(task, page);
            }));
        }
    }
}
