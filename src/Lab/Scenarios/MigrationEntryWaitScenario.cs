using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Lab.Scenarios;

/// <summary>Thread 001 of 2018: how may a fault wait for a migration entry, so that the migration gets on and nothing is touched that is gone?</summary>
/// <remarks>
/// A row <c>-deep</c> is the same variant with the use-after-free oracle off and with somebody who gets freed frames, so that what follows is seen.
/// A row <c>-passes</c> has no drain probe: the least preemptions that waste all passes of a call. The drain probe makes a migration wait, with
/// the lock held, until the count is what it expects: a Deadlock then names a reference whose holder sleeps on the migrator.
/// A row <c>-loop</c> is about calls and faults that go on for ever: the whole graph of states, and its fair cycles in which no call succeeds.
/// </remarks>
internal sealed class MigrationEntryWaitScenario : Scenario
{
    private static readonly ViolationKind[] s_none = [];
    private static readonly ViolationKind[] s_useAfterFree = [ViolationKind.UseAfterFree];
    private static readonly ViolationKind[] s_passes = [ViolationKind.NonConvergence];
    private static readonly ViolationKind[] s_lostWake = [ViolationKind.LostWake];
    private static readonly ViolationKind[] s_livelock = [ViolationKind.Livelock];

    private static readonly Protocol s_v0 = Waits(EntryWait.HoldReference);
    private static readonly Protocol s_v1 = Waits(EntryWait.LockWithoutReference);
    private static readonly Protocol s_v2 = Waits(EntryWait.WaitWithoutReference);
    private static readonly Protocol s_v4 = Waits(EntryWait.EntryQueue);
    private static readonly Protocol s_v5 = Waits(EntryWait.PutAndWait);
    private static readonly Protocol s_v7 = Waits(EntryWait.PutAndWait, new WaitOptions { OneShot = false });
    private static readonly Protocol s_v9 = Waits(EntryWait.QueueUnderPageTableLock);
    private static readonly Protocol s_v10 = Waits(EntryWait.QueueUnderPageTableLock, new WaitOptions { QueueUnderPageTableLock = false });
    private static readonly Protocol s_v11 = new() { Migration = new MigrationPolicy { EntriesFirst = false } };
    private static readonly Protocol s_upstream = new() { Waiting = new WaitOptions { PassWakeOn = false, HandOffKeepsBit = false } };

    public override string Slug => "migration-entry-wait";

    public override string Question => "How may a fault wait for a migration entry, so that the migration gets on and nothing is touched that may be gone?";

    public override string Origin => "001";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Row("v0", "historical", "who sleeps for the lock with a reference keeps it from ever being given back in this call", s_v0, [ViolationKind.Deadlock], drain: true),
        Row("v0-passes", "historical", "one fault at the entry wastes all passes: it sleeps by itself, with its reference", s_v0, s_passes),
        Row("v1", "rejected", "the folio may be freed before it is locked", s_v1, s_useAfterFree),
        Deep("v1-deep", "rejected", "a lock on a free folio leaks it; a lock on a folio of somebody else is stolen, or waits for him", s_v1,
            [ViolationKind.FlagAtFree, ViolationKind.FlagAtAlloc, ViolationKind.ForeignUnlock, ViolationKind.DoubleOwner], [ViolationKind.ForeignUnlock, ViolationKind.DoubleOwner]),
        Row("v2", "historical", "the folio may be freed before it is marked", s_v2, s_useAfterFree),
        Deep("v2-deep", "historical", "the mark of a waiter is found on a frame that is handed out", s_v2, [ViolationKind.FlagAtAlloc], s_none),
        Row("v3", "proposed", "who spins on a folio that nothing keeps reads whatever is there by then", Waits(EntryWait.SpinOnMark), s_useAfterFree) with { DecidedHere = true },
        Row("v3-careful", "proposed", "spins through the page table, so under its lock: nobody sleeps with a reference while the count matters",
            Waits(EntryWait.FaultWhileMarked), s_none, drain: true) with { DecidedHere = true },
        Row("v4", "proposed", "whoever removes an entry wakes who waits for it", s_v4, s_none, drain: true) with { DecidedHere = true },
        Row("v4-rollback-forgets", "strawman", "who waits for the entry sleeps on when a rollback removes it and wakes nobody",
            Migrates(s_v4, m => m with { RollbackWakes = false }), s_lostWake, faults: [FaultPoint.MigrationAborted]) with { DecidedHere = true },
        Row("v5", "accepted", "the reference of who waits is gone before he sleeps, so a migration that waits for it gets on", s_v5, s_none, drain: true),
        Row("v5-passes", "accepted", "who is stopped between taking and dropping his reference wastes the passes", s_v5, s_passes),
        Reclaim("v6", "historical", "the store that frees the lock of a frozen folio does not look for who waits without a reference", ReclaimUnlock.PlainStore, s_lostWake),
        Reclaim("v6-unlock", "accepted", "reclaim unlocks as everybody does", ReclaimUnlock.Unlock, s_none),
        Row("v7", "strawman", "who tests again after he was woken touches a folio that may be gone", s_v7, s_useAfterFree),
        Deep("v7-deep", "strawman", "he marks a free folio, or waits for its next owner", s_v7, [ViolationKind.FlagAtAlloc], s_none),
        Row("v8", "historical", "strict hand-off changes who gets the lock, not who is woken: what it costs is for Metal",
            Waits(EntryWait.PutAndWait, new WaitOptions { Unfairness = 0 }), s_none, drain: true),
        Row("v9", "accepted", "who queues under the page-table lock needs no reference: no pass is wasted", s_v9, s_none),
        Row("v5-unlocked-look", "accepted", "a fault that finds no entry, between the clearing of one and the migration entry, gets to the folio by the page cache and sleeps for its lock with a reference",
            Migrates(s_v5, m => m with { FaultLooksUnlocked = true }), [ViolationKind.Deadlock], drain: true) with { DecidedHere = true },
        Row("v9-unlocked-look", "accepted", "the same: who waits at the entry has no reference, who gets to the folio by the page cache has one",
            Migrates(s_v9, m => m with { FaultLooksUnlocked = true }), s_passes) with { DecidedHere = true },
        Row("v10", "strawman", "the page-table lock was what kept the folio", s_v10, s_useAfterFree),
        Deep("v10-deep", "strawman", "the mark of a waiter is found on a frame that is handed out", s_v10, [ViolationKind.FlagAtAlloc], s_none),
        Row("v11", "strawman", "an entry names a folio that nobody keeps", s_v11, [ViolationKind.EntryWithoutLock]),
        Row("v11-deep", "strawman", "who queues for that folio touches what is free", s_v11, s_useAfterFree) with { Muted = [ViolationKind.EntryWithoutLock] },
        Row("v12", "strawman", "the page-table lock, held by who queues, keeps the unlock from falling between test and mark",
            Waits(EntryWait.QueueUnderPageTableLock, new WaitOptions { WaitersFirst = false }), s_none),
        Row("v12b", "strawman", "an unlock between test and mark sees no waiter", Waits(EntryWait.PutAndWait, new WaitOptions { WaitersFirst = false }), s_lostWake),
        Killed("v13", "historical", "a killed locker takes the only wake with it, and who waits behind it sleeps though the folio is unlocked", s_upstream, s_lostWake) with { DecidedHere = true },
        Killed("v13-passes-on", "ours", "a killed locker that was woken wakes the next", new Protocol(), s_none),
        Row("v14", "historical", "nobody waits, so nobody is in the way; what the retries cost is for Metal", Waits(EntryWait.Retry), s_none, drain: true),

