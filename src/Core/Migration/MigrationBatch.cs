using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Migration;

/// <summary>migrate_pages_batch: unmap many, flush once, move many. Sections 5.4 and 5.5 of the reference.</summary>
/// <remarks>
/// Its lists are rows of the task in the arena, over the same links that the caller's list uses: nothing is allocated for a call. A source
/// and its destination have the same position on their lists, in every pass.
/// </remarks>
internal sealed class MigrationBatch(EngineBase engine, FolioLinks links, UnmapPhase unmap, MovePhase move, MigrationUndo undo, MovableOps movable, Tlb tlb, Rmap rmap)
{
    private const int RowsPerTask = 2;
    private const int UnmappedRow = 0;
    private const int TargetsRow = 1;

    // Contents that a cache of the second level holds.
    private const int CopiedTogether = 16;

    private readonly FrameTable _frames = engine.Frames;
    private readonly FolioLists _rows = new(engine, links, "migration_batch", engine.Cpus.Tasks * RowsPerTask);
    private readonly ReleasedShortcut _shortcut = engine.Policy.Shortcut;
    private readonly bool _rollBack = engine.Policy.MoveRetry == MoveRetry.RollBack;

    /// <summary>Tries each folio of the list up to <paramref name="passes"/> times. False: it stopped for want of a destination; the rest is untried.</summary>
    /// <param name="call">In a blocking mode for lists of one folio only: a wait for a lock must not hold other folios' locks.</param>
    /// <param name="from">What may be tried again stays on it.</param>
    /// <param name="failed">Gets what failed for good in this call.</param>
    /// <param name="passes">Of the unmap phase, and again of the move phase.</param>
    /// <param name="tally">Gets the counts.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public bool TryMigrate(in MigrationCall call, FolioList from, FolioList failed, int passes, ref MigrationTally tally)
    {
        Bug.If(call.Mode != MigrateMode.Async && from.Count > 1, ViolationKind.Unexpected, "batch of several folios that may sleep");
        bool memory = true;
        int again = from.Count;
        for (int pass = 0; pass < passes && again > 0 && memory; pass++)
        {
            again = 0;
            memory = UnmapPass(call, from, failed, ref again, ref tally);
            if (_rollBack) { again += MovePasses(call, from, failed, 1, ref tally); }
        }
        tally.Failed += again;
        tally.FailedFrames += again;
        int left = MovePasses(call, failed, failed, passes, ref tally);
        tally.Failed += left;
        tally.FailedFrames += left;
        return memory;
    }

    // Only folios of one frame are tried again, so their number is that of their frames.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool UnmapPass(in MigrationCall call, FolioList from, FolioList failed, ref int again, ref MigrationTally tally)
    {
        FolioList unmapped = UnmappedOf(call.Task);
        FolioList targets = TargetsOf(call.Task);
        Lookahead lookahead = new(_frames, rmap, from);
        for (int left = from.Count; left > 0; left--)
        {
            lookahead.Step();
            Pfn source = from.PopFirst();
            if (IsLarge(source))
            {
                engine.Events.Count(call.Task, EventCounter.MigrateLargeSkipped);
                failed.AddTail(source);
                tally.Fail(1 << _frames.OrderOf(source));
                continue;
            }
            if (TryFinishReleased(call, source))
            {
                tally.Succeeded++;
                continue;
            }
            switch (unmap.TryUnmap(call, source, out Pfn target))
            {
                case MigrateOutcome.Done:
                    unmapped.AddTail(source);
                    targets.AddTail(target);
                    break;
                case MigrateOutcome.Again:
                    from.AddTail(source);
                    again++;
                    break;
                case MigrateOutcome.NoMemory:
                    from.AddHead(source);
                    tally.Fail(1);
                    return false;
                default:
                    failed.AddTail(source);
                    tally.Fail(1);
                    break;
            }
        }
        return true;
    }

