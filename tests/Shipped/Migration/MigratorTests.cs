using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Tests.Migration;

/// <summary>Every way out of a call for folios that nobody maps. Section 5.4 and 5.5 of the reference, exit by exit.</summary>
public sealed class MigratorTests : IDisposable
{
    private static readonly TaskId s_me = MigrationRig.Me;

    private readonly MigrationRig _rig = new();

    [Theory]
    [InlineData(nameof(MigrateMode.Async))]
    [InlineData(nameof(MigrateMode.SyncLight))]
    [InlineData(nameof(MigrateMode.Sync))]
    public void AFilePageMovesWithItsSlotItsContentsAndItsDirtyFlag(string mode)
    {
        CacheId cache = _rig.Machine.Caches.Create(s_me);
        Pfn source = CachedFolio(cache, 3, PageFlags.Dirty | PageFlags.Active);

        Assert.Equal(new MigrateResult(1, 0, NoMemory: false), _rig.IsolateAndMigrate(Enum.Parse<MigrateMode>(mode), source));

        Pfn target = _rig.Machine.Caches.Find(s_me, cache, 3);
        Assert.NotEqual(source, target);
        Assert.Equal(0, _rig.RefsOf(source));
        _rig.Machine.Contents.Verify(target, new PageSignature(PageCaches.OwnerOf(cache), 0, 3));
        _rig.Machine.Drain.DrainLocal(s_me);
        Assert.Equal(PageFlags.Dirty | PageFlags.Active | PageFlags.Uptodate | PageFlags.Lru, _rig.FlagsOf(target));
        Assert.Equal(2, _rig.RefsOf(target)); // The cache's, and Find's.
        Assert.Equal(0, _rig.Machine.Frames.PrivateLocked(target));
        Assert.Equal(1, _rig.Sum(EventCounter.PgMigrateSuccess));
        _rig.AssertAtRest();
    }

    [Theory]
    [InlineData(nameof(MigrateMode.Async), 10)]
    [InlineData(nameof(MigrateMode.Sync), 3 + 7)]
    public void AnExtraReferenceMakesEveryPassFail(string mode, int passes)
    {
        CacheId cache = _rig.Machine.Caches.Create(s_me);
        Pfn source = CachedFolio(cache, 0, PageFlags.Active);
        _rig.Machine.Frames.Ref(source).Get();

        Assert.Equal(new MigrateResult(0, 1, NoMemory: false), _rig.IsolateAndMigrate(Enum.Parse<MigrateMode>(mode), source));

        Assert.Equal(passes, _rig.Sum(EventCounter.MigratePinned));
        Assert.Equal(passes, _rig.Sum(EventCounter.MigratePassesWasted));
        Assert.Equal(1, _rig.Sum(EventCounter.PgMigrateFail));
        _rig.Putback();
        Assert.Equal(source, _rig.Machine.Caches.Find(s_me, cache, 0));
        Assert.Equal(3, _rig.RefsOf(source));
        Assert.Equal(PageFlags.Active | PageFlags.Uptodate | PageFlags.Lru, _rig.FlagsOf(source));
        _rig.AssertAtRest();
    }

    [Fact]
    public void BeforeBatchesEachPassUnmapsAnew()
    {
        using MigrationRig rig = new(new MigrationPolicy { MoveRetry = MoveRetry.RollBack });
        Pfn source = rig.NewFolio();
        rig.Isolate(source);
        CountedTarget target = new(rig.Machine.Migrator.Anywhere, int.MaxValue);

        Assert.Equal(1, rig.Migrate(MigrateMode.Async, target).Failed);

        Assert.Equal(10, target.Allocated);
        Assert.Equal(10, target.Freed);
        Assert.Equal(10, rig.Sum(EventCounter.MigratePinned));
        Assert.Equal(1, rig.List(s_me).Count);
    }

    [Fact]
    public void SinceBatchesThePassesOfOneCallShareADestination()
    {
        Pfn source = _rig.NewFolio();
        _rig.Isolate(source);
        CountedTarget target = new(_rig.Machine.Migrator.Anywhere, int.MaxValue);

        Assert.Equal(1, _rig.Migrate(MigrateMode.Async, target).Failed);

        Assert.Equal(1, target.Allocated);
        Assert.Equal(1, target.Freed);
    }

