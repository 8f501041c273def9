using System.Runtime.CompilerServices;

namespace MemCore.Frames;

/// <summary>How a fault waits for a migration entry to go away. The identifiers are those of the reference, section 7.3.</summary>
internal enum EntryWait
{
    /// <summary>001-V9, accepted since 5.17: no reference; queues while it holds the page-table lock.</summary>
    QueueUnderPageTableLock,

    /// <summary>001-V5, accepted in 5.0: a reference until it is queued, then none.</summary>
    PutAndWait,

    /// <summary>001-V0, until 4.20: a reference for the whole sleep.</summary>
    HoldReference,

    /// <summary>001-V1, rejected: gives the page-table lock back, then locks and unlocks the folio without a reference.</summary>
    LockWithoutReference,

    /// <summary>001-V2, a real bug elsewhere: a shared wait without a reference and without the page-table lock.</summary>
    WaitWithoutReference,

    /// <summary>001-V3, floated: spins on a mark of the folio that the migrator keeps up while the count matters, then faults again and waits with a reference.</summary>
    SpinOnMark,

    /// <summary>001-V3 made careful: while the mark is there it faults again, so that it reads the folio under the page-table lock only.</summary>
    FaultWhileMarked,

    /// <summary>001-V4, floated: queues for the entry, not for the folio; who removes the entry wakes.</summary>
    EntryQueue,

    /// <summary>001-V14: does not wait, faults again.</summary>
    Retry,
}

/// <summary>What migration does with a folio of which it holds the last reference. Section 7.1.</summary>
internal enum ReleasedShortcut
{
    /// <summary>000-V8, accepted: clears Active and Unevictable and puts it; not for pages with movable operations.</summary>
    LruOnly,

    /// <summary>000-V2: the same for movable pages too.</summary>
    All,

    /// <summary>000-V4: none, a full migration of a dead folio.</summary>
    None,

    /// <summary>000-V3, strawman: puts it with the flags it has.</summary>
    KeepsFlags,

    /// <summary>000-V5, no kernel: puts it also when the test has failed.</summary>
    PutsAnyway,

    /// <summary>000-V0, until 5.19: as All; of a movable page the isolated mark is cleared too, under the folio lock, which is waited for.</summary>
    UnderLock,

    /// <summary>000-V1, proposed: as above without the lock and without asking.</summary>
    ClearsIsolated,

    /// <summary>000-V11, warned against: as All, and a count above one is taken for proof that the owner lives.</summary>
    CountProvesOwner,
}

/// <summary>What the add batch does at its flush with a folio that nobody but the batch refers to.</summary>
internal enum DeadFolioDrain
{
    /// <summary>Puts it on the list; its last put takes it off again.</summary>
    List,

    /// <summary>The newest kernel: freezes 1 to 0, clears Active and Unevictable, frees.</summary>
    FreezeAndFree,

    /// <summary>000-V10, strawman: as above, and forgets the flags.</summary>
    FreezeForgetsFlags,
}

/// <summary>How reclaim gives back the lock of a folio whose last references it has frozen.</summary>
internal enum ReclaimUnlock
{
    /// <summary>As everybody: who waits without a reference is woken.</summary>
    Unlock,

    /// <summary>001-V6, until 4.20: a plain store, since who has no reference was thought not to wait.</summary>
    PlainStore,
}

/// <summary>When migration of a batch tells the other CPUs that their translations are void.</summary>
internal enum MigrationFlush
{
    /// <summary>Once for all folios that one pass unmapped, before the first copy.</summary>
    Batched,

    /// <summary>At each entry.</summary>
    Immediate,
}

/// <summary>What migration does between two move passes with a folio that could not be moved.</summary>
internal enum MoveRetry
{
    /// <summary>Since 6.3: locks and entries stay.</summary>
    KeepEntries,

    /// <summary>Before: entries are restored and the folio unlocked, and it starts anew.</summary>
    RollBack,
}

/// <summary>In which order a folio's data and its place change hands.</summary>
internal enum CopyOrder
{
    /// <summary>Since about 6.11: the copy first; the freeze may still fail, then it was in vain.</summary>
    CopyThenFreeze,

    /// <summary>Before: the freeze first.</summary>
    FreezeThenCopy,
}

/// <summary>The protocols of migration. Each is read in exactly one place; the default is what upstream accepted.</summary>
internal sealed record MigrationPolicy
{
    public EntryWait EntryWait { get; init; }

    public ReleasedShortcut Shortcut { get; init; }

    public DeadFolioDrain DeadFolioDrain { get; init; }

    public ReclaimUnlock ReclaimUnlock { get; init; }

    public MigrationFlush Flush { get; init; }

    public MoveRetry MoveRetry { get; init; }

    public CopyOrder CopyOrder { get; init; }

    /// <summary>Entries go away before the source is unlocked and put. Off, 001-V11: after.</summary>
    public bool EntriesFirst { get; init; } = true;

    /// <summary>An isolated folio carries a mark, Arch1, until it is put back: for a check at free that exempts it. 000-V12.</summary>
    public bool MarkIsolated { get; init; }

    /// <summary>The waiters' half of a mark needs the migrator's: it marks a folio, with Arch1, while its count matters.</summary>
    public bool MarkUnstable
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => EntryWait is EntryWait.SpinOnMark or EntryWait.FaultWhileMarked;
    }

    /// <summary>A rollback wakes who waits for an entry, as any other removal does. Off: only a successful migration and a zap do.</summary>
    public bool RollbackWakes { get; init; } = true;

    /// <summary>A fault decides that a file's page is not mapped without the page-table lock, as handle_pte_fault does. Off: under it.</summary>
    public bool FaultLooksUnlocked { get; init; }

    /// <summary>When the count of a folio is not what is expected, waits for it to be, with the lock held. For explorations: names who blocks the freeze.</summary>
    public bool DrainProbe { get; init; }

    /// <summary>Passes of an asynchronous call.</summary>
    public int AsyncPasses { get; init; } = 10;

    /// <summary>Asynchronous passes over a whole chunk before a synchronous call takes its folios one by one.</summary>
    public int SyncAsyncPasses { get; init; } = 3;

    /// <summary>Passes over each folio of a synchronous call.</summary>
    public int SyncPasses { get; init; } = 7;

    /// <summary>Base frames of a chunk: what one page directory entry spans.</summary>
    public int ChunkFrames { get; init; } = 512;
}
