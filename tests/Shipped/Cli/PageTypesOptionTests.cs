using MemCore.Cli.PageTypes;
using MemCore.Lab.Formats;

namespace MemCore.Tests.Cli;

public class PageTypesOptionTests
{
    [Fact]
    public void ShortOptionsMayBeBundledAndCarryTheirArgument()
    {
        PageTypesOptions options = Parse("-rlNMC", "-b=buddy", "-a0x10+0x20", "-Fimage");
        Assert.True(options is { Raw: true, Listing: PageListing.Ranges, NoSummary: true, ListMapCount: true, ListCgroup: true });
        Assert.Equal("image", options.FlagsPath);
        Assert.Equal([new BitsFilter(ulong.MaxValue, Kpf.Buddy, Any: false)], options.Filters);
        Assert.Equal([new PfnRange(0x10, 0x30)], options.Ranges);
        Assert.Equal(("x", PageListing.Each), (Parse("-rLFx").FlagsPath, Parse("-rLFx").Listing));
    }

    [Fact]
    public void LongOptionsMayBeShortenedAndTakeTheirArgumentEitherWay()
    {
        PageTypesOptions options = Parse("--raw", "--addr=1,5", "--bits", "lru", "--list-e", "--no-summary", "--kpageflags", "image",
            "--kpagecount=counts", "--kpagecg", "groups", "--json");
        Assert.True(options is { Raw: true, NoSummary: true, Json: true, Listing: PageListing.Each });
        Assert.Equal(("image", "counts", "groups"), (options.FlagsPath, options.CountPath, options.CgroupPath));
        Assert.Equal(PageListing.Ranges, Parse("--list").Listing);
    }

    [Fact]
    public void NothingAskedMeansTheRunningMachineAndAllPages()
    {
        PageTypesOptions options = Parse();
        Assert.Null(options.FlagsPath);
        Assert.Empty(options.Filters);
        Assert.Empty(options.Ranges);
        Assert.Equal(PageListing.None, options.Listing);
    }

    [Theory]
    [InlineData("7", 7, 8)]
    [InlineData("0x10", 16, 17)]
    [InlineData("010", 8, 9)]
    [InlineData("5+3", 5, 8)]
    [InlineData("5,9", 5, 9)]
    [InlineData("5,", 5, long.MaxValue)]
    [InlineData("5+", 5, long.MaxValue)]
    [InlineData(",9", 0, 9)]
    [InlineData("+9", 0, 9)]
    [InlineData("5,5", 5, 5)]
    [InlineData("5+0x7fffffffffffffff", 5, long.MaxValue)]
    public void RangesAreUnderstood(string text, long first, long end)
    {
        Assert.True(PfnRange.TryParse(text, out PfnRange range, out string? complaint), complaint);
        Assert.Equal(new PfnRange(first, end), range);
    }

    [Theory]
    [InlineData("lru,mmap", Kpf.Lru | Kpf.Mmap, 0UL, true)]
    [InlineData("lru,mmap=lru", Kpf.Lru | Kpf.Mmap, Kpf.Lru, false)]
    [InlineData("lru,~mmap", Kpf.Lru | Kpf.Mmap, Kpf.Lru, false)]
    [InlineData("=lru,mmap", ulong.MaxValue, Kpf.Lru | Kpf.Mmap, false)]
    [InlineData("=", ulong.MaxValue, 0UL, false)]
    [InlineData("0x30", 0x30UL, 0UL, true)]
    [InlineData("~0x30", 0x30UL, 0UL, false)]
    [InlineData("huge,compound", Kpf.Huge | Kpf.Compound, 0UL, true)]
    public void BitsAreUnderstood(string text, ulong mask, ulong bits, bool any)
    {
        Assert.True(BitsFilter.TryParse(text, out BitsFilter filter, out string? complaint), complaint);
        Assert.Equal(new BitsFilter(mask, bits, any), filter);
    }

    [Theory]
    [InlineData("-z", "unknown option -z")]
    [InlineData("-rz", "unknown option -z")]
    [InlineData("--nope", "unknown option --nope")]
    [InlineData("--kpagec x", "may mean")]
    [InlineData("--raw=1", "takes no argument")]
    [InlineData("-F", "-F needs FILE")]
    [InlineData("--kpagecount", "--kpagecount needs FILE")]
    [InlineData("-p 1", "option -p needs a running machine")]
    [InlineData("extra", "unexpected argument 'extra'")]
    [InlineData("-", "unexpected argument '-'")]
    [InlineData("-b nosuch", "no flag is called 'nosuch'")]
    [InlineData("-b lru=nosuch", "no flag is called 'nosuch'")]
    [InlineData("-b nosuch=lru", "no flag is called 'nosuch'")]
    [InlineData("-b ~nosuch", "no flag is called 'nosuch'")]
    [InlineData("-a x", "bad range 'x'")]
    [InlineData("-a 0xg,5", "bad range '0xg,5'")]
    [InlineData("-a 9,5", "bad range '9,5'")]
    [InlineData("-a ,", "bad range ','")]
    [InlineData("-a 08", "bad range '08'")]
    [InlineData("-a 1,2,3", "bad range '1,2,3'")]
    [InlineData("-a -5", "bad range '-5'")]
    [InlineData("-l --diff x", "--diff")]
    public void AMistakeIsOneLineAndExitTwo(string commandLine, string complaint)
    {
        (int exit, string stdout, string stderr) = PageTypesRun.Invoke(commandLine.Split(' '));
        Assert.Equal((2, ""), (exit, stdout));
        Assert.Contains(complaint, stderr, StringComparison.Ordinal);
        Assert.Equal(stderr.Length - 1, stderr.IndexOf('\n', StringComparison.Ordinal));
    }

    [Fact]
    public void HelpNamesEveryOption()
    {
        (int exit, string stdout, string stderr) = PageTypesRun.Invoke("--help");
        Assert.Equal((0, ""), (exit, stderr));
        Assert.All(new[] { "-F", "-r", "-b", "-a", "-l", "-L", "-N", "-M", "-C", "--kpagecount", "--kpagecgroup", "--diff", "--json" },
            option => Assert.Contains(option, stdout, StringComparison.Ordinal));
        Assert.DoesNotContain('\r', stdout);
    }

    private static PageTypesOptions Parse(params string[] args)
    {
        Assert.True(PageTypesParser.TryParse(args, out PageTypesOptions? options, out string? complaint), complaint);
        return options!;
    }
}