    [Theory]
    [InlineData(nameof(ReleasedShortcut.LruOnly), 0)]
    [InlineData(nameof(ReleasedShortcut.All), 0)]
    [InlineData(nameof(ReleasedShortcut.PutsAnyway), 0)]
    [InlineData(nameof(ReleasedShortcut.None), 1)]
    public void AReleasedFolioIsFreedCleanWithOrWithoutADestination(string shortcut, int destinations)
    {
        using MigrationRig rig = new(new MigrationPolicy { Shortcut = Enum.Parse<ReleasedShortcut>(shortcut) });
        Pfn source = rig.NewFolio(PageFlags.Active | PageFlags.Swapbacked, MappingWord.Make(1, MappingTag.Anon));
        rig.Isolate(source);
        rig.Machine.Folios.Put(s_me, source);
        CountedTarget target = new(rig.Machine.Migrator.Anywhere, int.MaxValue);

        Assert.Equal(new MigrateResult(1, 0, NoMemory: false), rig.Migrate(MigrateMode.Async, target));

        Assert.Equal(destinations, target.Allocated);
        Assert.Equal(1 - destinations, rig.Sum(EventCounter.MigrateReleased));
        Assert.Equal(1, rig.Sum(EventCounter.PgMigrateSuccess));
        rig.AssertAllFree();
    }

    [Fact]
    public void TheShortcutThatKeepsFlagsIsReportedAtFree()
    {
        using MigrationRig rig = new(new MigrationPolicy { Shortcut = ReleasedShortcut.KeepsFlags });
        Pfn source = rig.NewFolio(PageFlags.Active);
        rig.Isolate(source);
        rig.Machine.Folios.Put(s_me, source);

        rig.Migrate(MigrateMode.Async);

        Assert.Equal(ViolationKind.FlagAtFree, Assert.Single(rig.Machine.Allocator.BadPages).Kind);
    }

    [Fact]
    public void ThePutAfterAFailedTestTakesAReferenceFromItsOwner()
    {
        using MigrationRig rig = new(new MigrationPolicy { Shortcut = ReleasedShortcut.PutsAnyway });
        Pfn source = rig.NewFolio(PageFlags.Active);
        rig.Isolate(source);

        rig.Migrate(MigrateMode.Async);
        rig.Machine.Folios.Put(s_me, source);

        Assert.Equal(ViolationKind.FlagAtFree, Assert.Single(rig.Machine.Allocator.BadPages).Kind);
    }

    [Theory]
    [InlineData(nameof(MigrateMode.Async))]
    [InlineData(nameof(MigrateMode.Sync))]
    public void WithoutMemoryWhatWasUnmappedStillMovesAndTheRestIsUntried(string mode)
    {
        CacheId cache = _rig.Machine.Caches.Create(s_me);
        Pfn[] sources = [.. Enumerable.Range(0, 5).Select(i => CachedFolio(cache, i))];
        _rig.Isolate(sources);

        MigrateResult result = _rig.Migrate(Enum.Parse<MigrateMode>(mode), new CountedTarget(_rig.Machine.Migrator.Anywhere, 2));

        Assert.Equal(new MigrateResult(2, 1, NoMemory: true), result);
        Assert.Equal(3, _rig.List(s_me).Count);
        Assert.Equal(1, _rig.Sum(EventCounter.MigrateNoMemory));
        Assert.Equal(1, _rig.Sum(EventCounter.PgMigrateFail));
        _rig.Putback();
        _rig.AssertAtRest();
    }

    [Fact]
    public void ALongListIsCutIntoChunksAndAllOfItMoves()
    {
        using MigrationRig rig = new(new MigrationPolicy { ChunkFrames = 2 });
        CacheId cache = rig.Machine.Caches.Create(s_me);
        Pfn[] sources = [.. Enumerable.Range(0, 7).Select(i => CachedFolio(cache, i, rig: rig))];

        Assert.Equal(new MigrateResult(7, 0, NoMemory: false), rig.IsolateAndMigrate(MigrateMode.SyncLight, sources));

        for (int i = 0; i < 7; i++) { rig.Machine.Contents.Verify(rig.Machine.Caches.Find(s_me, cache, i), new PageSignature(PageCaches.OwnerOf(cache), 0, i)); }
        rig.AssertAtRest();
    }

