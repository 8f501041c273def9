using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Mapping;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Lab.Scenarios;

/// <summary>Thread 001 of 2018: how may a fault wait for a migration entry, so that the migration gets on and nothing is touched that is gone?</summary>
internal sealed class MigrationEntryWaitScenario : Scenario
{
    private static readonly ViolationKind[] s_useAfterFree = [ViolationKind.UseAfterFree];

    public override string Slug => "migration-entry-wait";

    public override string Question => "How may a fault wait for a migration entry, so that the migration gets on and nothing is touched that may be gone?";

    public override string Origin => "001";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Row("v0", "historical", "who sleeps for the lock with a reference keeps it from ever being given back in this call", Waits(EntryWait.HoldReference), [ViolationKind.Deadlock], drain: true),
        Row("v0-passes", "historical", "one fault at the entry wastes all passes: it sleeps by itself, with its reference", Waits(EntryWait.HoldReference), [ViolationKind.NonConvergence]),
        Row("v1", "rejected", "the folio may be freed before it is locked", Waits(EntryWait.LockWithoutReference), s_useAfterFree, others: 1),
        Deep("v1-deep", "rejected", "a lock on a free folio leaks it, and one on a folio of somebody else steals his", Waits(EntryWait.LockWithoutReference), [ViolationKind.FlagAtFree, ViolationKind.FlagAtAlloc], []),
        Row("v2", "historical", "the folio may be freed before it is marked", Waits(EntryWait.WaitWithoutReference), s_useAfterFree),
        Deep("v2-deep", "historical", "the mark of a waiter is found on a frame that is handed out", Waits(EntryWait.WaitWithoutReference), [ViolationKind.FlagAtAlloc], []),
        Row("v3", "proposed", "who spins on a folio that nothing keeps reads whatever is there by then", Waits(EntryWait.SpinOnMark), s_useAfterFree) with { DecidedHere = true },
        Row("v3-careful", "proposed", "spins through the page table, so under its lock: nobody sleeps with a reference while the count matters", Waits(EntryWait.FaultWhileMarked), [], drain: true) with { DecidedHere = true },
        Row("v4", "proposed", "whoever removes an entry wakes who waits for it", Waits(EntryWait.EntryQueue), [], drain: true) with { DecidedHere = true },
        Row("v5", "accepted", "the reference of who waits is gone before he sleeps, so a migration that waits for it gets on", Waits(EntryWait.PutAndWait), [], drain: true),
        Row("v5-passes", "accepted", "who is stopped between taking and dropping his reference wastes the passes", Waits(EntryWait.PutAndWait), [ViolationKind.NonConvergence]),
        Row("v9", "accepted", "who queues under the page-table lock needs no reference: no pass is wasted", Waits(EntryWait.QueueUnderPageTableLock), []),
    ];

    private static Protocol Waits(EntryWait wait) => new() { Migration = new MigrationPolicy { EntryWait = wait } };

    private static Variant Row(string slug, string status, string because, Protocol protocol, IReadOnlyList<ViolationKind> kinds,
        bool drain = false, int others = 0, int preemptions = 2) => new()
    {
        Slug = slug,
        Id = "001-" + slug.Replace("v", "V", StringComparison.Ordinal),
        Status = status,
        Because = because,
        Sometimes = kinds,
        SometimesUnchecked = kinds,
        Preemptions = preemptions,
        Policy = protocol,
        Build = settings => new Race(protocol with { Migration = protocol.Migration with { DrainProbe = drain } }, settings, others, mustMove: !drain),
    };

    private static Variant Deep(string slug, string status, string because, Protocol protocol, IReadOnlyList<ViolationKind> kinds, IReadOnlyList<ViolationKind> uncheckedKinds, int preemptions = 3) =>
        Row(slug, status, because, protocol, kinds, others: 1, preemptions: preemptions) with
        {
            Muted = s_useAfterFree,
            SometimesUnchecked = uncheckedKinds,
        };

    /// <summary>A migrator with one page of a file, who faults on it, and who gets frames that were freed.</summary>
    private sealed class Race : MigrationMachine
    {
        private readonly bool _mustMove;

        public Race(Protocol protocol, ModelSettings settings, int others, bool mustMove)
            : base(1 + (settings.Actors ?? 1) + others, protocol, settings, passes: 3, free: 8, cpus: 1)
        {
            _mustMove = mustMove;
            CacheId cache = Engine.Caches.Create(SetUp);
            MmId mm = NewMm(pages: 1, flags: VmaFlags.Write | VmaFlags.Shared, cache: cache);
            Isolated(Written(mm, 0, version: 1));
            Add("migrator", Migrate(), PutBack());
            for (int i = 0; i < (settings.Actors ?? 1); i++) { Add("user", Op("fault", task => Engine.Faults.Fault(task, mm, 0, write: false))); }
            for (int i = 0; i < others; i++) { Add("other", Op("use a frame", UseFrame)); }
        }

        public override void CheckQuiescence()
        {
            base.CheckQuiescence();
            Bug.If(_mustMove && MovedAtRest != 1, ViolationKind.NonConvergence, "all passes failed for a page that nobody keeps");
        }
    }
}
