using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Reclaim;

/// <summary>Memory compaction: a migrate scanner from below and a free scanner from above, over one zone. Section 8 of the reference.</summary>
/// <remarks>
/// First form. As in the reference: both scanners with their filters, modes, skip hints, deferral, suitability, drains. Not here: watermarks
/// (a machine has none), capture of a freed block by who compacts for it, the fast searches, and a rescan of a block in which a migration
/// failed. Several tasks may work on one zone, each on a block of its own; see <see cref="ZoneScans"/>. Nothing is left on the lists of a
/// task between rounds.
/// </remarks>
internal sealed class Compaction
{
    /// <summary>The request for a whole zone: no order ends it, hints are ignored.</summary>
    public const int WholeZone = -1;

    private const int ExtfragThreshold = 500;
    private const int RoundsPerBlock = 64;
    private const int OrderCostly = 3;

    private readonly EngineBase _engine;
    private readonly FrameAllocator _allocator;
    private readonly LruDrain _drain;
    private readonly Migrator _migrator;
    private readonly MigrateScanner _scanner;
    private readonly CompactionTarget _target;
    private readonly FolioLists _isolated;

    public Compaction(EngineBase engine, FolioLinks links, FrameAllocator allocator, LruDrain drain, MovableOps movable, Migrator migrator, int zones)
    {
        _engine = engine;
        _allocator = allocator;
        _drain = drain;
        _migrator = migrator;
        Zones = new ZoneScans(engine, allocator, zones);
        Deferral = new CompactionDeferral(engine, zones);
        _scanner = new MigrateScanner(engine, allocator, movable, migrator);
        _target = new CompactionTarget(engine, links, allocator, new FreeScanner(engine, allocator, Zones));
        _isolated = new FolioLists(engine, links, "compact_isolated", engine.Cpus.Tasks);
    }

    public ZoneScans Zones { get; }

    public CompactionDeferral Deferral { get; }

    /// <summary>One round over a zone for an order, or <see cref="WholeZone"/>: isolates and migrates up to a batch of one block.</summary>
    /// <remarks>
    /// Continue: the sweep goes on. Complete and PartialSkipped: the scanners met, and the next round begins anew. Success: the block that is
    /// finished now has a free one of the order. Contended: nothing to do at the moment. As blocking as a migration of the mode.
    /// </remarks>
    public CompactResult Step(TaskId task, int zone, int order, MigrateMode mode)
    {
        bool sync = mode != MigrateMode.Async;
        switch (Zones.TryClaim(zone, sync, ignoreHints: order < 0, out int block, out int passed))
        {
            case SourceClaim.Met: return End(zone, clearHints: false);
            case SourceClaim.Busy: return CompactResult.Contended;
            default: break;
        }
        FolioList list = _isolated[task.Value];
        int next = _scanner.Scan(task, block, passed, mode, list);
        bool isolated = !list.IsEmpty;
        bool exhausted = false;
        if (isolated)
        {
            _target.Begin(task, zone, list.Count);
            MigrateResult result = _migrator.MigratePages(task, list, _target, mode, MigrateReason.Compaction);
            if (!list.IsEmpty) { _migrator.Putback(task, list); }
            exhausted = _target.End(task);

            // What found no destination is looked at again, should there be another.
            if (result.NoMemory) { next = passed; }
        }
        bool emptied = Zones.Release(zone, block, sync, next, isolated);
        if (emptied) { DrainOwn(task); }
        if (order >= 0 && (emptied || exhausted) && _allocator.HasFree(block, order, MigrateType.Movable)) { return CompactResult.Success; }
        return exhausted ? End(zone, clearHints: false) : CompactResult.Continue;
    }

    /// <summary>Repeats <see cref="Step"/> until the scanners meet, or a free block of the order is there.</summary>
    /// <remarks>Requests for an order may be turned away before: see the results below Continue. A whole zone begins with a new sweep if it can.</remarks>
    public CompactResult Run(TaskId task, int zone, int order, MigrateMode mode)
    {
        if (order >= 0)
        {
            if (mode != MigrateMode.Sync && Deferral.IsDeferred(zone, order))
            {
                _engine.Events.Count(task, EventCounter.CompactDeferred);
                return CompactResult.Deferred;
            }
            CompactResult suitable = Suitability(zone, order);
            if (suitable != CompactResult.Continue) { return suitable; }
            _engine.Events.Count(task, EventCounter.CompactStall);
            if (Deferral.IsRestarting(zone, order)) { End(zone, clearHints: true); }
        }
        else
        {
            End(zone, clearHints: true);
        }
        _drain.DrainLocal(task);
        CompactResult result = Step(task, zone, order, mode);

        // Others may begin the sweep anew under this call: it goes once over the zone, however often that happens.
        long rounds = (long)(Zones.EndBlock(zone) - Zones.FirstBlock(zone)) * RoundsPerBlock;
        while (result == CompactResult.Continue && rounds-- > 0) { result = Step(task, zone, order, mode); }
        if (result == CompactResult.Continue) { result = CompactResult.PartialSkipped; }
        if (order < 0) { _allocator.DrainAll(task); }
        else { Judge(task, zone, order, mode, result); }
        return result;
    }

    /// <summary>How a zone's free frames are scattered with this order in view. Beside running tasks approximate; frames of the CPUs' lists are not seen.</summary>
    public ZoneFree Measure(int zone, int order)
    {
        Span<long> counts = stackalloc long[_allocator.MaxOrder + 1];
        counts.Clear();
        _allocator.CountFree(Zones.FirstBlock(zone), Zones.EndBlock(zone), counts);
        return ZoneFree.Of(counts, order);
    }

    /// <summary>Reports what rounds have left behind: claims, and frames or folios on private lists.</summary>
    public void AuditAtRest(Action<ViolationKind, string> report)
    {
        Zones.AuditAtRest(report);
        for (int task = 0; task < _engine.Cpus.Tasks; task++)
        {
            int left = _isolated[task].Count + _target.LeftAtRest(new TaskId(task));
            if (left != 0) { report(ViolationKind.StuckState, $"{left} frames are left on the compaction lists of task {task}"); }
        }
    }

    // Continue: there is reason to compact.
    private CompactResult Suitability(int zone, int order)
    {
        ZoneFree free = Measure(zone, order);
        if (free.Suitable > 0) { return CompactResult.Success; }
        if (free.Frames < 2L << order) { return CompactResult.Skipped; }
        if (order > OrderCostly && free.FragmentationIndex is >= 0 and <= ExtfragThreshold) { return CompactResult.NotSuitableZone; }
        return CompactResult.Continue;
    }

    private CompactResult End(int zone, bool clearHints)
    {
        Zones.TryRestart(zone, clearHints, out bool passedOver);
        return passedOver ? CompactResult.PartialSkipped : CompactResult.Complete;
    }

    private void Judge(TaskId task, int zone, int order, MigrateMode mode, CompactResult result)
    {
        if (result == CompactResult.Success)
        {
            _engine.Events.Count(task, EventCounter.CompactSuccess);
            Deferral.Succeeded(zone, order, allocated: false);
            return;
        }
        _engine.Events.Count(task, EventCounter.CompactFail);
        if (mode != MigrateMode.Async && result != CompactResult.Contended) { Deferral.Failed(zone, order); }
    }

    // What left the block waits in this CPU's batches and lists: only then is the block whole.
    private void DrainOwn(TaskId task)
    {
        _drain.DrainLocal(task);
        _allocator.DrainCpu(task, _engine.Cpus.CpuOf(task));
    }
}
