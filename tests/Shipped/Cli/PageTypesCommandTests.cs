using System.Text.Json;
using MemCore.Cli.PageTypes;
using MemCore.Lab.Formats;
using MemCore.Tests.Formats;

namespace MemCore.Tests.Cli;

public class PageTypesCommandTests
{
    private const ulong Unknown = 1UL << 55;

    [Fact]
    public void ValuesThatShareASlotStayInTheOrderOfTheirArrival()
    {
        var slots = new FlagSlots();
        ulong late = Kpf.Lru;
        ulong early = Kpf.Lru | Kpf.Thp;
        Assert.Equal((int)late, slots.SlotOf(early));
        Assert.Equal((int)late + 1, slots.SlotOf(late));
        Assert.Equal((int)late, slots.SlotOf(early));
        Assert.Equal(0, slots.SlotOf(0));
    }

    [Fact]
    public void TheTableWrapsPastTheSlotOfNoFlagsAndEndsWhenFull()
    {
        var slots = new FlagSlots();
        Assert.Equal(1, slots.SlotOf(Kpf.Thp));
        Assert.Equal(8191, slots.SlotOf(8191));
        Assert.Equal(2, slots.SlotOf(8191 | Kpf.Thp));
        for (ulong i = 1; i <= 8188; i++)
        {
            Assert.True(slots.SlotOf(i << 20 | 3) > 0);
        }
        Assert.Equal(-1, slots.SlotOf(Kpf.MmapExclusive));
        Assert.Equal(0, slots.SlotOf(0));
    }

    [Fact]
    public void RangesOnOneLineAreWalkedInTheirOrder()
    {
        using var scratch = new ScratchFolder();
        string image = scratch.Write("image", PageImageTests.Bytes([0, Kpf.Lru, Kpf.Lru, Kpf.Buddy, 0]));
        (int exit, string stdout, _) = PageTypesRun.Invoke("-F", image, "-lN", "-a", "3,", "-a", "1+2");
        Assert.Equal(0, exit);
        string lru = Kpf.Letters(Kpf.Lru);
        Assert.Equal($"offset\tlen\tflags\n3\t1\t{Kpf.Letters(Kpf.Buddy)}\n4\t1\t{Kpf.Letters(0)}\n1\t2\t{lru}\n", stdout);
    }

    [Fact]
    public void EveryFilterMustHold()
    {
        using var scratch = new ScratchFolder();
        string image = scratch.Write("image", PageImageTests.Bytes(
            [Kpf.Lru, Kpf.Lru | Kpf.Mmap, Kpf.Mmap, Kpf.Lru | Kpf.Mmap | Kpf.Dirty]));
        (_, string stdout, _) = PageTypesRun.Invoke("-F", image, "-LN", "-b", "lru", "-b", "mmap", "-b", "~dirty");
        Assert.Equal($"offset\tflags\n1\t{Kpf.Letters(Kpf.Lru | Kpf.Mmap)}\n", stdout);
    }

