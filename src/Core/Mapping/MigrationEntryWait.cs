using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Mapping;

/// <summary>Waits for a migration entry to go away, as the policy says. One place for section 7.</summary>
internal sealed class MigrationEntryWait(EngineBase engine, PageTables tables, FolioLock locks, Folios folios)
{
    /// <summary>The caller holds <paramref name="tableLock"/> over the entry and nothing else; it is given back here. After return the fault starts anew.</summary>
    /// <remarks>
    /// An entry that is there under its table's lock proves that its source is locked and that the migrator has a reference: the migrator
    /// removes all entries before it gives either back. Blocking on the migrator, once; what was waited for may be back by then.
    /// </remarks>
    public void Wait(TaskId task, PteSlot slot, Pte entry, WordLock tableLock)
    {
        Pfn source = entry.Pfn;
        Bug.If(!entry.IsMigration || tables.Read(slot) != entry, ViolationKind.StaleEntry, "wait for an entry that is no migration entry", source.Value);
        Bug.If(!engine.Frames.Flags(source).Has(PageFlags.Locked), ViolationKind.EntryWithoutLock, "a migration entry names a folio that is not locked", source.Value);
        engine.Events.Count(task, EventCounter.MigrationEntryWaited);
        switch (engine.Policy.EntryWait)
        {
            case EntryWait.QueueUnderPageTableLock:
                locks.WaitWithoutReference(task, source, tableLock);
                break;
            case EntryWait.PutAndWait:
                if (TryGet(task, source, tableLock))
                {
                    engine.Ledger.Drop(task, source, RefHolder.Waiter);
                    locks.PutAndWait(task, source, folios);
                }
                break;
            case EntryWait.HoldReference:
                WaitWithReference(task, source, tableLock);
                break;
            case EntryWait.LockWithoutReference:
                tableLock.Unlock(task);
                locks.Lock(task, source);
                locks.Unlock(task, source);
                break;
            case EntryWait.WaitWithoutReference:
                tableLock.Unlock(task);
                locks.WaitUnlocked(task, source);
                break;
            case EntryWait.SpinOnMark:
                SpinOnMark(task, source, tableLock);
                break;
            case EntryWait.FaultWhileMarked:
                if (engine.Frames.Flags(source).Has(PageFlags.Arch1)) { tableLock.Unlock(task); }
                else { WaitWithReference(task, source, tableLock); }
                break;
            case EntryWait.EntryQueue:
                tables.WaitForEntry(task, slot, tableLock);
                break;
            default:
                tableLock.Unlock(task);
                break;
        }
    }

    private void WaitWithReference(TaskId task, Pfn source, WordLock tableLock)
    {
        if (!TryGet(task, source, tableLock)) { return; }
        locks.WaitUnlocked(task, source);
        engine.Ledger.Drop(task, source, RefHolder.Waiter);
        folios.Put(task, source);
    }

    // What the mark belongs to may be freed at any time: the mistake that the variant is about.
    private void SpinOnMark(TaskId task, Pfn source, WordLock tableLock)
    {
        FlagsWord flags = engine.Frames.Flags(source);
        if (!flags.Has(PageFlags.Arch1))
        {
            WaitWithReference(task, source, tableLock);
            return;
        }
        FolioHandle folio = engine.Frames.Handle(source);
        tableLock.Unlock(task);
        int spins = 0;
        while (flags.Has(PageFlags.Arch1))
        {
            engine.Frames.VerifyAlive(folio);
            Atomic.Retry(ref spins);
        }
    }

    // False: the folio is frozen at this moment. The table's lock is given back either way.
    private bool TryGet(TaskId task, Pfn source, WordLock tableLock)
    {
        bool got = engine.Frames.Ref(source).TryGet();
        if (got) { engine.Ledger.Take(task, source, RefHolder.Waiter); }
        tableLock.Unlock(task);
        return got;
    }
}
