using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Mapping;

/// <summary>Waits for a migration entry to go away, as the policy says. One place for section 7.</summary>
internal sealed class MigrationEntryWait(EngineBase engine, PageTables tables, FolioLock locks, Folios folios)
{
    /// <summary>The caller holds <paramref name="tableLock"/> over the entry and nothing else; it is given back here. After return the fault starts anew.</summary>
    public void Wait(TaskId task, PteSlot slot, Pte entry, WordLock tableLock) => throw new InvalidOperationException("stub");
}
