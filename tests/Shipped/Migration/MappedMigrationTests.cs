using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Tests.Migration;

/// <summary>Pages that processes map: what they read and write before is what they read and write after.</summary>
public sealed class MappedMigrationTests : IDisposable
{
    private static readonly TaskId s_me = MigrationRig.Me;

    private readonly MigrationRig _rig = new();

    [Theory]
    [InlineData(nameof(MigrateMode.Async))]
    [InlineData(nameof(MigrateMode.SyncLight))]
    [InlineData(nameof(MigrateMode.Sync))]
    public void TheOwnerReadsWhatItWroteAndWritesOn(string mode)
    {
        MmId mm = _rig.NewMm();
        PageSignature written = _rig.Write(mm, 2, version: 7);
        Pfn source = _rig.PfnOf(mm, 2);
        Pte before = _rig.PteOf(mm, 2);

        Assert.Equal(new MigrateResult(1, 0, NoMemory: false), _rig.IsolateAndMigrate(Enum.Parse<MigrateMode>(mode), source));

        Pfn target = _rig.PfnOf(mm, 2);
        Assert.NotEqual(source, target);
        Assert.Equal(Pte.Present(target, before.IsWritable, before.IsDirty, before.IsYoung), _rig.PteOf(mm, 2));
        Assert.Equal(written, _rig.Read(mm, 2));
        _rig.Write(mm, 2, version: 8);
        Assert.Equal(target, _rig.PfnOf(mm, 2)); // Still its own: no copy was due.
        Assert.Equal(0, _rig.RefsOf(source));
        _rig.Machine.Drain.DrainLocal(s_me);
        Assert.Equal(1, _rig.RefsOf(target));
        Assert.Equal(_rig.MappingOf(target), MappingWord.Make(MappingWord.OwnerOf(_rig.MappingOf(target)), MappingTag.Anon));
        _rig.AssertAtRest();
        _rig.Machine.Mms.Exit(s_me, mm);
        _rig.AssertAllFree();
    }

    [Theory]
    [InlineData(nameof(MigrationFlush.Batched))]
    [InlineData(nameof(MigrationFlush.Immediate))]
    public void AfterForksAllThreeMappingsFollowAndNoneMayWriteInPlace(string flush)
    {
        using MigrationRig rig = new(new MigrationPolicy { Flush = Enum.Parse<MigrationFlush>(flush) });
        MmId parent = rig.NewMm();
        PageSignature written = rig.Write(parent, 0, version: 1);
        MmId child = rig.Machine.Mms.Fork(s_me, parent);
        MmId grandchild = rig.Machine.Mms.Fork(s_me, child);
        Pfn source = rig.PfnOf(grandchild, 0);
        Assert.Equal(source, rig.PfnOf(parent, 0));

        Assert.Equal(1, rig.IsolateAndMigrate(MigrateMode.Async, source).Succeeded);

        Pfn target = rig.PfnOf(parent, 0);
        foreach (MmId mm in (ReadOnlySpan<MmId>)[parent, child, grandchild])
        {
            Assert.Equal(target, rig.PfnOf(mm, 0));
            Assert.False(rig.PteOf(mm, 0).IsWritable);
            Assert.Equal(written, rig.Read(mm, 0));
        }
        rig.Write(child, 0, version: 2);
        Assert.Equal(written, rig.Read(parent, 0));
        Assert.Equal(written, rig.Read(grandchild, 0));
        foreach (MmId mm in (ReadOnlySpan<MmId>)[parent, child, grandchild]) { rig.Machine.Mms.Exit(s_me, mm); }
        rig.AssertAllFree();
    }

    [Fact]
    public void ASharedFilePageFollowsInBothProcessesAndStaysDirty()
    {
        CacheId cache = _rig.Machine.Caches.Create(s_me);
        MmId one = _rig.NewMm(flags: VmaFlags.Write | VmaFlags.Shared, cache: cache);
        MmId two = _rig.NewMm(flags: VmaFlags.Write | VmaFlags.Shared, cache: cache);
        PageSignature written = _rig.Write(one, 4, version: 3);
        Assert.Equal(written, _rig.Read(two, 4));
        Pfn source = _rig.PfnOf(one, 4);

        Assert.Equal(1, _rig.IsolateAndMigrate(MigrateMode.SyncLight, source).Succeeded);

        Pfn target = _rig.PfnOf(one, 4);
        Assert.NotEqual(source, target);
        Assert.Equal(target, _rig.PfnOf(two, 4));
        Assert.Equal(written, _rig.Read(two, 4));
        Assert.True((_rig.FlagsOf(target) & PageFlags.Dirty) != 0);
        Pfn found = _rig.Machine.Caches.Find(s_me, cache, 4);
        Assert.Equal(target, found);
        _rig.Machine.Base.Ledger.Drop(s_me, found, RefHolder.Task); // Find's.
        _rig.Machine.Folios.Put(s_me, found);
        _rig.Machine.Mms.Exit(s_me, one);
        _rig.Machine.Mms.Exit(s_me, two);
        _rig.Machine.Drain.DrainLocal(s_me);
        _rig.Machine.Caches.Destroy(s_me, cache);
        _rig.AssertAllFree();
    }

