using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Migration;

/// <summary>migrate_folio_unmap: a destination, both locks, and a migration entry in the place of each mapping. Section 5.4 of the reference.</summary>
internal sealed class UnmapPhase(EngineBase engine, FolioLock locks, Rmap rmap, AnonVmas anonVmas, MovableOps movable, MigrationUndo undo)
{
    private readonly FrameTable _frames = engine.Frames;
    private readonly bool _batchedFlush = engine.Policy.Flush == MigrationFlush.Batched;

    /// <summary>
    /// Done: both are locked, nobody maps the source, the destination carries the record. Anything else: the source is as it was, isolated and
    /// unlocked. Blocking on the source's lock only if the mode is synchronous; flushes of an asynchronous call are deferred.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public MigrateOutcome TryUnmap(in MigrationCall call, Pfn source, out Pfn target)
    {
        TaskId task = call.Task;
        target = call.Target.Allocate(task, source);
        if (target.IsNone)
        {
            engine.Events.Count(task, EventCounter.MigrateNoMemory);
            return MigrateOutcome.NoMemory;
        }
        engine.Ledger.Take(task, target, RefHolder.Task);
        if (!TryLockSource(call, source))
        {
            engine.Events.Count(task, EventCounter.MigrateLockBusy);
            undo.Destination(call, target, locked: false);
            return MigrateOutcome.Again;
        }
        PageFlags flags = _frames.Flags(source).Read();
        if ((flags & PageFlags.Writeback) != 0)
        {
            // Nobody here ends a writeback, so a synchronous call does not wait for it either.
            engine.Events.Count(task, EventCounter.MigrateWriteback);
            return GiveUp(call, source, target, default, targetLocked: false, MigrateOutcome.Busy);
        }
        return UnmapLocked(call, source, target, flags);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private MigrateOutcome UnmapLocked(in MigrationCall call, Pfn source, Pfn target, PageFlags flags)
    {
        TaskId task = call.Task;
        long mapping = _frames.Mapping(source).Raw;
        bool movableOps = movable.IsMovableOps(source);

        // It keeps the anon_vma while nothing maps the folio: the walk that restores entries begins there. 0: not mapped any more.
        int anonVma = !movableOps && MappingWord.TagOf(mapping) == MappingTag.Anon ? anonVmas.TryGet(task, source) : 0;
        MigrationRecord record = new(anonVma, WasMapped: false, (flags & PageFlags.Mlocked) != 0);
        if (Atomic.Fails(FaultPoint.FolioTryLockRefused) || !locks.TryLock(task, target))
        {
            engine.Events.Count(task, EventCounter.MigrateTargetBusy);
            return GiveUp(call, source, target, record, targetLocked: false, MigrateOutcome.Again);
        }
        if (!movableOps)
        {
            if (mapping == 0 && (flags & PageFlags.Private) != 0)
            {
                engine.Events.Count(task, EventCounter.MigratePrivateBusy);
                return GiveUp(call, source, target, record, targetLocked: true, MigrateOutcome.Again);
            }
            if (mapping != 0 && rmap.IsMapped(source))
            {
                Bug.If(MappingWord.TagOf(mapping) == MappingTag.Anon && anonVma == 0, ViolationKind.Unexpected, "mapped anonymous folio without an anon_vma", source.Value);
                record = record with { WasMapped = true };
                if (engine.Policy.MarkUnstable) { _frames.Flags(source).Set(PageFlags.Arch1); }
                if (!rmap.TryToMigrate(task, source, anonVma, deferFlush: _batchedFlush && call.Mode == MigrateMode.Async))
                {
                    engine.Events.Count(task, EventCounter.MigrateStillMapped);
                    return GiveUp(call, source, target, record, targetLocked: true, MigrateOutcome.Again);
                }
            }
        }
        _frames.SetPrivateLocked(target, record.Word);
        return MigrateOutcome.Done;
    }

    private bool TryLockSource(in MigrationCall call, Pfn source)
    {
        if (!Atomic.Fails(FaultPoint.FolioTryLockRefused) && locks.TryLock(call.Task, source)) { return true; }
        if (call.Mode == MigrateMode.Async) { return false; }

        // Who reads a folio in holds its lock for the whole transfer: only a full synchronous call waits for that.
        if (call.Mode == MigrateMode.SyncLight && !_frames.Flags(source).Has(PageFlags.Uptodate)) { return false; }
        locks.Lock(call.Task, source);
        return true;
    }

    private MigrateOutcome GiveUp(in MigrationCall call, Pfn source, Pfn target, MigrationRecord record, bool targetLocked, MigrateOutcome outcome)
    {
        undo.Source(call.Task, source, record, locked: true);
        undo.Destination(call, target, targetLocked);
        return outcome;
    }
}