        Loop("v0-loop", "historical", "each time a fault sleeps with its reference, the call fails and wakes it, and the next call finds it there again", s_v0, s_livelock),
        Loop("v0-loop-drain", "historical", "whoever waits for the count waits for a sleeper that waits for him", Drains(s_v0), [ViolationKind.Deadlock]),
        Loop("v4-loop", "proposed", "as V9: nobody has a reference", s_v4, s_none) with { DecidedHere = true },
        Loop("v5-loop", "accepted", "a fault that is stopped between taking and dropping its reference, each time, keeps all calls from getting on", s_v5, s_livelock),
        Loop("v5-loop-drain", "accepted", "who drops his reference before he sleeps is waited for, and then there is no way round", Drains(s_v5), s_none),
        Loop("v9-loop", "accepted", "nobody has a reference: there is no way round in which no call gets on", s_v9, s_none),
        Loop("v14-loop", "historical", "who only retries has no reference either, and takes turns with the migration", Waits(EntryWait.Retry), s_none) with { DecidedHere = true },
    ];

    private static Protocol Drains(Protocol protocol) => Migrates(protocol, m => m with { DrainProbe = true });

    // On Metal the policy is that of the row without the loop.
    private static Variant Loop(string slug, string status, string because, Protocol protocol, IReadOnlyList<ViolationKind> kinds) =>
        New(slug, status, because, null, kinds, preemptions: 2, settings => new OffliningLoop(protocol, settings)) with { Livelock = true, SometimesUnchecked = null };

    private static Protocol Waits(EntryWait wait, WaitOptions? waiting = null) =>
        new() { Migration = new MigrationPolicy { EntryWait = wait }, Waiting = waiting ?? new WaitOptions() };

    private static Protocol Migrates(Protocol protocol, Func<MigrationPolicy, MigrationPolicy> change) => protocol with { Migration = change(protocol.Migration) };

    private static Variant Row(string slug, string status, string because, Protocol protocol, IReadOnlyList<ViolationKind> kinds,
        bool drain = false, bool reuse = false, int preemptions = 3, IReadOnlyList<FaultPoint>? faults = null)
    {
        Protocol run = drain ? Drains(protocol) : protocol;
        bool mustMove = !drain && kinds is [ViolationKind.NonConvergence] or [];
        return New(slug, status, because, protocol, kinds, preemptions, settings => new EntryWaitRace(run, settings, reuse, mustMove && faults is null, faults ?? []));
    }

    private static Variant Deep(string slug, string status, string because, Protocol protocol, IReadOnlyList<ViolationKind> kinds, IReadOnlyList<ViolationKind> uncheckedKinds) =>
        Row(slug, status, because, protocol, kinds, reuse: true, preemptions: 5) with { Muted = s_useAfterFree, SometimesUnchecked = uncheckedKinds };

    private static Variant Reclaim(string slug, string status, string because, ReclaimUnlock unlock, IReadOnlyList<ViolationKind> kinds)
    {
        Protocol protocol = Migrates(s_v5, m => m with { ReclaimUnlock = unlock });
        return New(slug, status, because, null, kinds, preemptions: 3, settings => new ReclaimRace(protocol, settings));
    }

    private static Variant Killed(string slug, string status, string because, Protocol protocol, IReadOnlyList<ViolationKind> kinds) =>
        New(slug, status, because, protocol, kinds, preemptions: 3, settings => new KilledLockerRace(protocol, settings));

    private static Variant New(string slug, string status, string because, Protocol? protocol, IReadOnlyList<ViolationKind> kinds, int preemptions,
        Func<ModelSettings, ExplorationModel> build) => new()
        {
            Slug = slug,
            Id = $"001-V{slug[1..]}",
            Status = status,
            Because = because,
            Sometimes = kinds,
            SometimesUnchecked = kinds,
            Preemptions = preemptions,
            Policy = protocol,
            Build = build,
        };
}
