using MemCore.Frames;
using MemCore.Lab.Formats;
using MemCore.Lab.Host;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Tests.Host;

/// <summary>The made-up Mms are Mms like any: they are sized, read, written and exited.</summary>
public sealed class SyntheticMmTests
{
    private const int First = MappedHost.First;

    private static readonly TaskId s_task = ImportedMachine.Task;

    [Theory]
    [InlineData(1, 1 << 14)]
    [InlineData(2, 1 << 16)]
    public void ThePoolsThatTheMapNeedsAreUsedUpExactly(ulong seed, int frames)
    {
        HostMap map = ImportedMachine.Read(HostSource.Synthetic, seed, frames);
        MappingOptions none = new()
        {
            Mms = 0,
            Vmas = 0,
            AnonLinks = 0,
            AnonVmas = 0,
            Caches = 0,
            CacheNodes = 0,
            TableNodes = 0,
            KsmNodes = 0,
            KsmItems = 0,
        };
        using MappedHost host = MappedHost.Of(map, none);
        MappingNeeds needs = MappingNeeds.Of(map);
        var machine = host.Imported.Machine;
        int mms = 0;
        machine.Mms.ForEachAtRest((_, _) => mms++);
        Assert.Equal((needs.Mms, needs.Vmas, needs.TableNodes), (mms, machine.Vmas.UsedAtRest(), machine.Tables.UsedTablesAtRest()));
        Assert.Equal((needs.AnonVmas, needs.AnonLinks), machine.AnonVmas.UsedAtRest());
        Assert.Equal((needs.Caches, needs.CacheNodes), machine.Caches.UsedAtRest());
        Assert.Equal((needs.KsmNodes, needs.KsmItems), machine.Ksm.UsedAtRest());
        host.Imported.AssertAudited();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void EntriesAndCountsAgreeFrameByFrame(ulong seed)
    {
        HostMap map = ImportedMachine.Read(HostSource.Synthetic, seed, 1 << 16);
        using MappedHost host = MappedHost.Of(map);
        ulong[] counts = new ulong[map.Frames];
        HostExporter.Counts(host.Imported.Table, counts);
        Assert.Equal(map.Counts, counts);
        long[] found = host.EntriesPerFrame();
        for (int pfn = 0; pfn < counts.Length; pfn++)
        {
            if ((map.Flags[pfn] & Kpf.Huge) == 0) { Assert.Equal((long)counts[pfn], found[pfn]); }
        }
        ImportTally tally = host.Imported.Host.Tally;
        Assert.Equal(tally.Mappings - tally.HugetlbMappings, tally.PteEntries + tally.HugeEntries);
    }

    [Fact]
    public void AReadThroughAMadeUpMmReachesTheFrameWhichHoldsNothingYet()
    {
        using MappedHost host = MappedHost.Of([MappedHost.Anon | Kpf.Mmap | Kpf.Owner2], [1]);
        UserMemory memories = host.Imported.Machine.Memories;
        Assert.Equal(FaultResult.Done, memories.TryRead(s_task, new MmId(1), First, out _, out bool intact));
        Assert.False(intact);
        PageSignature written = new(77, 3, First);
        Assert.Equal(FaultResult.Done, memories.TryWrite(s_task, new MmId(1), First, written));
        Assert.Equal(First, Assert.Single(host.Entries()).Pte.Pfn.Value);
        Assert.True(host.Imported.Contents.TryRead(new Pfn(First), out PageSignature found));
        Assert.Equal(written, found);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AWriteToAnImportedFrameThatIsSharedCopiesIt(bool merged)
    {
        using MappedHost host = MappedHost.Of([MappedHost.Anon | Kpf.Mmap | (merged ? Kpf.Ksm : 0)], [3]);
        (MmId mm, long page, _, _) = host.Entries()[^1];
        Assert.Equal(FaultResult.Done, host.Imported.Machine.Memories.TryWrite(s_task, mm, page, new PageSignature(1, 1, page)));
        Assert.Equal((2, 1), (host.At.RefCount[First], host.At.MapCount[First]));
        Assert.NotEqual(First, host.Entries()[^1].Pte.Pfn.Value);
        host.Imported.Machine.Drain.DrainAll(s_task);
        host.Imported.AssertAudited();
    }

    [Fact]
    public void ImportedFoliosOfEveryKindMigrateWithAllTheirMappings()
    {
        ulong shared = MappedHost.Anon | Kpf.Mmap;
        using MappedHost host = MappedHost.Of([shared, shared | Kpf.Ksm, MappedHost.File | Kpf.Mmap, MappedHost.File], [3, 70, 4, 0]);
        var machine = host.Imported.Machine;
        FolioList list = new FolioLists(machine.Base, machine.Links, "moved", 1)[0];
        for (int i = 0; i < 4; i++) { Assert.True(machine.Migrator.TryIsolate(s_task, new Pfn(First + i), list)); }
        machine.Migrator.MigratePages(s_task, list, machine.Migrator.Anywhere, MigrateMode.Sync, MigrateReason.Compaction);
        Assert.True(list.IsEmpty);
        machine.Drain.DrainAll(s_task);
        Assert.Equal([3, 4, 70], host.Entries().GroupBy(entry => entry.Pte.Pfn).Select(entries => entries.Count()).Order());
        Assert.DoesNotContain(host.Entries(), entry => entry.Pte.Pfn.Value is >= First and < First + 4);
        host.Imported.AssertAudited();
    }

    [Fact]
    public void EveryListedFolioIsOnTheListItsFlagsNameInTheOrderOfFrames()
    {
        ulong[] flags =
        [
            MappedHost.Anon, MappedHost.Anon | Kpf.Active, MappedHost.File, MappedHost.File | Kpf.Active,
            MappedHost.File | Kpf.Unevictable, MappedHost.File, .. MappedHost.Folio(2, MappedHost.File),
        ];
        for (int i = 0; i < 2; i++) { flags[i] |= Kpf.Mmap; }
        using MappedHost host = MappedHost.Of(flags, [1, 1, 0, 0, 0, 0, 0, 0]);
        LruVecs lru = host.Imported.Machine.Lru;
        Assert.Equal([1L, 1, 1 + 1 + 2, 1, 1], Enumerable.Range(0, (int)LruKind.Count).Select(kind => lru.SizeOf(0, (LruKind)kind)));
        Assert.Equal([1L, 1, 3, 1, 1], host.Imported.Host.LruFolios);
        Assert.Equal(First + 2, lru.OldestLocked(0, LruKind.InactiveFile).Value);
        host.Imported.AssertAudited();
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void WhenAllMadeUpMmsHaveExitedNothingIsMapped(ulong seed)
    {
        using MappedHost host = MappedHost.Of(ImportedMachine.Read(HostSource.Synthetic, seed, 1 << 14));
        List<MmId> mms = [];
        host.Imported.Machine.Mms.ForEachAtRest((mm, _) => mms.Add(mm));
        foreach (MmId mm in mms) { host.Imported.Machine.Mms.Exit(s_task, mm); }
        host.Imported.Machine.Drain.DrainAll(s_task);
        Assert.Empty(host.Entries());
        Assert.Equal(0, host.Imported.Machine.Tables.UsedTablesAtRest());
        foreach (int word in host.At.MapCount) { Assert.Equal(0, MapCount.CountOf(word)); }
        host.Imported.AssertAudited();
    }
}
