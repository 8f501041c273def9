using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lab.Formats;
using MemCore.Lab.Host;

namespace MemCore.Tests.Host;

public sealed class HostContradictionTests
{
    private const ulong File = Kpf.Uptodate | Kpf.Lru;
    private const ulong Anon = Kpf.Uptodate | Kpf.Lru | Kpf.SwapBacked | Kpf.Anon;
    private const int Frames = 4096;

    public static TheoryData<string, int, ulong[], ulong[]> Contradictions() => new()
    {
        { nameof(HostDisagreement.CountWithoutFlags), 1, [0], [1] },
        { nameof(HostDisagreement.CountOnFree), 1, [Kpf.Buddy], [2] },
        { nameof(HostDisagreement.CountWithoutMmap), 1, [File], [1] },
        { nameof(HostDisagreement.MmapWithoutCount), 1, [File | Kpf.Mmap], [0] },
        { nameof(HostDisagreement.CountOnTyped), 1, [Kpf.PgTable], [1] },
        { nameof(HostDisagreement.SlabWithForeignBits), 2, [Kpf.Slab | Kpf.CompoundHead | Kpf.Anon, Kpf.Slab | Kpf.CompoundTail | Kpf.Anon], [0, 0] },
        { nameof(HostDisagreement.FreeWithFlags), 1, [Kpf.Buddy | Kpf.Dirty], [0] },
        { nameof(HostDisagreement.TailWithoutHead), 1, [File | Kpf.CompoundTail], [0] },
        { nameof(HostDisagreement.MisshapenFolio), 1, [File | Kpf.CompoundHead], [0] },
        { nameof(HostDisagreement.MisshapenFolio), 1, [File | Kpf.CompoundHead, File | Kpf.CompoundTail, File | Kpf.CompoundTail], [0, 0, 0] },
        { nameof(HostDisagreement.MisshapenFolio), 1, [File, File | Kpf.CompoundHead, File | Kpf.CompoundTail], [0, 0, 0] },
        { nameof(HostDisagreement.MisshapenFolio), 1, [Anon | Kpf.CompoundHead, Anon | Kpf.CompoundTail], [0, 0] },
        { nameof(HostDisagreement.TailDiffersFromHead), 1, [File | Kpf.CompoundHead, File | Kpf.CompoundTail | Kpf.HwPoison], [0, 0] },
        { nameof(HostDisagreement.ActiveAndUnevictable), 1, [File | Kpf.Active | Kpf.Unevictable], [0] },
        { nameof(HostDisagreement.InFlight), 1, [File | Kpf.Locked], [0] },
        { nameof(HostDisagreement.InFlight), 1, [File | Kpf.Writeback], [0] },
        { nameof(HostDisagreement.SwapCacheBits), 1, [Anon | Kpf.SwapCache], [0] },
        { nameof(HostDisagreement.SwapCacheBits), 1, [Anon | Kpf.OwnerPrivate], [0] },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void AContradictionIsCountedAuditedAndExportedAsRecorded(string kind, int times, ulong[] flags, ulong[] counts)
    {
        HostMap map = Around(flags, counts);
        using ImportedMachine machine = ImportedMachine.Of(map);
        Assert.Equal(times, new ImportReport(machine.Host)[Enum.Parse<HostDisagreement>(kind)]);
        machine.AssertAudited();
        Assert.Equal(map.Flags, machine.Export());
    }

    [Fact]
    public void TheHostsLocksAreNotTakenOverSoNobodyWaitsForThem()
    {
        using ImportedMachine machine = ImportedMachine.Of(Around([File | Kpf.Locked], [0]));
        Assert.True(machine.Lock.TryLock(ImportedMachine.Task, new(1024)));
        machine.Lock.Unlock(ImportedMachine.Task, new(1024));
        machine.AssertAudited();
    }

    [Fact]
    public void SharedMemoryInTheSwapCacheHasTheReferencesOfOneCache()
    {
        using ImportedMachine machine = ImportedMachine.Of(Around([File | Kpf.SwapBacked | Kpf.SwapCache | Kpf.OwnerPrivate], [0]));
        Assert.Equal(1, machine.Table.AtRest.RefCount[1024]);
        Assert.Equal(0, machine.Table.AtRest.HostRefs[1024]);
    }

    [Fact]
    public void AMappedFileFolioHasAReferencePerMappingPerCachedFrameAndForPrivateData()
    {
        ulong head = File | Kpf.Mmap | Kpf.Private | Kpf.CompoundHead | Kpf.Thp;
        ulong tail = head ^ Kpf.Compound;
        using ImportedMachine machine = ImportedMachine.Of(Around([head, tail, tail, tail], [3, 0, 1, 0]));
        Assert.Equal(3 + 1 + 4 + 1, machine.Table.AtRest.RefCount[1024]);
        Assert.Equal(2, machine.Table.OrderOf(new(1024)));
        Assert.True(machine.Table.Flags(new(1024)).Has(PageFlags.Head | PageFlags.Private));
        Assert.Equal(new(1024), machine.Table.HeadOf(new(1027)));
    }

    [Fact]
    public void AHugetlbFolioIsMappedAsAWhole()
    {
        ulong[] flags = new ulong[512];
        flags.AsSpan().Fill(Kpf.Uptodate | Kpf.Huge | Kpf.Anon | Kpf.Mmap | Kpf.CompoundTail);
        flags[0] ^= Kpf.Compound;
        ulong[] counts = new ulong[512];
        counts.AsSpan().Fill(4);
        HostMap map = Around(flags, counts);
        using ImportedMachine machine = ImportedMachine.Of(map);
        Assert.Equal(4, machine.Table.AtRest.RefCount[1024]);
        ulong[] exported = new ulong[map.Frames];
        HostExporter.Counts(machine.Table, exported);
        Assert.Equal(map.Counts, exported);
        Assert.Equal(map.Flags, machine.Export());
    }

    [Fact]
    public void BlocksWithSlabPageTablesOrReservedFramesAreUnmovable()
    {
        ulong[] flags = new ulong[Frames];
        flags.AsSpan().Fill(File);
        (flags[0], flags[512], flags[1024]) = (Kpf.Slab, Kpf.PgTable, Kpf.Reserved);
        flags[1536] = 0;
        using ImportedMachine machine = ImportedMachine.Of(new HostMap("test", flags, null));
        Assert.Equal(
            [MigrateType.Unmovable, MigrateType.Unmovable, MigrateType.Unmovable, MigrateType.Movable],
            Enumerable.Range(0, 4).Select(machine.Allocator.TypeOf));
    }

    [Fact]
    public void FlaglessFramesAreTheKernelsBelowTheLimitAbsentAboveAndHolesOutsideOfMemory()
    {
        ulong[] flags = new ulong[Frames];
        flags[100] = File;
        HostMap map = new("test", flags, null) { Ram = RamRanges.From([(0, 50), (60, Frames)], "test") };
        using ImportedMachine machine = ImportedMachine.Of(map);
        Assert.Equal(512, map.LimitPfn);
        Assert.Equal(10, machine.Host.Holes);
        Assert.Equal(Frames - 512, machine.Host.Absent);
        Assert.Equal(502 - 1, new ImportReport(machine.Host)[HostFrameClass.Kernel]);
        Assert.Equal((1, 1), (machine.Table.AtRest.RefCount[0], machine.Table.AtRest.HostRefs[0]));
        Assert.Equal(0, machine.Allocator.FreeFramesAtRest());
        machine.AssertAudited();
    }

    [Fact]
    public void FramesThatNoWholeFolioFillsAreHolesOfTheTable()
    {
        ulong[] flags = new ulong[1500];
        flags.AsSpan().Fill(Kpf.Buddy);
        using ImportedMachine machine = ImportedMachine.Of(new HostMap("test", flags, null));
        Assert.Equal((2048, 1500L, 548L), (machine.Host.TableFrames, machine.Host.Free, machine.Host.Holes));
        machine.AssertAudited();
        Assert.Equal(flags, machine.Export());
    }

    /// <summary>The frames at 1024, amid free ones; a used frame before and behind keeps folios apart.</summary>
    private static HostMap Around(ulong[] flags, ulong[] counts)
    {
        ulong[] all = new ulong[Frames];
        all.AsSpan().Fill(Kpf.Buddy);
        ulong[] mapped = new ulong[Frames];
        flags.CopyTo(all, 1024);
        counts.CopyTo(mapped, 1024);
        return new HostMap("test", all, mapped);
    }
}