    [Theory]
    [InlineData(nameof(MigrateMode.Async), 10)]
    [InlineData(nameof(MigrateMode.Sync), 10)]
    public void APinnedPageStaysWhereItIsAndItsOwners(string mode, int passes)
    {
        MmId mm = _rig.NewMm();
        PageSignature written = _rig.Write(mm, 1, version: 5);
        Pfn pinned = _rig.Machine.Pins.TryPin(s_me, mm, 1, write: true);
        Pte before = _rig.PteOf(mm, 1);
        _rig.Machine.Drain.DrainLocal(s_me);
        int references = _rig.RefsOf(pinned);

        Assert.Equal(new MigrateResult(0, 1, NoMemory: false), _rig.IsolateAndMigrate(Enum.Parse<MigrateMode>(mode), pinned));

        Assert.Equal(passes, _rig.Sum(EventCounter.MigratePinned));
        Assert.Equal(passes, _rig.Sum(EventCounter.MigrateStillMapped));
        _rig.Putback();
        Assert.Equal(before, _rig.PteOf(mm, 1));
        Assert.Equal(references, _rig.RefsOf(pinned));
        Assert.True((_rig.FlagsOf(pinned) & PageFlags.Owner2) != 0);
        Assert.Equal(written, _rig.Read(mm, 1));
        _rig.Write(mm, 1, version: 6);
        Assert.Equal(pinned, _rig.PfnOf(mm, 1));
        _rig.Machine.Pins.Unpin(s_me, pinned);
        Assert.Equal(1, _rig.IsolateAndMigrate(MigrateMode.Async, pinned).Succeeded);
        _rig.Machine.Mms.Exit(s_me, mm);
        _rig.AssertAllFree();
    }

    [Fact]
    public void AnExtraReferenceRollsBackToTheSamePermissions()
    {
        MmId mm = _rig.NewMm();
        PageSignature written = _rig.Write(mm, 1, version: 5);
        Pfn source = _rig.PfnOf(mm, 1);
        Pte before = _rig.PteOf(mm, 1);
        _rig.Machine.Frames.Ref(source).Get();

        Assert.Equal(1, _rig.IsolateAndMigrate(MigrateMode.Async, source).Failed);

        Assert.Equal(1, _rig.Sum(EventCounter.MigrateRolledBack));
        Assert.Equal(10, _rig.Sum(EventCounter.MigratePinned));
        Assert.Equal(before, _rig.PteOf(mm, 1));
        Assert.True((_rig.FlagsOf(source) & PageFlags.Owner2) != 0);
        _rig.Putback();
        _rig.Machine.Folios.Put(s_me, source);
        Assert.Equal(written, _rig.Read(mm, 1));
        _rig.Machine.Mms.Exit(s_me, mm);
        _rig.AssertAllFree();
    }

    [Fact]
    public void APageWhoseOwnerIsGoneNeedsNoDestination()
    {
        MmId mm = _rig.NewMm();
        _rig.Write(mm, 0, version: 1);
        _rig.Isolate(_rig.PfnOf(mm, 0));
        _rig.Machine.Mms.Exit(s_me, mm);
        CountedTarget none = new(_rig.Machine.Migrator.Anywhere, 0);

        Assert.Equal(new MigrateResult(1, 0, NoMemory: false), _rig.Migrate(MigrateMode.Sync, none));

        Assert.Equal(1, _rig.Sum(EventCounter.MigrateReleased));
        _rig.AssertAllFree();
    }

    [Fact]
    public void WithoutMemoryTheUserKeepsHisPages()
    {
        MmId mm = _rig.NewMm();
        PageSignature[] written = [.. Enumerable.Range(0, 4).Select(page => _rig.Write(mm, page, version: 9))];
        _rig.Isolate([.. Enumerable.Range(0, 4).Select(page => _rig.PfnOf(mm, page))]);

        MigrateResult result = _rig.Migrate(MigrateMode.SyncLight, new CountedTarget(_rig.Machine.Migrator.Anywhere, 2));

        Assert.Equal(new MigrateResult(2, 1, NoMemory: true), result);
        _rig.Putback();
        for (int page = 0; page < 4; page++) { Assert.Equal(written[page], _rig.Read(mm, page)); }
        _rig.Machine.Mms.Exit(s_me, mm);
        _rig.AssertAllFree();
    }

    [Fact]
    public void ALongListOfManyProcessesMovesInChunks()
    {
        using MigrationRig rig = new(new MigrationPolicy { ChunkFrames = 16 });
        MmId[] mms = [.. Enumerable.Range(0, 5).Select(_ => rig.NewMm(40))];
        foreach (MmId mm in mms)
        {
            for (int page = 0; page < 40; page++) { rig.Write(mm, page, version: (uint)page); }
        }
        Pfn[] pages = [.. mms.SelectMany(mm => Enumerable.Range(0, 40).Select(page => rig.PfnOf(mm, page)))];

        Assert.Equal(new MigrateResult(200, 0, NoMemory: false), rig.IsolateAndMigrate(MigrateMode.Async, pages));

        Assert.Equal(200, rig.Sum(EventCounter.TlbDeferred));
        foreach (MmId mm in mms)
        {
            for (int page = 0; page < 40; page++) { Assert.Equal(new PageSignature((uint)mm.Value, (uint)page, page), rig.Read(mm, page)); }
            rig.Machine.Mms.Exit(s_me, mm);
        }
        rig.AssertAllFree();
    }

    public void Dispose() => _rig.Dispose();
}
