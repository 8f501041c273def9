using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Tests.Migration;

/// <summary>File folios with buffers: what the cache says decides whether they move.</summary>
public sealed class PrivateDataTests : IDisposable
{
    private const long Buffers = 0x5eed;
    private static readonly TaskId s_me = new(0);

    private readonly MigrationRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void BuffersMoveAlongWithMarkAndReferenceWhereTheCacheMovesThem()
    {
        CacheId cache = _rig.Machine.Caches.Create(s_me, PrivateData.Moves);
        Pfn source = WithBuffers(cache);

        Assert.Equal(new MigrateResult(1, 0, NoMemory: false), _rig.IsolateAndMigrate(MigrateMode.Async, source));

        Pfn target = _rig.Machine.Caches.Find(s_me, cache, 0);
        _rig.Machine.Drain.DrainLocal(s_me);
        Assert.NotEqual(source, target);
        Assert.True(_rig.Machine.Frames.Flags(target).Has(PageFlags.Private));
        Assert.Equal(Buffers, _rig.Machine.Frames.PrivateLocked(target));
        Assert.Equal(3, _rig.RefsOf(target)); // The cache, the buffers, this look.
        Assert.False(FrameTable.IsAllocated(_rig.Machine.Frames.Generation(source)));
    }

    [Fact]
    public void BuffersKeepAFolioWhereItIsWhereTheCacheDoesNot()
    {
        CacheId cache = _rig.Machine.Caches.Create(s_me);
        Pfn source = WithBuffers(cache);

        Assert.Equal(new MigrateResult(0, 1, NoMemory: false), _rig.IsolateAndMigrate(MigrateMode.Async, source));

        Assert.Equal(1, _rig.Sum(EventCounter.MigratePrivateBusy));
        Assert.True(_rig.Machine.Frames.Flags(source).Has(PageFlags.Private));
    }

    [Fact]
    public void ASwapCacheFolioTakesItsEntryAndTheCachesReferenceAlong()
    {
        Pfn source = _rig.NewFolio(PageFlags.Swapbacked | PageFlags.OwnerPriv1 | PageFlags.Dirty);
        _rig.Machine.Frames.SetPrivateLocked(source, Buffers);
        long free = _rig.Machine.Allocator.FreeFramesAtRest();

        Assert.Equal(new MigrateResult(1, 0, NoMemory: false), _rig.IsolateAndMigrate(MigrateMode.Async, source));

        _rig.Machine.Drain.DrainLocal(s_me);
        Pfn target = Enumerable.Range(0, MigrationRig.FrameCount).Select(p => new Pfn(p)).Single(p => _rig.Machine.Frames.PrivateLocked(p) == Buffers);
        Assert.NotEqual(source, target);
        Assert.Equal(1, _rig.RefsOf(target));
        Assert.Equal(PageFlags.Swapbacked | PageFlags.OwnerPriv1 | PageFlags.Dirty | PageFlags.Uptodate | PageFlags.Lru, _rig.FlagsOf(target));
        Assert.Equal(free, _rig.Machine.Allocator.FreeFramesAtRest());
    }

    [Fact]
    public void ALockedPageStaysLockedAndUnevictable()
    {
        CacheId cache = _rig.Machine.Caches.Create(s_me);
        Pfn source = _rig.Machine.Caches.Read(s_me, cache, 0);
        _rig.Machine.Folios.Put(s_me, source);
        _rig.Machine.Frames.Flags(source).Set(PageFlags.Mlocked);
        _rig.Machine.Drain.DrainLocal(s_me);
        Assert.True(_rig.Machine.Frames.Flags(source).Has(PageFlags.Unevictable));

        Assert.Equal(new MigrateResult(1, 0, NoMemory: false), _rig.IsolateAndMigrate(MigrateMode.Async, source));

        _rig.Machine.Drain.DrainLocal(s_me);
        Pfn target = _rig.Machine.Caches.Find(s_me, cache, 0);
        Assert.True(_rig.Machine.Frames.Flags(target).Has(PageFlags.Mlocked | PageFlags.Unevictable | PageFlags.Lru));
        Assert.Empty(_rig.Machine.Allocator.BadPages);
    }

    private Pfn WithBuffers(CacheId cache)
    {
        Pfn folio = _rig.Machine.Caches.Read(s_me, cache, 0);
        _rig.Machine.Drain.DrainLocal(s_me);
        _rig.Machine.Frames.SetPrivateLocked(folio, Buffers);
        _rig.Machine.Frames.Flags(folio).Set(PageFlags.Private); // Its reference is the one that the read returned.
        return folio;
    }
}