    [Fact]
    public void OneThatFailsDoesNotKeepItsNeighboursFromMoving()
    {
        CacheId cache = _rig.Machine.Caches.Create(s_me);
        Pfn[] sources = [.. Enumerable.Range(0, 5).Select(i => CachedFolio(cache, i))];
        _rig.Machine.Frames.Ref(sources[1]).Get();
        _rig.Machine.Frames.Ref(sources[3]).Get();

        Assert.Equal(new MigrateResult(3, 2, NoMemory: false), _rig.IsolateAndMigrate(MigrateMode.Sync, sources));

        Assert.Equal(sources[1], _rig.List(s_me).First);
        Assert.Equal(sources[3], _rig.List(s_me).NextOf(sources[1]));
        for (int i = 0; i < 5; i++) { _rig.Machine.Contents.Verify(_rig.Machine.Caches.Find(s_me, cache, i), new PageSignature(PageCaches.OwnerOf(cache), 0, i)); }
    }

    [Fact]
    public void AsyncDoesNotWaitForALockedFolio()
    {
        Pfn source = _rig.NewFolio();
        _rig.Isolate(source);
        _rig.Machine.Locks.Lock(s_me, source);

        Assert.Equal(1, _rig.Migrate(MigrateMode.Async).Failed);

        Assert.Equal(10, _rig.Sum(EventCounter.MigrateLockBusy));
        Assert.Equal(2, _rig.RefsOf(source));
    }

    [Fact]
    public void SyncLightDoesNotWaitForAFolioThatIsBeingReadIn()
    {
        Pfn source = _rig.NewFolio();
        _rig.Machine.Frames.Flags(source).Clear(PageFlags.Uptodate);
        _rig.Isolate(source);
        _rig.Machine.Locks.Lock(s_me, source);

        Assert.Equal(1, _rig.Migrate(MigrateMode.SyncLight).Failed);

        Assert.Equal(3 + 7, _rig.Sum(EventCounter.MigrateLockBusy));
    }

    [Theory]
    [InlineData(PageFlags.Writeback, nameof(EventCounter.MigrateWriteback), nameof(MigrateMode.Async), 1)]
    [InlineData(PageFlags.Writeback, nameof(EventCounter.MigrateWriteback), nameof(MigrateMode.Sync), 2)]
    [InlineData(PageFlags.Swapbacked | PageFlags.OwnerPriv1, nameof(EventCounter.MigrateUnsupported), nameof(MigrateMode.Async), 1)]
    [InlineData(PageFlags.Private | PageFlags.Dirty, nameof(EventCounter.MigrateDirty), nameof(MigrateMode.Async), 1)]
    [InlineData(PageFlags.Private, nameof(EventCounter.MigratePrivateBusy), nameof(MigrateMode.Async), 1)]
    [InlineData(PageFlags.Private, nameof(EventCounter.MigratePrivateBusy), nameof(MigrateMode.Sync), 1 + 7)]
    public void AFileFolioThatCannotGoNowFailsAndKeepsItsPlace(PageFlags flags, string reason, string mode, int attempts)
    {
        CacheId cache = _rig.Machine.Caches.Create(s_me);
        Pfn source = CachedFolio(cache, 0, flags);
        int references = _rig.RefsOf(source);

        Assert.Equal(new MigrateResult(0, 1, NoMemory: false), _rig.IsolateAndMigrate(Enum.Parse<MigrateMode>(mode), source));

        Assert.Equal(attempts, _rig.Sum(Enum.Parse<EventCounter>(reason)));
        Assert.Equal(1, _rig.Sum(EventCounter.PgMigrateFail));
        _rig.Putback();
        Assert.Equal(references, _rig.RefsOf(source));
        Assert.Equal(flags | PageFlags.Uptodate | PageFlags.Lru, _rig.FlagsOf(source));
        Assert.Equal(source, _rig.Machine.Caches.Find(s_me, cache, 0));
    }

    [Fact]
    public void AnOrphanWithPrivateDataIsTriedInEveryPass()
    {
        Pfn source = _rig.NewFolio(PageFlags.Private);
        _rig.Isolate(source);

        Assert.Equal(1, _rig.Migrate(MigrateMode.Async).Failed);

        Assert.Equal(10, _rig.Sum(EventCounter.MigratePrivateBusy));
    }

