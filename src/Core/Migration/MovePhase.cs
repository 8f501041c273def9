using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Migration;

/// <summary>migrate_folio_move: contents, place and flags go to the destination, entries follow, both locks are given back. Section 5.5 of the reference.</summary>
internal sealed class MovePhase(EngineBase engine, FolioMigration migration, FolioLock locks, Folios folios, LruBatches batches, LruDrain drain,
    Rmap rmap, AnonVmas anonVmas, MovableOps movable, MigrationUndo undo)
{
    private readonly FrameTable _frames = engine.Frames;
    private readonly bool _entriesFirst = engine.Policy.EntriesFirst;

    /// <summary>Copies the contents of a pair whose <see cref="TryMove"/> follows. False: not done yet.</summary>
    public bool TryCopyAhead(Pfn source, Pfn target) => !movable.IsMovableOps(source) && migration.TryCopyAhead(source, target);

    /// <summary>
    /// The pair comes from the unmap phase and is on no list. Done: the source is finished. Again: both are as they came, locks and entries stay.
    /// Busy: both are undone and the source is still isolated.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public MigrateOutcome TryMove(in MigrationCall call, Pfn source, Pfn target, bool copied)
    {
        MigrationRecord record = MigrationRecord.Of(_frames.PrivateLocked(target));
        _frames.SetPrivateLocked(target, 0);
        bool movableOps = movable.IsMovableOps(source);
        MigrateOutcome outcome = movableOps ? MoveByDriver(call.Task, source, target) : MoveFolio(call, source, target, copied);
        switch (outcome)
        {
            case MigrateOutcome.Done:
                if (record.WasMapped && engine.Policy.MarkUnstable) { _frames.Flags(source).Clear(PageFlags.Arch1); }
                Finish(call, source, target, record, onLru: !movableOps);
                break;
            case MigrateOutcome.Again:
                engine.Events.Count(call.Task, EventCounter.MigratePassesWasted);
                _frames.SetPrivateLocked(target, record.Word);
                break;
            default:
                undo.Source(call.Task, source, record, locked: true);
                undo.Destination(call, target, locked: true);
                break;
        }
        return outcome;
    }

    /// <summary>A pair that could not be moved in any pass: as before the unmap phase, still isolated.</summary>
    public void GiveUp(in MigrationCall call, Pfn source, Pfn target)
    {
        MigrationRecord record = MigrationRecord.Of(_frames.PrivateLocked(target));
        _frames.SetPrivateLocked(target, 0);
        undo.Source(call.Task, source, record, locked: true);
        undo.Destination(call, target, locked: true);
    }

    private MigrateOutcome MoveByDriver(TaskId task, Pfn source, Pfn target)
    {
        if (movable.Migrate(task, target, source))
        {
            engine.Events.Count(task, EventCounter.MigrateMovableOps);
            return MigrateOutcome.Done;
        }
        engine.Events.Count(task, EventCounter.MigrateDriverBusy);
        return MigrateOutcome.Again;
    }

    private MigrateOutcome MoveFolio(in MigrationCall call, Pfn source, Pfn target, bool copied)
    {
        if (Atomic.Fails(FaultPoint.MigrationAborted))
        {
            engine.Events.Count(call.Task, EventCounter.MigrateAborted);
            return MigrateOutcome.Busy;
        }
        return migration.Move(call.Task, source, target, call.Mode, copied);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Finish(in MigrationCall call, Pfn source, Pfn target, MigrationRecord record, bool onLru)
    {
        TaskId task = call.Task;
        bool entriesFirst = _entriesFirst && !Plant.Is(PlantedBug.EntriesRemovedAfterUnlock);

        // VMAs do not say that they are locked, so what would be rebuilt with the mappings goes along; the source must not be freed with it.
        if (record.WasMlocked && onLru)
        {
            _frames.Flags(target).Set(PageFlags.Mlocked);
            _frames.Flags(source).Clear(PageFlags.Mlocked);
        }

        // An mlocked folio must be on its list when its mappings are made. Any other gets there last, with the reference of the allocation.
        bool listLast = onLru && entriesFirst && !record.WasMlocked;
        if (onLru && !listLast) { batches.Add(task, target); }
        if (record.WasMlocked) { drain.DrainLocal(task); }

        // While an entry names the source, its lock is held and a reference keeps it: that is why a waiter may queue without one.
        if (record.WasMapped && entriesFirst) { rmap.RemoveMigrationEntries(task, source, target); }
        if (entriesFirst) { UnlockTarget(task, target, listLast); }
        if (record.AnonVma != 0 && entriesFirst) { anonVmas.Put(task, record.AnonVma); }
        locks.Unlock(task, source);
        undo.Done(call, source, counted: onLru);
        if (entriesFirst) { return; }
        if (record.WasMapped) { rmap.RemoveMigrationEntries(task, source, target); }
        UnlockTarget(task, target, listLast);
        if (record.AnonVma != 0) { anonVmas.Put(task, record.AnonVma); }
    }

    // The reference of the allocation goes, or becomes the batch's; whoever uses the folio now has references of his own.
    private void UnlockTarget(TaskId task, Pfn target, bool list)
    {
        locks.Unlock(task, target);
        engine.Ledger.Drop(task, target, RefHolder.Task);
        if (list) { batches.AddOwned(task, target); }
        else { folios.Put(task, target); }
    }
}
