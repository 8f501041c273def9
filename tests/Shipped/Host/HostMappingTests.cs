using MemCore.Frames;
using MemCore.Lab.Formats;
using MemCore.Lab.Host;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Tests.Host;

/// <summary>What stands behind the map counts of an imported host: entries, VMAs, page caches, nodes.</summary>
public sealed class HostMappingTests
{
    private const int First = MappedHost.First;

    [Fact]
    public void ASharedAnonymousFrameIsReadOnlyInAsManyMmsAsWereCounted()
    {
        using MappedHost host = MappedHost.Of([MappedHost.Anon | Kpf.Mmap], [3]);
        var entries = host.Entries();
        Assert.Equal([1, 2, 3], entries.Select(entry => entry.Mm.Value));
        Assert.All(entries, entry => Assert.Equal((First, First, 0, false), (entry.Page, entry.Pte.Pfn.Value, entry.Level, entry.Pte.IsWritable)));
        Assert.Equal((3, 2, 0), (host.At.RefCount[First], host.At.MapCount[First], host.At.HostRefs[First]));
        long owner = host.At.Mapping[First];
        Assert.True(MappingWord.IsAnon(owner));
        Assert.All(entries, entry => Assert.Equal(MappingWord.OwnerOf(owner), host.VmaAt(entry.Mm, entry.Page).AnonVma));
        Assert.All(entries, entry => Assert.Equal(host.At.Index[First], host.VmaAt(entry.Mm, entry.Page).IndexOf(entry.Page)));
        host.Imported.AssertAudited();
    }

    [Theory]
    [InlineData(Kpf.Owner2, true)]
    [InlineData(0UL, false)]
    public void AnAnonymousFrameThatIsExclusiveIsWritable(ulong flag, bool writable)
    {
        using MappedHost host = MappedHost.Of([MappedHost.Anon | Kpf.Mmap | flag], [1]);
        Assert.Equal(writable, Assert.Single(host.Entries()).Pte.IsWritable);
    }

    [Fact]
    public void AFilesFrameIsInItsPageCacheAndMappedThroughSharedVmas()
    {
        using MappedHost host = MappedHost.Of([MappedHost.File, MappedHost.File | Kpf.Mmap], [0, 2]);
        CacheId cache = new((int)MappingWord.OwnerOf(host.At.Mapping[First + 1]));
        PageCaches caches = host.Imported.Machine.Caches;
        Assert.Equal(First, caches.Find(ImportedMachine.Task, cache, host.At.Index[First]).Value);
        Assert.Equal(First + 1, caches.Find(ImportedMachine.Task, cache, host.At.Index[First + 1]).Value);
        for (int i = 0; i < 2; i++) { host.Imported.Machine.Folios.Put(ImportedMachine.Task, new Pfn(First + i)); }
        Assert.Equal((1, 1 + 2), (host.At.RefCount[First], host.At.RefCount[First + 1]));
        var entries = host.Entries();
        Assert.Equal(2, entries.Count);
        Assert.All(entries, entry =>
        {
            Vma vma = host.VmaAt(entry.Mm, entry.Page);
            Assert.Equal((cache, host.At.Index[First + 1]), (vma.Cache, vma.IndexOf(entry.Page)));
            Assert.Equal(VmaFlags.Shared | VmaFlags.Write | VmaFlags.DontFork, vma.Flags);
        });
        Assert.Equal(2, host.Imported.Host.Tally.CacheSlots);
        host.Imported.AssertAudited();
    }

    [Fact]
    public void EverySlotOfALargeFileFolioNamesItsHead()
    {
        using MappedHost host = MappedHost.Of(MappedHost.Folio(8, MappedHost.File), MappedHost.Counts(8, 0));
        CacheId cache = new((int)MappingWord.OwnerOf(host.At.Mapping[First]));
        Dictionary<long, int> slots = [];
        host.Imported.Machine.Caches.ForEachAtRest((of, index, pfn) => slots.Add(of == cache ? index : -1, pfn.Value));
        Assert.Equal(Enumerable.Range(0, 8).ToDictionary(i => host.At.Index[First] + i, _ => First), slots);
        host.Imported.AssertAudited();
    }

    [Fact]
    public void AMergedFrameIsMappedAtManyPagesOfOneMm()
    {
        ulong merged = MappedHost.Anon | Kpf.Mmap | Kpf.Ksm;
        using MappedHost host = MappedHost.Of([merged, merged], [5, 600]);
        var entries = host.Entries();
        Assert.Single(entries.Select(entry => entry.Mm).Distinct());
        Assert.Equal(605, entries.Select(entry => entry.Page).Distinct().Count());
        Assert.Equal(600, entries.Count(entry => entry.Pte == Pte.Present(new Pfn(First + 1), writable: false)));
        Assert.All(entries, entry => Assert.True(host.VmaAt(entry.Mm, entry.Page).Flags.HasFlag(VmaFlags.Ksm)));
        Assert.Equal((2, 605), host.Imported.Machine.Ksm.UsedAtRest());
        Assert.Equal((5, 600), (host.At.RefCount[First], host.At.RefCount[First + 1]));
        Assert.Equal(605, host.Imported.Host.Tally.KsmItems);
        host.Imported.AssertAudited();
    }

