using MemCore.Frames;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Tests.Migration;

public sealed class MovableOpsTests : IDisposable
{
    private readonly MigrationRig _rig = new();
    private readonly FakeDriver _driver;
    private readonly Pfn _page;

    public MovableOpsTests()
    {
        _driver = new FakeDriver(_rig.Machine, PageType.Zsmalloc);
        _rig.Machine.Movable.Register(PageType.Zsmalloc, _driver);
        _page = _driver.NewPage();
    }

    private MovableOps Movable => _rig.Machine.Movable;

    [Fact]
    public void AnIsolatedPageIsReferencedMarkedAndUnlocked()
    {
        Assert.True(Movable.TryIsolate(MigrationRig.Me, _page));

        Assert.Equal(2, _rig.RefsOf(_page));
        Assert.Equal(MovableOps.Movable | MovableOps.Isolated, _rig.FlagsOf(_page));
        Assert.False(Movable.TryIsolate(MigrationRig.Me, _page));
        Assert.Equal(1, _driver.Isolated);
        Assert.Equal(2, _rig.RefsOf(_page));
    }

    [Fact]
    public void ARefusalLeavesThePageAsItWas()
    {
        _driver.RefusesIsolation = true;

        Assert.False(Movable.TryIsolate(MigrationRig.Me, _page));

        Assert.Equal(1, _rig.RefsOf(_page));
        Assert.Equal(MovableOps.Movable, _rig.FlagsOf(_page));
    }

    [Fact]
    public void ALockedPageIsNotWaitedFor()
    {
        _rig.Machine.Locks.Lock(MigrationRig.Me, _page);

        Assert.False(Movable.TryIsolate(MigrationRig.Me, _page));

        Assert.Equal(1, _rig.RefsOf(_page));
        Assert.Equal(0, _driver.Isolated);
    }

    [Fact]
    public void APageOfNoDriverIsReferredToForAMomentOnly()
    {
        Pfn plain = _rig.NewFolio();
        Pfn typed = _driver.NewPage();
        _rig.Machine.Frames.Map(typed).SetType(PageType.Slab);

        Assert.False(Movable.TryIsolate(MigrationRig.Me, plain));
        Assert.False(Movable.TryIsolate(MigrationRig.Me, typed));
        Assert.False(Movable.IsMovableOps(typed));

        Assert.Equal(1, _rig.RefsOf(plain));
        Assert.Equal(1, _rig.RefsOf(typed));
    }

    [Fact]
    public void AFreePageIsNotResurrected()
    {
        _rig.Machine.Folios.Put(MigrationRig.Me, _page);

        Assert.False(Movable.TryIsolate(MigrationRig.Me, _page));

        Assert.Equal(0, _rig.RefsOf(_page));
    }

    [Fact]
    public void PutbackEndsTheIsolation()
    {
        _rig.Isolate(_page);

        _rig.Machine.Migrator.Putback(MigrationRig.Me, _rig.List(MigrationRig.Me));

        Assert.Equal(1, _driver.PutBack);
        Assert.Equal(1, _rig.RefsOf(_page));
        Assert.Equal(MovableOps.Movable, _rig.FlagsOf(_page));
    }

    [Theory]
    [InlineData(nameof(MigrateMode.Async))]
    [InlineData(nameof(MigrateMode.SyncLight))]
    [InlineData(nameof(MigrateMode.Sync))]
    public void ThePageMovesThroughItsDriverAndTheOldOneIsFree(string mode)
    {
        long free = _rig.Machine.Allocator.FreeFramesAtRest();

        Assert.Equal(new MigrateResult(1, 0, NoMemory: false), _rig.IsolateAndMigrate(Enum.Parse<MigrateMode>(mode), _page));

        Assert.Equal(0, _rig.RefsOf(_page));
        Assert.Equal(free, _rig.Machine.Allocator.FreeFramesAtRest());
        Assert.Equal(1, _rig.Sum(EventCounter.MigrateMovableOps));
        Assert.Equal(1, _rig.Sum(EventCounter.PgMigrateSuccess));
        Assert.Empty(_rig.Machine.Allocator.BadPages);
    }

    [Fact]
    public void ADriverThatIsBusyIsAskedAgainInTheNextPass()
    {
        _driver.RefusedMigrations = 3;

        Assert.Equal(1, _rig.IsolateAndMigrate(MigrateMode.Async, _page).Succeeded);

        Assert.Equal(3, _rig.Sum(EventCounter.MigrateDriverBusy));
    }

    [Fact]
    public void ADriverThatStaysBusyKeepsItsPageIsolatedForPutback()
    {
        _driver.RefusedMigrations = 10;
        long free = _rig.Machine.Allocator.FreeFramesAtRest();

        Assert.Equal(new MigrateResult(0, 1, NoMemory: false), _rig.IsolateAndMigrate(MigrateMode.Async, _page));

        Assert.Equal(2, _rig.RefsOf(_page));
        Assert.Equal(free, _rig.Machine.Allocator.FreeFramesAtRest());
        Assert.Equal(MovableOps.Movable | MovableOps.Isolated, _rig.FlagsOf(_page));
        Assert.Equal(1, _rig.List(MigrationRig.Me).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AReleasedPageTakesTheShortcutOnlyIfThePolicySaysSo(bool all)
    {
        using MigrationRig rig = new(new MigrationPolicy { Shortcut = all ? ReleasedShortcut.All : ReleasedShortcut.LruOnly });
        FakeDriver driver = new(rig.Machine, PageType.Zsmalloc);
        rig.Machine.Movable.Register(PageType.Zsmalloc, driver);
        Pfn page = driver.NewPage();
        rig.Isolate(page);
        rig.Machine.Folios.Put(MigrationRig.Me, page);
        if (!all) { rig.Machine.Frames.Ref(page).Get(); } // What the driver puts when it is asked to migrate.

        Assert.Equal(1, rig.Migrate(MigrateMode.Async).Succeeded);

        Assert.Equal(all ? 1 : 0, rig.Sum(EventCounter.MigrateReleased));
        Assert.Equal(0, rig.RefsOf(page));
        Assert.Empty(rig.Machine.Allocator.BadPages);
    }

    public void Dispose() => _rig.Dispose();
}
