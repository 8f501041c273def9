using CsCheck;
using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Migration;
using MemCore.Primitives;
using MemCore.Tests.Lru;

namespace MemCore.Tests.Migration;

/// <summary>Pages that are isolated together are those that would have been isolated one by one.</summary>
public sealed class IsolationTogetherTests
{
    // None is parked: a large folio that goes back has its batch flushed, and one by one that happens before the next page is looked at.
    // Not the attempts that failed: a page that is asked for twice fails before its flag is asked for, or after.
    private static readonly EventCounter[] s_counters =
        [EventCounter.LruIsolated, EventCounter.NrIsolatedAnon, EventCounter.NrIsolatedFile, EventCounter.MigrateLargeSkipped];

    private enum Kind
    {
        ListedAnon,
        ListedFile,
        Free,
        Large,
        TailOfLarge,
        Balloon,
        OffTheLru,
        OneOfThoseBefore,
        Count,
    }

    [Fact]
    public void TogetherTheSamePagesAreIsolatedAsOneByOne() =>
        Gen.Int[0, (int)Kind.Count - 1].Array[0, 90].Sample(kinds =>
        {
            string together = Isolate(kinds, (migrator, pages, list) => migrator.Isolate(MigrationRig.Me, pages, list));
            string oneByOne = Isolate(kinds, (migrator, pages, list) =>
            {
                int isolated = 0;
                foreach (Pfn page in pages) { isolated += migrator.TryIsolate(MigrationRig.Me, page, list) ? 1 : 0; }
                return isolated;
            });
            Assert.Equal(oneByOne, together);
        }, iter: 100, threads: 1);

    [Fact]
    public void WhatWasIsolatedComesFirstInItsOrderWhereverItLies()
    {
        using LruRig rig = new(options: new LruOptions { Nodes = 4 });
        TaskId task = new(0);
        List<Pfn> pages = [];
        for (int i = 0; i < 24; i++)
        {
            pages.Add(rig.Listed(i % 3 == 0 ? PageFlags.None : PageFlags.Swapbacked));
            for (int between = 0; between < 9; between++) { rig.Fresh(); }
        }
        Pfn lost = pages[5]; // anonymous
        Assert.True(rig.Isolation.TryIsolate(task, lost));
        Pfn[] asked = [.. pages.OrderBy(p => p.Value * 7 % 24)];
        Assert.True(asked.Select(rig.Lru.NodeOf).Distinct().Count() > 1);

        Span<Pfn> found = [.. asked];
        int isolated = rig.Isolation.IsolateSpeculatively(task, found);

        Assert.Equal(asked.Where(p => p != lost), found[..isolated].ToArray());
        Assert.Equal(8, rig.Events.Sum(EventCounter.NrIsolatedFile));
        Assert.Equal(16, rig.Events.Sum(EventCounter.NrIsolatedAnon));
        for (int node = 0; node < 4; node++)
        {
            for (LruKind kind = 0; kind < LruKind.Unevictable; kind++) { Assert.Empty(rig.Walk(kind, node)); }
        }
        foreach (Pfn page in asked) { rig.Isolation.Putback(task, page); }
        rig.Drain.DrainLocal(task);
        rig.AssertSound();
    }

    [Fact]
    public void NoPagesAreNoWork()
    {
        using MigrationRig rig = new();
        Assert.Equal(0, rig.Machine.Migrator.Isolate(MigrationRig.Me, [], rig.List(MigrationRig.Me)));
        Assert.True(rig.List(MigrationRig.Me).IsEmpty);
    }

    private delegate int Isolator(Migrator migrator, ReadOnlySpan<Pfn> pages, FolioList list);

    // What came of it, in words: two machines that were built alike have the same frames.
    private static string Isolate(int[] kinds, Isolator isolate)
    {
        using MigrationRig rig = new();
        List<Pfn> pages = [];
        foreach (int kind in kinds) { pages.Add(Page(rig, (Kind)kind, pages)); }
        FolioList list = rig.List(MigrationRig.Me);
        int returned = isolate(rig.Machine.Migrator, pages.ToArray(), list);

        List<int> isolated = [];
        for (Pfn page = list.First; !page.IsNone; page = list.NextOf(page)) { isolated.Add(page.Value); }
        Assert.Equal(returned, isolated.Count);
        string states = string.Join(' ', pages.Select(p => $"{p.Value}:{rig.FlagsOf(p)}:{rig.RefsOf(p)}"));
        string counts = string.Join(' ', s_counters.Select(c => $"{c}={rig.Sum(c)}"));
        rig.Putback();
        rig.AssertAtRest();
        return $"isolated {string.Join(' ', isolated.Order())}\n{states}\n{counts}";
    }

    private static Pfn Page(MigrationRig rig, Kind kind, List<Pfn> before)
    {
        switch (kind)
        {
            case Kind.ListedAnon: return rig.NewFolio(PageFlags.Swapbacked);
            case Kind.ListedFile: return rig.NewFolio();
            case Kind.Large or Kind.TailOfLarge:
                Pfn large = rig.Machine.Allocator.AllocateFolio(MigrationRig.Me, 2, MigrateType.Movable);
                rig.Machine.Batches.Add(MigrationRig.Me, large);
                rig.Machine.Drain.DrainLocal(MigrationRig.Me);
                return kind == Kind.Large ? large : large + 3;
            case Kind.Balloon:
                Assert.True(rig.Machine.Balloon.Inflate(MigrationRig.Me));
                int page = 0;
                while (before.Contains(new Pfn(page)) || !rig.Machine.Movable.IsMovableOps(new Pfn(page))) { page++; }
                return new Pfn(page);
            case Kind.OneOfThoseBefore when before.Exists(IsSmall): return before.FindLast(IsSmall); // a large one goes back, and could be isolated again
            default:
                Pfn pfn = rig.Machine.Allocator.Allocate(MigrationRig.Me, 0, MigrateType.Movable);
                if (kind == Kind.Free) { rig.Machine.Folios.Put(MigrationRig.Me, pfn); }
                return pfn;
        }

        bool IsSmall(Pfn pfn) => rig.Machine.Frames.OrderOf(rig.Machine.Frames.HeadOf(pfn)) == 0;
    }
}