    [Fact]
    public void AnEmptyImageHasATotalOfZero()
    {
        using var scratch = new ScratchFolder();
        (int exit, string stdout, _) = PageTypesRun.Invoke("-F", scratch.Write("image", []));
        Assert.Equal(0, exit);
        Assert.EndsWith("\n             total\t         0        0\n", stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void ARangeBeyondTheEndIsEmpty()
    {
        using var scratch = new ScratchFolder();
        string image = scratch.Write("image", PageImageTests.Bytes([1, 2, 4]));
        (int exit, string stdout, _) = PageTypesRun.Invoke("-F", image, "-lN", "-a", "100+5");
        Assert.Equal((0, "offset\tlen\tflags\n"), (exit, stdout));
    }

    [Fact]
    public void GzipAndPlainImagesPrintTheSame()
    {
        using var scratch = new ScratchFolder();
        byte[] bytes = PageImageTests.Bytes(PageImageTests.ReadAll(RealHost.FlagsOf("b-fragmented")));
        (_, string plain, _) = PageTypesRun.Invoke("-r", "-F", scratch.Write("image", bytes));
        (_, string zipped, _) = PageTypesRun.Invoke("-r", "-F", RealHost.FlagsOf("b-fragmented"));
        Assert.Equal(zipped, plain);
    }

    [Fact]
    public void CountsAndGroupsMayBeNamed()
    {
        using var scratch = new ScratchFolder();
        string image = scratch.Write("image", PageImageTests.Bytes([Kpf.Lru, Kpf.Lru, Kpf.Lru]));
        string counts = scratch.Write("counts", PageImageTests.Bytes([10, 10, 11]));
        string groups = scratch.Write("groups", PageImageTests.Bytes([77, 77, 77]));
        (_, string stdout, _) = PageTypesRun.Invoke("-F", image, "-lNMC", "--kpagecount", counts, "--kpagecgroup", groups);
        string lru = Kpf.Letters(Kpf.Lru);
        Assert.Equal($"cgroup\tmap-cnt\toffset\tlen\tflags\n@77\t10\t0\t2\t{lru}\n@77\t11\t2\t1\t{lru}\n", stdout);
    }

    [Fact]
    public void MissingCompanionsAreAUsageErrorAndNeverTheRunningMachines()
    {
        using var scratch = new ScratchFolder();
        string image = scratch.Write("image", PageImageTests.Bytes([1]));
        AssertFails(2, "--kpagecount FILE", "-F", image, "-lM");
        AssertFails(2, "--kpagecgroup FILE", "-F", image, "-lC");
    }

    [Fact]
    public void UnreadableImagesAreOneLineAndExitThree()
    {
        using var scratch = new ScratchFolder();
        string image = scratch.Write("image", PageImageTests.Bytes([1, 2]));
        string shorter = scratch.Write("shorter", PageImageTests.Bytes([1]));
        AssertFails(3, "no such file", "-F", scratch["absent"]);
        AssertFails(3, "is a directory", "-F", scratch.Folder);
        AssertFails(3, "8-byte entries", "-F", scratch.Write("odd", new byte[9]));
        AssertFails(3, "cut off", "-F", scratch.Write("cut", File.ReadAllBytes(RealHost.FlagsOf("a-loaded"))[..100_000]));
        AssertFails(3, "no such file", "-F", image, "--diff", scratch["absent"]);
        AssertFails(3, "ends at pfn 0x1", "-F", image, "-lM", "--kpagecount", shorter);
        AssertFails(3, "no such file", "-F", image, "-lM", "--kpagecount", scratch["absent"]);
    }

    [Fact]
    public void AForeignFileIsToldByItsFlags()
    {
        using var scratch = new ScratchFolder();
        AssertFails(3, "unknown flag bit 55 at pfn 0x1", "-F", scratch.Write("bit", PageImageTests.Bytes([0, Unknown])));
        string arch3 = scratch.Write("arch3", PageImageTests.Bytes([Kpf.Arch3]));
        AssertFails(3, "unknown flag bit 42", "-r", "-F", arch3);
        Assert.Equal(0, PageTypesRun.Invoke("-F", arch3).Exit);
        ulong[] many = [.. Enumerable.Range(1, 9_000).Select(i => (ulong)i)];
        AssertFails(3, "different flag values", "-F", scratch.Write("many", PageImageTests.Bytes(many)));
    }

    [Fact]
    public void JsonHasOneRecordPerRowAndRange()
    {
        using var scratch = new ScratchFolder();
        string image = scratch.Write("image", PageImageTests.Bytes([0, Kpf.Lru | Kpf.Dirty, Kpf.Lru | Kpf.Dirty]));
        string counts = scratch.Write("counts", PageImageTests.Bytes([0, 3, 3]));
        (int exit, string stdout, _) = PageTypesRun.Invoke("-F", image, "-lM", "--kpagecount", counts, "--json");
        Assert.Equal(0, exit);
        JsonElement[] records =
            [.. stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.All(records, record => Assert.Equal("memcore.page-types/1", record.GetProperty("schema").GetString()));
        Assert.Equal(["range", "range", "flags", "flags", "total"], records.Select(record => record.GetProperty("kind").GetString()));
        JsonElement run = records[1];
        Assert.Equal([1, 2, 3], new[] { "pfn", "pages", "mapCount" }.Select(name => run.GetProperty(name).GetInt64()));
        Assert.Equal("0x0000000000000030", run.GetProperty("flags").GetString());
        Assert.Equal(["dirty", "lru"], run.GetProperty("names").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(3, records[^1].GetProperty("pages").GetInt64());
        (_, string each, _) = PageTypesRun.Invoke("-F", image, "-LN", "--json");
        Assert.Equal(3, each.Split("\"kind\":\"page\"").Length - 1);
    }

    [Fact]
    public void DiffCountsThePagesPerChangedFlag()
    {
        using var scratch = new ScratchFolder();
        string first = scratch.Write("first", PageImageTests.Bytes([0, Kpf.Lru, Kpf.Lru, Kpf.Buddy, 0, 0]));
        string second = scratch.Write("second", PageImageTests.Bytes([0, Kpf.Lru | Kpf.Dirty, Kpf.Buddy, Kpf.Lru, Kpf.Reserved]));
        (int exit, string stdout, _) = PageTypesRun.Invoke("-F", first, "--diff", second);
        Assert.Equal(0, exit);
        Assert.Equal("""
                   set	   cleared	flag
                     1	         0	dirty
                     1	         1	lru
                     1	         1	buddy
                     3	         5	changed, of compared
                     0	         1	only in the second, only in the first image

            """.ReplaceLineEndings("\n"), stdout);
        (_, string raw, _) = PageTypesRun.Invoke("-r", "-F", first, "--diff", second, "--json");
        Assert.Contains("\"flag\":\"reserved\",\"bit\":32,\"set\":1,\"cleared\":0", raw, StringComparison.Ordinal);
        (_, string filtered, _) = PageTypesRun.Invoke("-F", first, "--diff", second, "-b", "dirty");
        Assert.Contains("         1\t         1\tchanged, of compared", filtered, StringComparison.Ordinal);
    }

    [Fact]
    public void AnImageDiffersFromItselfInNothing()
    {
        string image = RealHost.FlagsOf("c-compacted");
        (_, string stdout, _) = PageTypesRun.Invoke("-r", "-F", image, "--diff", image);
        Assert.Equal("       set\t   cleared\tflag\n         0\t   6553600\tchanged, of compared\n", stdout);
    }

    private static void AssertFails(int code, string complaint, params string[] args)
    {
        (int exit, _, string stderr) = PageTypesRun.Invoke(args);
        Assert.Equal(code, exit);
        Assert.Contains(complaint, stderr, StringComparison.Ordinal);
        Assert.Equal(stderr.Length - 1, stderr.IndexOf('\n', StringComparison.Ordinal));
    }
}