    [Fact]
    public void AHugeFolioThatIsMappedEverywhereAlikeGetsHugeEntries()
    {
        HostMap map = MappedHost.Map(MappedHost.Folio(512, MappedHost.Anon | Kpf.Mmap), MappedHost.Counts(512, 2));
        using MappedHost host = MappedHost.Of(map);
        var entries = host.Entries();
        Assert.Equal([1, 2], entries.Select(entry => entry.Mm.Value));
        Assert.All(entries, entry => Assert.Equal((First, 1, true), (entry.Page, entry.Level, entry.Pte.IsHuge)));
        Assert.Equal((2, 2L), (host.At.RefCount[First], host.At.Index[First + 1]));
        Assert.False(host.At.MapCount.Slice(First, 512).ContainsAnyExcept(MapCount.Idle));
        Assert.Equal((0L, 2L, 2L), (host.Imported.Host.Tally.PteEntries, host.Imported.Host.Tally.HugeEntries, host.Imported.Host.Tally.Mappings));
        AssertExported(host, map);
        host.Imported.AssertAudited();
    }

    [Fact]
    public void AHugeFolioOfWhichAPartIsUnmappedIsMappedPageByPage()
    {
        ulong[] counts = MappedHost.Counts(512, 1);
        counts.AsSpan(16, 16).Clear();
        counts[500] = 3;
        HostMap map = MappedHost.Map(MappedHost.Folio(512, MappedHost.Anon | Kpf.Mmap), counts);
        using MappedHost host = MappedHost.Of(map);
        long[] found = host.EntriesPerFrame();
        Assert.Equal(counts.Select(count => (long)count), found[First..(First + 512)]);
        Assert.Equal((496 - 1 + 3, 0L), (host.At.RefCount[First], host.At.Index[First + 1]));
        Assert.DoesNotContain(host.Entries(), entry => entry.Pte.IsHuge);
        AssertExported(host, map);
        host.Imported.AssertAudited();
    }

    [Fact]
    public void AMappedPageWithoutAnOwnerIsTheHostsAndReadOnly()
    {
        using MappedHost host = MappedHost.Of([Kpf.Reserved | Kpf.Mmap], [2]);
        var entries = host.Entries();
        Assert.Equal(2, entries.Count);
        Assert.All(entries, entry => Assert.Equal((First, false), (entry.Pte.Pfn.Value, entry.Pte.IsWritable)));
        Assert.All(entries, entry => Assert.Equal((0, 0), (host.VmaAt(entry.Mm, entry.Page).AnonVma, host.VmaAt(entry.Mm, entry.Page).Cache.Value)));
        Assert.Equal((3, 1, 0L), (host.At.RefCount[First], host.At.HostRefs[First], host.At.Mapping[First]));
        host.Imported.AssertAudited();
    }

    [Fact]
    public void AFolioInTheSwapCacheIsMappedAsAnonymous()
    {
        ulong swapped = MappedHost.Anon | Kpf.SwapCache | Kpf.OwnerPrivate;
        using MappedHost host = MappedHost.Of([swapped | Kpf.Mmap, swapped], [1, 0]);
        Assert.Equal(First, Assert.Single(host.Entries()).Pte.Pfn.Value);
        Assert.Equal((2, 1), (host.At.RefCount[First], host.At.RefCount[First + 1]));
        host.Imported.AssertAudited();
    }

    [Fact]
    public void AHugetlbFolioHasNoEntries()
    {
        using MappedHost host = MappedHost.Of(MappedHost.Folio(512, Kpf.Uptodate | Kpf.Huge | Kpf.Anon | Kpf.Mmap), MappedHost.Counts(512, 4));
        Assert.Empty(host.Entries());
        Assert.Equal((4L, 4L), (host.Imported.Host.Tally.HugetlbMappings, host.Imported.Host.Tally.Mappings));
        host.Imported.AssertAudited();
    }

    [Fact]
    public void AFrameMappedMoreOftenThanThereAreMmsKeepsTheMappingsThatFit()
    {
        using MappedHost host = MappedHost.Of([MappedHost.File | Kpf.Mmap], [100_000]);
        int most = HostCounts.MostOf(MappedAs.File);
        Assert.Equal(most, host.Entries().Count);
        Assert.Equal(1, new ImportReport(host.Imported.Host)[HostDisagreement.CountBeyondMms]);
        host.Imported.AssertAudited();
    }

    private static void AssertExported(MappedHost host, HostMap map)
    {
        ulong[] counts = new ulong[map.Frames];
        HostExporter.Counts(host.Imported.Table, counts);
        Assert.Equal(map.Counts, counts);
        Assert.Equal(map.Flags, host.Imported.Export());
    }
}