    [Fact]
    public void LargeFoliosAreRefused()
    {
        Pfn large = _rig.Machine.Allocator.AllocateFolio(s_me, 2, MigrateType.Movable);
        _rig.Machine.Frames.Flags(large).Set(PageFlags.Uptodate);
        _rig.Machine.Batches.Add(s_me, large);
        _rig.Machine.Drain.DrainLocal(s_me);

        Assert.False(_rig.Machine.Migrator.TryIsolate(s_me, large, _rig.List(s_me)));
        Assert.False(_rig.Machine.Migrator.TryIsolate(s_me, large + 1, _rig.List(s_me)));
        Assert.Equal(1, _rig.Sum(EventCounter.MigrateLargeSkipped));
        _rig.Machine.Drain.DrainLocal(s_me);
        Assert.True(_rig.Machine.Isolation.TryIsolate(s_me, large));
        _rig.List(s_me).AddTail(large);

        Assert.Equal(new MigrateResult(0, 1, NoMemory: false), _rig.Migrate(MigrateMode.Async));

        Assert.Equal(2, _rig.Sum(EventCounter.MigrateLargeSkipped));
        Assert.Equal(4, _rig.Sum(EventCounter.PgMigrateFail));
        _rig.Putback();
        _rig.AssertAtRest();
    }

    [Fact]
    public void BrokenMemoryLeavesTheLastReferenceToItsHandler()
    {
        CacheId cache = _rig.Machine.Caches.Create(s_me);
        Pfn source = CachedFolio(cache, 0);
        _rig.Isolate(source);

        Assert.Equal(1, _rig.Migrate(MigrateMode.Sync, reason: MigrateReason.MemoryFailure).Succeeded);

        Assert.Equal(1, _rig.RefsOf(source));
        Assert.Equal(0, _rig.Sum(EventCounter.NrIsolatedFile));
        _rig.Machine.Folios.Put(s_me, source);
        Assert.Empty(_rig.Machine.Allocator.BadPages);
    }

    [Fact]
    public void ATruncatedFolioThatSomebodyStillLooksAtStaysUntilHeIsDone()
    {
        Pfn source = _rig.NewFolio();

        Assert.Equal(1, _rig.IsolateAndMigrate(MigrateMode.Sync, source).Failed);

        _rig.Putback();
        Assert.Equal(1, _rig.RefsOf(source));
        _rig.Machine.Folios.Put(s_me, source);
        _rig.AssertAllFree();
    }

    [Fact]
    public void MigrationOfAnEmptyListIsNothing() => Assert.Equal(default, _rig.Migrate(MigrateMode.Sync));

    [Theory]
    [InlineData(nameof(CopyOrder.CopyThenFreeze))]
    [InlineData(nameof(CopyOrder.FreezeThenCopy))]
    public void EitherOrderOfCopyAndFreezeMoves(string order)
    {
        using MigrationRig rig = new(new MigrationPolicy { CopyOrder = Enum.Parse<CopyOrder>(order), MoveRetry = MoveRetry.RollBack, Flush = MigrationFlush.Immediate });
        CacheId cache = rig.Machine.Caches.Create(s_me);
        Pfn source = CachedFolio(cache, 9, rig: rig);

        Assert.Equal(1, rig.IsolateAndMigrate(MigrateMode.Async, source).Succeeded);

        rig.Machine.Contents.Verify(rig.Machine.Caches.Find(s_me, cache, 9), new PageSignature(PageCaches.OwnerOf(cache), 0, 9));
    }

    [Fact]
    public void ACallAllocatesNothing()
    {
        CacheId cache = _rig.Machine.Caches.Create(s_me);
        Pfn source = CachedFolio(cache, 0);
        for (int warm = 0; warm < 40; warm++) { source = Again(cache, source); }
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 200; i++) { source = Again(cache, source); }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    public void Dispose() => _rig.Dispose();

    private Pfn Again(CacheId cache, Pfn source)
    {
        _rig.Machine.Drain.DrainLocal(s_me);
        if (!_rig.Machine.Migrator.TryIsolate(s_me, source, _rig.List(s_me)) || _rig.Migrate(MigrateMode.Sync).Succeeded != 1) { return Pfn.None; }
        Pfn target = _rig.Machine.Caches.Find(s_me, cache, 0);
        _rig.Machine.Folios.Put(s_me, target);
        return target;
    }

    /// <summary>A page of a file that only its cache refers to, with what its flags are worth.</summary>
    private Pfn CachedFolio(CacheId cache, long index, PageFlags flags = PageFlags.None, MigrationRig? rig = null)
    {
        rig ??= _rig;
        Pfn folio = rig.Machine.Caches.Read(s_me, cache, index);
        rig.Machine.Frames.Flags(folio).Set(flags);
        if ((flags & PageFlags.Private) == 0) { rig.Machine.Folios.Put(s_me, folio); } // Else the private data's.
        rig.Machine.Drain.DrainLocal(s_me);
        return folio;
    }
}
