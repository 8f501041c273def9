using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Migration;

/// <summary>How a folio leaves a migration: undone on either side, or done.</summary>
internal sealed class MigrationUndo(EngineBase engine, FolioLock locks, Folios folios, LruIsolation isolation, Rmap rmap, AnonVmas anonVmas)
{
    /// <summary>migrate_folio_undo_src: entries name the source again, its anon_vma and lock are given back. It stays isolated.</summary>
    public void Source(TaskId task, Pfn source, MigrationRecord record, bool locked)
    {
        if (record.WasMapped)
        {
            if (engine.Policy.MarkUnstable) { engine.Frames.Flags(source).Clear(PageFlags.Arch1); }
            rmap.RemoveMigrationEntries(task, source, source);
            engine.Events.Count(task, EventCounter.MigrateRolledBack);
        }
        if (record.AnonVma != 0) { anonVmas.Put(task, record.AnonVma); }
        if (locked) { locks.Unlock(task, source); }
    }

    /// <summary>migrate_folio_undo_dst.</summary>
    public void Destination(in MigrationCall call, Pfn target, bool locked)
    {
        if (locked) { locks.Unlock(call.Task, target); }
        engine.Ledger.Drop(call.Task, target, RefHolder.Task);
        call.Target.Free(call.Task, target);
    }

    /// <summary>migrate_folio_done: the source is not isolated any more, and its last reference is dropped unless a handler of broken memory wants it.</summary>
    /// <param name="call">Whose.</param>
    /// <param name="source">Unlocked.</param>
    /// <param name="counted">It came from the LRU: nr_isolated has it.</param>
    public void Done(in MigrationCall call, Pfn source, bool counted)
    {
        if (counted) { isolation.CountOff(call.Task, source); }
        if (call.Reason == MigrateReason.MemoryFailure) { return; }
        engine.Ledger.Drop(call.Task, source, RefHolder.Isolation);
        folios.Put(call.Task, source);
    }
}
