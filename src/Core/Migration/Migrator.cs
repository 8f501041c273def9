using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Migration;

/// <summary>migrate_pages: chunks, batches, passes, modes; section 5 of the reference.</summary>
/// <remarks>
/// Folios of one frame move. Large ones are counted as failed and stay. All lists are rows of the calling task in the arena, so that a call
/// allocates nothing, whatever its length; a task runs one call at a time.
/// </remarks>
internal sealed class Migrator
{
    private const int RowsPerTask = 4;
    private const int ChunkRow = 0;
    private const int SingleRow = 1;
    private const int RetriedRow = 2;
    private const int FailedRow = 3;

    // SWAP_CLUSTER_MAX: folios that one holding of the lru lock takes off.
    private const int IsolatedTogether = 32;

    private readonly EngineBase _engine;
    private readonly FrameTable _frames;
    private readonly LruBatches _batches;
    private readonly LruIsolation _isolation;
    private readonly MovableOps _movable;
    private readonly FolioLinks _links;
    private readonly MigrationBatch _batch;
    private readonly FolioLists _rows;

    public Migrator(EngineBase engine, FolioLinks links, FolioLock locks, Folios folios, LruBatches batches, LruIsolation isolation,
        LruDrain drain, Rmap rmap, AnonVmas anonVmas, PageCaches caches, Tlb tlb, MovableOps movable, FrameContents contents, FrameAllocator allocator)
    {
        _engine = engine;
        _frames = engine.Frames;
        _batches = batches;
        _isolation = isolation;
        _movable = movable;
        _links = links;
        MigrationUndo undo = new(engine, locks, folios, isolation, rmap, anonVmas);
        UnmapPhase unmap = new(engine, locks, rmap, anonVmas, movable, undo);
        FolioMigration migration = new(engine, caches, contents);
        MovePhase move = new(engine, migration, locks, folios, batches, drain, rmap, anonVmas, movable, undo);
        _batch = new MigrationBatch(engine, links, unmap, move, undo, movable, tlb, rmap);
        _rows = new FolioLists(engine, links, "migration_lists", engine.Cpus.Tasks * RowsPerTask);
        Anywhere = new AllocatorTarget(engine.Frames, allocator, folios);
    }

    /// <summary>Destinations wherever the allocator has a free frame.</summary>
    public IMigrationTarget Anywhere { get; }

    /// <summary>Migrates what is on the list; what was not is left on it, for <see cref="Putback"/>.</summary>
    /// <remarks>
    /// Folios are isolated, by <see cref="TryIsolate"/> for instance. Async never waits. The other modes wait for the lock of one folio while
    /// they hold none, and while they hold one only for who works under it. Reasons are counted for each attempt, frames once for a call.
    /// </remarks>
    public MigrateResult MigratePages(TaskId task, FolioList from, IMigrationTarget target, MigrateMode mode, MigrateReason reason)
    {
        MigrationCall call = new(task, target, mode, reason);
        MigrationTally tally = default;
        FolioList chunk = RowOf(task, ChunkRow);
        FolioList failed = RowOf(task, FailedRow);
        bool memory = true;
        while (memory && !from.IsEmpty)
        {
            CutChunk(from, chunk);
            memory = mode == MigrateMode.Async
                ? _batch.TryMigrate(call, chunk, failed, _engine.Policy.AsyncPasses, ref tally)
                : TryMigrateSync(call, chunk, failed, ref tally);
            failed.SpliceTail(chunk);
        }
        from.SpliceTail(failed);
        if (tally.Succeeded != 0) { _engine.Events.Count(task, EventCounter.PgMigrateSuccess, tally.Succeeded); }
        if (tally.FailedFrames != 0) { _engine.Events.Count(task, EventCounter.PgMigrateFail, tally.FailedFrames); }
        return new MigrateResult(tally.Succeeded, tally.Failed, !memory);
    }

    /// <summary>putback_movable_pages: everything on the list goes back where it was. Blocking on the locks of movable-ops pages.</summary>
    public void Putback(TaskId task, FolioList list)
    {
        while (!list.IsEmpty)
        {
            Pfn folio = list.PopFirst();
            if (_movable.IsMovableOps(folio)) { _movable.Putback(task, folio); }
            else if (Plant.Is(PlantedBug.PutbackLeaksIsolation)) { _batches.Add(task, folio); }
            else { _isolation.Putback(task, folio); }
        }
    }

