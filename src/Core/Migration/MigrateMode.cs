
namespace MemCore.Migration;

/// <summary>How long a migration may wait.</summary>
internal enum MigrateMode
{
    Async,
    SyncLight,
    Sync,
}

/// <summary>Why a migration is wanted.</summary>
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

/// <summary>What became of a list. Failed: folios that were not migrated. NoMemory: it stopped because no destination could be had.</summary>
internal readonly record struct MigrateResult(int Succeeded, int Failed, bool NoMemory);
