using MemCore.Frames;
using MemCore.Lru;
using MemCore.Migration;
using MemCore.Primitives;
using MemCore.Reclaim;

namespace MemCore.Tests.Reclaim;

public sealed class BalloonTests : IDisposable
{
    private readonly ReclaimRig _rig = new(blocks: 4);

    private Balloon Balloon => _rig.Machine.Balloon;

    private static TaskId Me => ReclaimRig.Me;

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void AnInflatedPageIsTypedMarkedAndTheBalloons()
    {
        Assert.True(Balloon.Inflate(Me));

        Pfn page = Assert.Single(BalloonPages());
        Assert.Equal(1, Balloon.Pages);
        Assert.True(_rig.Machine.Movable.IsMovableOps(page));
        Assert.Equal(1, _rig.Machine.Frames.Ref(page).CountUnsafe);
        _rig.AssertIntact();
    }

    [Fact]
    public void DeflatingGivesEveryPageBack()
    {
        for (int i = 0; i < 100; i++) { Assert.True(Balloon.Inflate(Me)); }
        for (int i = 0; i < 100; i++) { Assert.True(Balloon.Deflate(Me)); }
        Assert.False(Balloon.Deflate(Me));
        Assert.Equal(0, Balloon.Pages);
        Assert.Empty(BalloonPages());
        _rig.AssertIntact();
    }

    [Fact]
    public void InflatingEndsWithTheMemory()
    {
        int pages = 0;
        while (Balloon.Inflate(Me)) { pages++; }
        Assert.Equal(_rig.Frames, pages);
        while (Balloon.Deflate(Me)) { }
        _rig.AssertIntact();
    }

    [Fact]
    public void AnIsolatedPageCannotBeDeflatedUntilItIsPutBack()
    {
        Assert.True(Balloon.Inflate(Me));
        Pfn page = BalloonPages().Single();
        Assert.True(_rig.Machine.Movable.TryIsolate(Me, page));
        Assert.False(_rig.Machine.Movable.TryIsolate(Me, page));
        Assert.False(Balloon.Deflate(Me));
        Assert.Equal(1, Balloon.Pages);

        _rig.Machine.Movable.Putback(Me, page);

        _rig.AssertIntact();
        Assert.True(Balloon.Deflate(Me));
        _rig.AssertIntact();
    }

    [Fact]
    public void AReleasedPageThatIsStillMarkedIsNotIsolated()
    {
        Assert.True(Balloon.Inflate(Me));
        Pfn page = BalloonPages().Single();
        Assert.True(_rig.Machine.Frames.Ref(page).TryGet());
        Assert.True(Balloon.Deflate(Me));
        Assert.True(_rig.Machine.Movable.IsMovableOps(page));

        Assert.False(_rig.Machine.Movable.TryIsolate(Me, page));

        _rig.Machine.Folios.Put(Me, page);
        Assert.False(_rig.Machine.Movable.IsMovableOps(page));
        _rig.AssertIntact();
    }

    [Theory]
    [InlineData((int)MigrateMode.Async)]
    [InlineData((int)MigrateMode.SyncLight)]
    [InlineData((int)MigrateMode.Sync)]
    public void AMigratedPageIsReplacedOnTheList(int mode)
    {
        Assert.True(Balloon.Inflate(Me));
        Pfn source = BalloonPages().Single();
        FolioLists lists = new(_rig.Machine.Base, _rig.Machine.Links, "test_lists", 1);
        Assert.True(_rig.Machine.Migrator.TryIsolate(Me, source, lists[0]));

        MigrateResult result = _rig.Machine.Migrator.MigratePages(Me, lists[0], _rig.Machine.Migrator.Anywhere, (MigrateMode)mode, MigrateReason.Compaction);

        Assert.Equal(new MigrateResult(1, 0, false), result);
        Assert.True(lists[0].IsEmpty);
        Pfn target = BalloonPages().Single();
        Assert.NotEqual(source, target);
        Assert.False(FrameTable.IsAllocated(_rig.Machine.Frames.Generation(source)));
        Assert.Equal(1, _rig.Machine.Frames.Ref(target).CountUnsafe);
        Assert.Equal(1, _rig.Sum(EventCounter.BalloonMigrate));
        _rig.AssertIntact();
        Assert.True(Balloon.Deflate(Me));
        _rig.AssertIntact();
    }

    [Fact]
    public void InflatingDeflatingAndMigratingAtOnceLosesNoPage()
    {
        using ReclaimRig rig = new(blocks: 8, tasks: 4, cpus: 2);
        FolioLists lists = new(rig.Machine.Base, rig.Machine.Links, "test_lists", 4);
        Balloon balloon = rig.Machine.Balloon;
        int running = 2;
        ReclaimRig.Run(4, task =>
        {
            Allocation.XorShift random = new(4711 + (ulong)task.Value);
            if (task.Value < 2)
            {
                // At least so many steps, and until the others have had a share of it.
                for (int i = 0; i < 30_000 || (rig.Sum(EventCounter.BalloonMigrate) == 0 && i < 100_000_000); i++)
                {
                    bool grow = random.Below(100) < (i / 200 % 2 == 0 ? 70 : 30);
                    if (grow && balloon.Pages < 300) { balloon.Inflate(task); }
                    else { balloon.Deflate(task); }
                }
                Interlocked.Decrement(ref running);
                return;
            }
            while (Volatile.Read(ref running) > 0)
            {
                FolioList list = lists[task.Value];
                for (int i = 0; i < 8; i++)
                {
                    Pfn page = new(random.Below(rig.Frames));
                    if (rig.Machine.Movable.IsMovableOps(page)) { rig.Machine.Migrator.TryIsolate(task, page, list); }
                }
                MigrateMode mode = (MigrateMode)random.Below(3);
                if (random.Below(4) != 0) { rig.Machine.Migrator.MigratePages(task, list, rig.Machine.Migrator.Anywhere, mode, MigrateReason.Compaction); }
                rig.Machine.Migrator.Putback(task, list);
            }
        });
        TestContext.Current.SendDiagnosticMessage($"balloon: {rig.Sum(EventCounter.BalloonMigrate)} migrated, {rig.Sum(EventCounter.MigrateDriverBusy)} times busy");
        rig.AssertIntact();
        Assert.Equal(rig.Sum(EventCounter.BalloonInflate) - rig.Sum(EventCounter.BalloonDeflate), balloon.Pages);
        Assert.True(rig.Sum(EventCounter.BalloonMigrate) > 0);
        while (balloon.Deflate(Me)) { }
        rig.AssertIntact();
        Assert.Equal(rig.Frames, rig.Allocator.FreeFramesAtRest());
    }

    private List<Pfn> BalloonPages() =>
        [.. Enumerable.Range(0, _rig.Frames).Select(i => new Pfn(i)).Where(pfn => _rig.Machine.Frames.Map(pfn).Type == PageType.Offline)];
}