    /// <summary>Isolates a page, LRU or movable-ops, onto the list. False: nothing was taken. Never waits.</summary>
    /// <remarks>The caller has no reference: the page may be anything, and be something else by the time it is looked at.</remarks>
    public bool TryIsolate(TaskId task, Pfn page, FolioList list)
    {
        if (!TryIsolateAny(task, page)) { return false; }
        list.AddTail(page);
        return true;
    }

    /// <summary>As <see cref="TryIsolate"/> for each of some pages, faster. Returns how many were isolated.</summary>
    public int Isolate(TaskId task, ReadOnlySpan<Pfn> pages, FolioList list)
    {
        int before = list.Count;
        Span<Pfn> chunk = stackalloc Pfn[IsolatedTogether];
        IsolationLookahead lookahead = new(_frames, _links, pages);
        int count = 0;
        foreach (Pfn page in pages)
        {
            lookahead.Step();
            if (!_frames.Flags(page).Has(PageFlags.Lru))
            {
                if (_movable.TryIsolate(task, page)) { list.AddTail(page); }
                continue;
            }
            chunk[count++] = page;
            if (count < chunk.Length) { continue; }
            IsolateChunk(task, chunk, list);
            count = 0;
        }
        if (count != 0) { IsolateChunk(task, chunk[..count], list); }
        return list.Count - before;
    }

    private void IsolateChunk(TaskId task, Span<Pfn> chunk, FolioList list)
    {
        foreach (Pfn page in chunk[.._isolation.IsolateSpeculatively(task, chunk)])
        {
            if (!PutbackLarge(task, page)) { list.AddTail(page); }
        }
    }

    private bool TryIsolateAny(TaskId task, Pfn page)
    {
        if (_frames.Prefetch(page)) { _links.PrefetchNeighbours(page); }
        if (!_frames.Flags(page).Has(PageFlags.Lru)) { return _movable.TryIsolate(task, page); }
        if (!_isolation.TryIsolateSpeculatively(task, page)) { return false; }
        return !PutbackLarge(task, page);
    }

    private bool PutbackLarge(TaskId task, Pfn page)
    {
        if (_frames.OrderOf(page) == 0) { return false; }
        _engine.Events.Count(task, EventCounter.MigrateLargeSkipped);
        _isolation.Putback(task, page);
        return true;
    }

    // First all of them without waiting; then those that are left one by one, so that a wait for a lock holds no other folio's.
    private bool TryMigrateSync(in MigrationCall call, FolioList chunk, FolioList failed, ref MigrationTally tally)
    {
        FolioList retried = RowOf(call.Task, RetriedRow);
        FolioList single = RowOf(call.Task, SingleRow);
        MigrationTally first = default;
        bool memory = _batch.TryMigrate(call with { Mode = MigrateMode.Async }, chunk, retried, _engine.Policy.SyncAsyncPasses, ref first);
        tally.Succeeded += first.Succeeded;
        if (!memory)
        {
            tally.Failed += first.Failed;
            tally.FailedFrames += first.FailedFrames;
            failed.SpliceTail(retried);
            return false;
        }
        chunk.SpliceTail(retried);
        while (memory && !chunk.IsEmpty)
        {
            single.AddTail(chunk.PopFirst());
            memory = _batch.TryMigrate(call, single, failed, _engine.Policy.SyncPasses, ref tally);
            failed.SpliceTail(single);
        }
        return memory;
    }

    // As much as one page directory entry spans, at least one folio.
    private void CutChunk(FolioList from, FolioList chunk)
    {
        // Large folios do not move: a chunk with some is no more work.
        if (from.Count <= _engine.Policy.ChunkFrames)
        {
            chunk.SpliceTail(from);
            return;
        }
        int frames = 0;
        while (frames < _engine.Policy.ChunkFrames && !from.IsEmpty)
        {
            Pfn folio = from.PopFirst();
            chunk.AddTail(folio);
            frames += 1 << _frames.OrderOf(folio);
        }
    }

    private FolioList RowOf(TaskId task, int row) => _rows[(task.Value * RowsPerTask) + row];
}
