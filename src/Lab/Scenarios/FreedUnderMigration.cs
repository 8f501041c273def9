using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>Thread 000 of 2022: a page whose owner lets go of it while it is isolated; who must have cleared Active and Unevictable when it is freed?</summary>
/// <remarks>
/// With the allocator's checks on, the engine reports what the kernel would. With them off it is silent, as a production kernel: there the lab's
/// own oracle is on, FlagAtLastPut, which is I-7: who drops the last reference of a folio off the LRU finds both flags clear. It is off where the
/// variant's free path forgives the flags, for there it is no rule. A row <c>-injected</c> has somebody who forgets to put an isolated page back:
/// a check that says nothing then has missed what it is there for.
/// </remarks>
internal sealed class FreedUnderMigration : Scenario
{
    private static readonly ViolationKind[] s_none = [];
    private static readonly ViolationKind[] s_flagAtFree = [ViolationKind.FlagAtFree];
    private static readonly ViolationKind[] s_flagAtLastPut = [ViolationKind.FlagAtLastPut];
    private static readonly ViolationKind[] s_missed = [ViolationKind.MissedDetection];

    private static readonly Protocol s_v0 = Shortcut(ReleasedShortcut.UnderLock);
    private static readonly Protocol s_v1 = Shortcut(ReleasedShortcut.ClearsIsolated);
    private static readonly Protocol s_v2 = Shortcut(ReleasedShortcut.All);
    private static readonly Protocol s_v6 = Shortcut(ReleasedShortcut.None, FreeCheck.IgnoresLruFlags);
    private static readonly Protocol s_v8 = Shortcut(ReleasedShortcut.LruOnly);
    private static readonly Protocol s_v9 = Shortcut(ReleasedShortcut.KeepsFlags, FreeCheck.ClearsLruFlags);
    private static readonly Protocol s_v12 = new()
    {
        Migration = new MigrationPolicy { Shortcut = ReleasedShortcut.KeepsFlags, MarkIsolated = true },
        FreeCheck = FreeCheck.ExemptsIsolated,
    };

    public override string Slug => "freed-under-migration";

    public override string Question => "A page's owner lets go while a migration has it isolated: is it ever freed with Active or Unevictable, and who would see it?";

    public override string Origin => "000";

    public override IReadOnlyList<Variant> Variants { get; } =
    [
        Row("v0", "historical", "whoever drops the last reference, both flags are cleared by then", s_v0, s_none, s_none),
        Row("v1", "proposed", "as V0 for pages of the LRU", s_v1, s_none, s_none),
        Row("v2", "accepted", "the shortcut is an optimisation: full migration, putback and drain clear both flags as well", s_v2, s_none, s_none),
        Row("v3", "strawman", "the shortcut puts a folio that is off the LRU with the flags it was isolated with", Shortcut(ReleasedShortcut.KeepsFlags), s_flagAtFree, s_flagAtLastPut),
        Row("v4", "proposed", "a full migration of a dead folio is a waste, not a mistake", Shortcut(ReleasedShortcut.None), s_none, s_none),
        Row("v5", "strawman", "a put after a failed test leaves the last put to somebody who clears nothing", Shortcut(ReleasedShortcut.PutsAnyway), s_flagAtFree, s_flagAtLastPut),
        Row("v6", "rejected", "nothing is left for the lighter check to forgive", s_v6, s_none, s_none),
        Row("v7", "historical", "the strict check says nothing, on or off", s_v2, s_none, s_none),
        Row("v8", "accepted", "the shortcut for pages of the LRU only", s_v8, s_none, s_none),
        Row("v9", "proposed", "the free path clears both flags for whoever forgot", s_v9, s_none, s_none),
        Row("v10", "strawman", "the drain frees a dead folio by freezing it, so the release that clears the flags never runs",
            new Protocol { Migration = new MigrationPolicy { DeadFolioDrain = DeadFolioDrain.FreezeForgetsFlags } }, s_flagAtFree, s_flagAtLastPut),
        Row("v10-clears", "accepted", "the drain clears both flags itself",
            new Protocol { Migration = new MigrationPolicy { DeadFolioDrain = DeadFolioDrain.FreezeAndFree } }, s_none, s_none),
        Row("v11", "strawman", "a scanner's reference of a moment is taken for a living owner", Shortcut(ReleasedShortcut.CountProvesOwner),
            [ViolationKind.SpuriousAttempt], [ViolationKind.SpuriousAttempt]),
        Row("v12", "proposed", "the check looks away while the folio is marked as isolated", s_v12, s_none, s_none) with { DecidedHere = true },

        Marked("v2-marked-active", "strawman", "who sets Active on a folio off the LRU undoes what the migration did", s_v2, s_flagAtFree, s_flagAtLastPut),
        Injected("v2-injected", "accepted", "the strict check reports the page", s_v2, s_flagAtFree, s_flagAtLastPut),
        Injected("v6-injected", "rejected", "the lighter check lets the page pass", s_v6, s_missed, s_none),
        Injected("v9-injected", "proposed", "the free path clears the evidence", s_v9, s_missed, s_none),
        Injected("v12-injected", "proposed", "a page that was never put back is still marked as isolated: the check looks away", s_v12, s_missed, s_none) with { DecidedHere = true },

        Released("v0-movable", "historical", "the lock keeps an isolator out while the isolated mark is cleared", s_v0),
        Released("v1-movable", "proposed", "an isolator that finds the mark cleared asks the driver, and the page is not his", s_v1),
        Released("v2-movable", "accepted", "the isolated mark is left to the free path, which wipes it", s_v2),
        Released("v8-movable", "accepted", "the driver's callback reports success for a page that it released", s_v8),
    ];

    private static Protocol Shortcut(ReleasedShortcut shortcut, FreeCheck check = FreeCheck.Strict) =>
        new() { Migration = new MigrationPolicy { Shortcut = shortcut }, FreeCheck = check };

    private static Variant Row(string slug, string status, string because, Protocol protocol, IReadOnlyList<ViolationKind> kinds, IReadOnlyList<ViolationKind> uncheckedKinds) =>
        New(slug, status, because, protocol, kinds, uncheckedKinds, settings => new ReleasedAnonRace(protocol, settings, marks: false));

    private static Variant Marked(string slug, string status, string because, Protocol protocol, IReadOnlyList<ViolationKind> kinds, IReadOnlyList<ViolationKind> uncheckedKinds) =>
        New(slug, status, because, null, kinds, uncheckedKinds, settings => new ReleasedAnonRace(protocol, settings, marks: true));

    private static Variant Injected(string slug, string status, string because, Protocol protocol, IReadOnlyList<ViolationKind> kinds, IReadOnlyList<ViolationKind> uncheckedKinds) =>
        New(slug, status, because, null, kinds, uncheckedKinds, settings => new ForgottenPutback(protocol, settings));

    private static Variant Released(string slug, string status, string because, Protocol protocol) =>
        New(slug, status, because, null, s_none, s_none, settings => new ReleasedMovableRace(protocol, settings));

    private static Variant New(string slug, string status, string because, Protocol? protocol, IReadOnlyList<ViolationKind> kinds, IReadOnlyList<ViolationKind> uncheckedKinds,
        Func<ModelSettings, ExplorationModel> build) => new()
        {
            Slug = slug,
            Id = $"000-V{slug[1..]}",
            Status = status,
            Because = because,
            Sometimes = kinds,
            SometimesUnchecked = uncheckedKinds,
            Policy = protocol,
            Build = build,
        };
}
