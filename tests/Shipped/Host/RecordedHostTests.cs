using System.Text;
using System.Text.Json;
using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lab.Formats;
using MemCore.Lab.Host;
using MemCore.Mapping;

namespace MemCore.Tests.Host;

/// <summary>The recordings of a real machine, all 6,553,600 frames of each.</summary>
[Collection(RecordedHosts.Name)]
public sealed class RecordedHostTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("a-loaded", 58_769, 827_731, 3_440_640, 0)]
    [InlineData("b-fragmented", 68_632, 1_015_794, 2_719_744, 21_380)]
    [InlineData("c-compacted", 31_186, 2_210_220, 2_457_600, 60)]
    public void FlaglessFramesAreNeverSimplyFree(string prefix, long kernel, long free, long absent, long countsWithoutFlags)
    {
        using ImportedMachine machine = ImportedMachine.Of(prefix);
        ImportReport report = new(machine.Host);
        output.WriteLine(report.ToText());
        Assert.Equal(kernel, report[HostFrameClass.Kernel]);
        Assert.Equal(free, report[HostFrameClass.Free]);
        Assert.Equal(absent, report[HostFrameClass.Absent]);
        Assert.Equal(262_144, report[HostFrameClass.Hole]);
        Assert.Equal(countsWithoutFlags, report[HostDisagreement.CountWithoutFlags]);
        Assert.Equal(32_768, report[HostFrameClass.Hugetlb]);
        Assert.Equal(0, report[HostDisagreement.MisshapenFolio] + report[HostDisagreement.TailWithoutHead] + report[HostDisagreement.TailDiffersFromHead]);
        Assert.Equal(machine.Map.Frames, machine.Host.TableFrames);
        Assert.Equal(free, machine.Allocator.FreeFramesAtRest());
    }

    [Theory]
    [InlineData("a-loaded")]
    [InlineData("b-fragmented")]
    [InlineData("c-compacted")]
    public void TheFullAuditPassesStraightAfterTheImport(string prefix)
    {
        using ImportedMachine machine = ImportedMachine.Of(prefix);
        AuditPart[] parts = new AuditPart[2];
        Parallel.For(0, parts.Length, part => parts[part] = machine.Audit.Check(part, parts.Length, HeldFolios.None));
        AuditPart all = machine.Audit.Finish(parts);

        Assert.True(all.Violations == 0, string.Join('\n', all.Findings));
        ImportTally tally = machine.Host.Tally;
        Assert.Equal((machine.Host.InUse, machine.Host.Free, machine.Host.Holes + machine.Host.Absent), (all.Live, all.Free, all.Away));
        Assert.Equal((tally.Mappings, tally.CacheReferences, tally.PrivateReferences, tally.HostReferences), (all.Mappings, all.Cache, all.Private, all.Host));
        Assert.Equal(all.References, all.Mappings + all.Cache + all.Private + all.Host);
    }

    [Theory]
    [InlineData("a-loaded")]
    [InlineData("b-fragmented")]
    [InlineData("c-compacted")]
    public void AnExportRightAfterTheImportEqualsTheRecordingBitForBit(string prefix)
    {
        using ImportedMachine machine = ImportedMachine.Of(prefix);
        ulong[] exported = machine.Export();
        int equal = exported.AsSpan().CommonPrefixLength(machine.Map.Flags);
        Assert.True(equal == exported.Length, equal == exported.Length ? string.Empty : $"pfn 0x{equal:x}: recorded {Kpf.Names(machine.Map.Flags[equal])}, exported {Kpf.Names(exported[equal])}");
    }

    [Fact]
    public void TheCountsComeBackWhereTheFlagsAgree()
    {
        using ImportedMachine machine = ImportedMachine.Of("a-loaded");
        ulong[] exported = new ulong[machine.Map.Frames];
        HostExporter.Counts(machine.Table, exported);
        int different = 0;
        for (int pfn = 0; pfn < exported.Length; pfn++) { different += exported[pfn] == machine.Map.Counts![pfn] ? 0 : 1; }
        ImportReport report = new(machine.Host);
        Assert.Equal(report[HostDisagreement.CountOnFree] + report[HostDisagreement.CountWithoutMmap] + report[HostDisagreement.MmapWithoutCount], different);
    }

    [Theory]
    [InlineData("a-loaded")]
    [InlineData("b-fragmented")]
    public void EveryRecordedMappingIsAnEntryOfAPageTable(string prefix)
    {
        using MappedHost host = MappedHost.Of(ImportedMachine.Read(Formats.RealHost.PathOf(prefix)));
        ulong[] exported = new ulong[host.Imported.Map.Frames];
        HostExporter.Counts(host.Imported.Table, exported);
        long[] found = host.EntriesPerFrame();
        long hugetlb = 0;
        for (int pfn = 0; pfn < exported.Length; pfn++)
        {
            if ((host.Imported.Map.Flags[pfn] & Kpf.Huge) != 0)
            {
                hugetlb += (long)exported[pfn];
                exported[pfn] = 0;
            }
        }
        Assert.True(exported.AsSpan().SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.Cast<long, ulong>(found)));
        ImportTally tally = host.Imported.Host.Tally;
        Assert.Equal(tally.HugetlbMappings * HostMap.BlockFrames, hugetlb);
        Assert.Equal(tally.Mappings - tally.HugetlbMappings, tally.PteEntries + tally.HugeEntries);
        Assert.True(tally.HugeEntries > 0 && tally.KsmItems > 0 && tally.CacheSlots > 0);
    }

    [Fact]
    public void UninitialisedMemoryIsFreeWhenAsked()
    {
        HostMap map = ImportedMachine.Read(Formats.RealHost.PathOf("a-loaded"));
        using ImportedMachine machine = ImportedMachine.Of(map, new ImportOptions(DeferredFree: true));
        Assert.Equal(0, machine.Host.Absent);
        Assert.Equal(827_731 + 3_440_640, machine.Allocator.FreeFramesAtRest());
        machine.AssertAudited();
        Assert.True(machine.Export().AsSpan().SequenceEqual(map.Flags));
    }

    [Theory]
    [InlineData("a-loaded")]
    [InlineData("b-fragmented")]
    public void TheTextsHaveTheKernelsLayoutAndTheEnginesNumbers(string prefix)
    {
        using ImportedMachine machine = ImportedMachine.Of(prefix);
        string buddy = HostTexts.BuddyInfo(machine.Allocator, machine.Map.Zones);
        string types = HostTexts.PageTypeInfo(machine.Table, machine.Allocator, machine.Map.Zones);
        string recorded = Formats.RealHost.Text($"{prefix}-pagetypeinfo.txt");
        output.WriteLine(buddy);
        output.WriteLine(types);
        Assert.Equal(Shape(Formats.RealHost.Text($"{prefix}-buddyinfo.txt")), Shape(buddy));
        Assert.Equal(Shape(recorded), Shape(types));
        Assert.True(BuddyInfo.TryParse(buddy, "buddyinfo", out BuddyInfo? parsed, out _));
        Assert.Equal(machine.Allocator.FreeFramesAtRest(), parsed.FreePages);
        long[] perOrder = new long[FrameTable.MaxOrder + 1];
        machine.Allocator.FreeBlocksPerOrderAtRest(perOrder, null);
        Assert.Equal(perOrder, Enumerable.Range(0, perOrder.Length).Select(order => parsed.Zones.Sum(zone => zone.FreeBlocks[order])));
        Assert.True(PageTypeInfo.TryParse(types, "pagetypeinfo", out PageTypeInfo? parsedTypes, out _));
        PageTypeInfo real = machine.Map.PageTypeInfo!;
        long blocks = real.Types.Sum(real.BlocksOf);

        // The text was read later, when more memory had been initialised: up to three sections of 64 blocks.
        Assert.InRange(parsedTypes.Types.Sum(parsedTypes.BlocksOf), blocks - (3 * 64), blocks);
        Assert.InRange(parsedTypes.BlocksOf("Unmovable"), real.BlocksOf("Unmovable"), 2 * (real.BlocksOf("Unmovable") + real.BlocksOf("Reclaimable")));
    }

    [Fact]
    public void TheGaugesAreThoseOfTheRecordedVmstat()
    {
        using ImportedMachine machine = ImportedMachine.Of("a-loaded");
        string text = HostTexts.VmStat(machine.Table, machine.Allocator, [new("pgfree", 0)]);
        Assert.True(NamedCounters.TryParseVmStat(text, "vmstat", out NamedCounters? ours, out FormatError? error), error?.Message);
        foreach ((string name, long value) in ours.Values) { output.WriteLine($"{name} {value} recorded {machine.Map.VmStat![name]}"); }
        foreach (string exact in new[] { "nr_mlock", "nr_swapcached" }) { Assert.Equal(machine.Map.VmStat![exact], ours[exact]); }
        foreach (string near in new[] { "nr_free_pages", "nr_inactive_anon", "nr_inactive_file", "nr_active_file", "nr_unevictable", "nr_anon_pages", "nr_file_pages", "nr_page_table_pages" })
        {
            long recorded = machine.Map.VmStat![near];
            Assert.InRange(ours[near], recorded - (recorded / 20), recorded + (recorded / 20));
        }
    }

    [Fact]
    public void TheReportSaysWhatWasFoundInWordsAndFields()
    {
        HostMap map = ImportedMachine.Read(Formats.RealHost.PathOf("b-fragmented"));
        using ImportedMachine machine = ImportedMachine.Of(map);
        ImportReport report = new(machine.Host);
        string text = report.ToText();
        Assert.Contains("21,380 mapped frames without any flag", text, StringComparison.Ordinal);
        Assert.Contains("kernel 68,632", text, StringComparison.Ordinal);
        Assert.Contains("pagetypeinfo says Unmovable 140", text, StringComparison.Ordinal);

        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            report.WriteJson(json);
            json.WriteEndObject();
        }
        JsonElement fields = JsonDocument.Parse(Encoding.UTF8.GetString(stream.ToArray())).RootElement;
        Assert.Equal(21_380, fields.GetProperty("disagreements").GetProperty("count_without_flags").GetInt64());
        Assert.Equal(machine.Host.InUse, fields.GetProperty("in_use").GetInt64());
        Assert.Equal(11, fields.GetProperty("buddyinfo").GetArrayLength());
    }

    [Fact]
    public void ThisMachineIsReadOrRefusedInOneLineWithExit3()
    {
        if (HostSource.TryRead(HostSource.Live, 0, 0, out HostMap? map, out HostError? error))
        {
            using ImportedMachine machine = ImportedMachine.Of(map);
            output.WriteLine(new ImportReport(machine.Host).ToText());
            machine.AssertAudited();
            Assert.True(machine.Export().AsSpan().SequenceEqual(map.Flags));
            return;
        }
        output.WriteLine(error.Message);
        Assert.Equal(HostError.Machine, error.ExitCode);
        Assert.StartsWith("--host live", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void MetadataStaysWithinTheEstimate()
    {
        using ImportedMachine machine = ImportedMachine.Of("c-compacted");
        int frames = machine.Host.TableFrames;
        long pools = MappingNeeds.Of(machine.Map).AddTo(new MappingOptions()).ReservedBytes;
        long used = machine.Machine.Arena.UsedBytes;
        output.WriteLine($"arena {used:N0} bytes, pools for mappings reserve {pools:N0}");
        Assert.InRange(used, 1, HostMemory.NeededBytes(frames, 0) + pools);
        Assert.True(used + ((long)frames * machine.Machine.Options.FrameBytes) <= Machine.BytesFor(machine.Machine.Options));
    }

    // Every number becomes its width, so that columns are compared and not counts.
    private static string Shape(string text)
    {
        StringBuilder shape = new();
        foreach (string line in text.Split('\n'))
        {
            shape.Append(string.Concat(line.Select(c => char.IsAsciiDigit(c) ? ' ' : c)).TrimEnd()).Append(line.Length).Append('\n');
        }
        return shape.ToString();
    }
}

/// <summary>These tests take half a gigabyte each: one after the other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RecordedHosts
{
    public const string Name = "recorded hosts";
}
