using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <content>States of the LRU, of mappings, migration and compaction.</content>
internal sealed partial class SometimesList
{
    private void AddEngine(IReadOnlyList<string> workloads, bool several, ChaosLevel chaos)
    {
        bool pins = workloads.Contains(WorkloadList.PinVsMigrate);
        bool shares = workloads.Contains(WorkloadList.MigrateSharedAnon);
        bool caches = workloads.Contains(WorkloadList.MigratePageCache);
        bool compacts = workloads.Contains(WorkloadList.Compact);
        bool isPrivate = workloads.Contains(WorkloadList.MigratePrivateAnon);
        if (workloads.Contains(WorkloadList.LruStorm)) { AddLru(several); }
        if (isPrivate || shares || caches || pins) { AddMigration(several, chaos != ChaosLevel.Off, shares); }
        if (isPrivate || pins) { Add("page zapped", true, EventCounter.PageZapped); }
        if (shares) { AddFork(several); }
        if (caches) { AddCaches(several); }
        if (pins) { AddPins(); }
        if (compacts) { AddCompaction(); }

        // With all of them at once some things are sure that each alone need not show.
        if (pins && several) { Add("migration waited for by a fault", true, EventCounter.MigrationEntryWaited); }
        if (compacts && workloads.Contains(WorkloadList.AllocStorm)) { Add("migration failed: no memory", true, EventCounter.MigrateNoMemory); }
    }

    private void AddLru(bool several)
    {
        Add("folio listed", true, EventCounter.LruAdded);
        Add("folio activated", true, EventCounter.LruActivated);
        Add("folio deactivated", true, EventCounter.LruDeactivated);
        Add("folio rotated", true, EventCounter.LruRotated);
        Add("folio isolated", true, EventCounter.LruIsolated);
        Add("isolation refused", true, EventCounter.LruIsolateFailed);
        Add("request lost on an isolated folio", true, EventCounter.LruRequestLost);
        Add("folio put back", true, EventCounter.LruPutback);
        Add("unevictable folio culled", true, EventCounter.UnevictableCulled);
        Add("unevictable folio rescued", true, EventCounter.UnevictableRescued);
        Add("all batches drained", true, EventCounter.LruDrainAll);
        Add("drain served by a task of the cpu", several, EventCounter.LruDrainServed);
        Add("drain done for a cpu that did not serve it", several, EventCounter.LruDrainStolen);
        Add("drain shared with another caller", false, EventCounter.LruDrainAllShared);
        Add("batches disabled", true, EventCounter.LruCacheDisabled);
        Add("folio of the last holder released by migration", true, EventCounter.MigrateReleased);
    }

    private void AddMigration(bool several, bool chaotic, bool copies)
    {
        Add("migration succeeded", true, EventCounter.PgMigrateSuccess);
        Add("page touched first", true, EventCounter.PgFault);
        Add("translations flushed in a batch", true, EventCounter.TlbBatchFlush);
        Add("translation flushed alone", copies, EventCounter.TlbPageFlush);
        Add("fault started anew", false, EventCounter.FaultRetried);
        Add("migration failed: lock busy", several && chaotic, EventCounter.MigrateLockBusy);
        Add("migration failed: target busy", chaotic, EventCounter.MigrateTargetBusy);
        Add("migration failed: still mapped", false, EventCounter.MigrateStillMapped);
        Add("migration failed: freeze refused", chaotic, EventCounter.MigrateFreezeFailed);
        Add("migration failed: dirty", false, EventCounter.MigrateDirty);
        Add("migration failed: private data busy", false, EventCounter.MigratePrivateBusy);
        Add("migration aborted", chaotic, EventCounter.MigrateAborted);
        Add("migration rolled back", chaotic, EventCounter.MigrateRolledBack);
        Add("isolation of a large folio undone", false, EventCounter.MigrateLargeSkipped);
    }

    private void AddFork(bool several)
    {
        Add("copied on write", true, EventCounter.CowCopied);
        Add("last sharer wrote without a copy", true, EventCounter.CowReused);
        Add("fork met a migration entry", false, EventCounter.MigrationEntryForked);
        Add("zap met a migration entry", false, EventCounter.MigrationEntryZapped);
        Add("migration entry waited for", several, EventCounter.MigrationEntryWaited);
    }

    private void AddCaches(bool several)
    {
        Add("page found in a cache", true, EventCounter.CacheHit);
        Add("page read into a cache", true, EventCounter.CacheMiss);
        Add("lookup in a cache started anew", false, EventCounter.CacheLookupRetried);
        Add("page evicted from a cache", true, EventCounter.CacheRemoved);
        Add("fault read a page of a file", several, EventCounter.PgMajFault);
    }

    private void AddPins()
    {
        Add("page pinned without a lock", true, EventCounter.PinFast);
        Add("page pinned by a fault", false, EventCounter.PinSlow);
        Add("pin refused a migration", true, EventCounter.MigratePinned);
    }

    private void AddCompaction()
    {
        Add("compaction isolated pages", true, EventCounter.CompactIsolated);
        Add("compaction made a free block", false, Sighting.CompactionMadeBlock);
        Add("large folio left by compaction", false, EventCounter.CompactSkippedLarge);
        Add("balloon grew", true, EventCounter.BalloonInflate);
        Add("balloon shrank", true, EventCounter.BalloonDeflate);
        Add("page of the balloon moved", false, EventCounter.BalloonMigrate);
        Add("driver refused", false, EventCounter.MigrateDriverBusy);
    }
}
