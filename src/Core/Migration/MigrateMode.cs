namespace MemCore.Migration;

/// <summary>How long a migration may wait.</summary>
internal enum MigrateMode
{
    /// <summary>Never: neither for a folio lock nor for anything else.</summary>
    Async,

    /// <summary>For the lock of a folio whose contents are there.</summary>
    SyncLight,

    /// <summary>For any folio lock.</summary>
    Sync,
}

/// <summary>Why a migration is wanted. Only <see cref="MemoryFailure"/> changes what is done: the last reference of a source is left to the caller.</summary>
internal enum MigrateReason
{
    Compaction,
    MemoryFailure,
    MemoryHotplug,
    Syscall,
    MempolicyMbind,
    NumaMisplaced,
    ContigRange,
    LongtermPin,
    Demotion,
}

/// <summary>What became of a list. Failed: folios that were tried and not migrated. NoMemory: it stopped because no destination could be had.</summary>
internal readonly record struct MigrateResult(int Succeeded, int Failed, bool NoMemory);