    // What remains after the last pass is undone and goes to the list "left"; its number is returned.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int MovePasses(in MigrationCall call, FolioList left, FolioList failed, int passes, ref MigrationTally tally)
    {
        FolioList unmapped = UnmappedOf(call.Task);
        FolioList targets = TargetsOf(call.Task);

        // Before the first copy: after it nobody writes to a source through a translation from before.
        if (!Plant.Is(PlantedBug.BatchedFlushAfterCopy)) { tlb.FlushDeferred(call.Task); }
        for (int pass = 0; pass < passes && !unmapped.IsEmpty; pass++) { MovePass(call, failed, ref tally); }
        if (Plant.Is(PlantedBug.BatchedFlushAfterCopy)) { tlb.FlushDeferred(call.Task); }
        int remain = unmapped.Count;
        while (!unmapped.IsEmpty)
        {
            Pfn source = unmapped.PopFirst();
            move.GiveUp(call, source, targets.PopFirst());
            left.AddTail(source);
        }
        return remain;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MovePass(in MigrationCall call, FolioList failed, ref MigrationTally tally)
    {
        FolioList unmapped = UnmappedOf(call.Task);
        FolioList targets = TargetsOf(call.Task);

        // The copies of a long chunk drive out what the unmap phase had looked at.
        bool isLong = Lookahead.IsWorthwhile(_frames, unmapped);
        uint copied = 0;
        int together = 0;
        for (int count = unmapped.Count; count > 0; count--, together--, copied >>= 1)
        {
            if (together == 0)
            {
                together = Math.Min(count, CopiedTogether);
                copied = CopyAhead(unmapped, targets, together);
            }
            Pfn source = unmapped.PopFirst();
            Pfn target = targets.PopFirst();
            if (isLong)
            {
                _frames.Prefetch(unmapped.First);
                _frames.Prefetch(targets.First);
            }
            switch (move.TryMove(call, source, target, (copied & 1) != 0))
            {
                case MigrateOutcome.Done:
                    tally.Succeeded++;
                    break;
                case MigrateOutcome.Again:
                    unmapped.AddTail(source);
                    targets.AddTail(target);
                    break;
                default:
                    failed.AddTail(source);
                    tally.Fail(1);
                    break;
            }
        }
    }

    // One copy after the other: the reads of the next one are under way while this one's stores are. A bit for each that was copied.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private uint CopyAhead(FolioList unmapped, FolioList targets, int count)
    {
        uint copied = 0;
        Pfn source = unmapped.First, target = targets.First;
        for (int i = 0; i < count; i++)
        {
            if (move.TryCopyAhead(source, target)) { copied |= 1u << i; }
            source = unmapped.NextOf(source);
            target = targets.NextOf(target);
        }
        return copied;
    }

    // The owner has let go of the folio since it was isolated: nothing to move. Section 7.1: an optimisation, not needed to be correct.
    private bool TryFinishReleased(in MigrationCall call, Pfn source)
    {
        if (_shortcut == ReleasedShortcut.None) { return false; }
        bool movableOps = movable.IsMovableOps(source);
        if (movableOps && _shortcut is ReleasedShortcut.LruOnly) { return false; }

        // Somebody may refer to it right after this: then his put frees it, and he finds the flags cleared.
        bool released = _frames.Ref(source).CountUnsafe == 1;
        if (!released && _shortcut != ReleasedShortcut.PutsAnyway)
        {
            bool owned = movableOps || _shortcut != ReleasedShortcut.CountProvesOwner || _frames.Map(source).Count != 0 || !MappingWord.IsAnon(_frames.Mapping(source).Raw);
            Bug.If(!owned, ViolationKind.SpuriousAttempt, "who referred to a dead folio for a moment was taken for its owner", source.Value);
            return false;
        }
        if (released && _shortcut != ReleasedShortcut.KeepsFlags) { ClearReleased(call.Task, source, movableOps); }
        engine.Events.Count(call.Task, EventCounter.MigrateReleased);
        undo.Done(call, source, counted: !movableOps);
        return true;
    }

    private void ClearReleased(TaskId task, Pfn source, bool movableOps)
    {
        _frames.Flags(source).Clear(PageFlags.Active | PageFlags.Unevictable);
        if (_shortcut == ReleasedShortcut.ClearsIsolated) { _frames.Flags(source).Clear(MovableOps.Isolated); }
        else if (movableOps && _shortcut == ReleasedShortcut.UnderLock) { movable.ForgetIsolated(task, source); }
    }

    private bool IsLarge(Pfn folio) => _frames.OrderOf(folio) != 0;

    private FolioList UnmappedOf(TaskId task) => _rows[(task.Value * RowsPerTask) + UnmappedRow];

    private FolioList TargetsOf(TaskId task) => _rows[(task.Value * RowsPerTask) + TargetsRow];
}
