using System.IO.Compression;
using System.Numerics;
using System.Runtime.InteropServices;
using MemCore.Lab.Formats;

namespace MemCore.Tests.Formats;

public class PageImageTests
{
    [Theory]
    [InlineData("a-loaded", 1_820_327, 827_731, 733_020, 92_658, 749_298, 20_965)]
    [InlineData("b-fragmented", 2_343_813, 1_015_794, 1_503_926, 87_731, 1_525_207, 12_802)]
    [InlineData("c-compacted", 1_450_021, 2_210_220, 652_482, 72_127, 689_509, 12_817)]
    public void RecordedFlagsHaveTheCountsOfTheirDescription(string prefix, int lru, int buddy, int thp, int heads, int tails, int mlocked)
    {
        ulong[] flags = ReadAll(RealHost.FlagsOf(prefix));

        Assert.Equal(6_553_600, flags.Length);
        Assert.Equal(lru, flags.Count(value => (value & Kpf.Lru) != 0));
        Assert.Equal(buddy, flags.Count(value => (value & Kpf.Buddy) != 0));
        Assert.Equal(thp, flags.Count(value => (value & Kpf.Thp) != 0));
        Assert.Equal(heads, flags.Count(value => (value & Kpf.CompoundHead) != 0));
        Assert.Equal(tails, flags.Count(value => (value & Kpf.CompoundTail) != 0));
        Assert.Equal(mlocked, flags.Count(value => (value & Kpf.Mlocked) != 0));
        Assert.Equal(32_768, flags.Count(value => (value & Kpf.Huge) != 0));
        Assert.Equal(Kpf.Reserved, flags[0]);
    }

    [Theory]
    [InlineData("a-loaded", 469_922, 1_632_415, 1_024)]
    [InlineData("b-fragmented", 1_159_384, 1_178_684, 256)]
    [InlineData("c-compacted", 337_259, 354_926, 256)]
    public void RecordedMapCountsHaveTheSumsOfTheirDescription(string prefix, int mapped, long sum, ulong most)
    {
        ulong[] counts = ReadAll(RealHost.PathOf($"{prefix}-kpagecount.bin.gz"));

        Assert.Equal(mapped, counts.Count(count => count != 0));
        Assert.Equal(sum, counts.Sum(count => (long)count));
        Assert.Equal(most, counts.Max());
    }

    [Fact]
    public void PlainAndGzipFilesReadAlikeInBlocksOfAnySize()
    {
        using var scratch = new ScratchFolder();
        ulong[] entries = Entries(10_007, seed: 1);
        string plain = scratch.Write("plain", Bytes(entries));
        string gzip = scratch.Write("zipped", Gzip(Bytes(entries)));

        foreach (string path in new[] { plain, gzip })
        {
            Assert.True(PageImage.TryOpen(path, out PageImage? image, out _));
            using (image)
            {
                Assert.Equal(path == gzip, image.IsGzip);
                Assert.Equal(entries.Length, image.EntriesHint);
                var seen = new List<ulong>();
                ulong[] block = new ulong[1_000];
                for (int wanted = 1; ; wanted = wanted * 7 % 997 + 1)
                {
                    Assert.True(image.TryRead(block.AsSpan(0, wanted), out int read, out _));
                    seen.AddRange(block.AsSpan(0, read));
                    if (read < wanted)
                    {
                        break;
                    }
                }
                Assert.Equal(entries, seen);
                Assert.Equal(entries.Length, image.Position);
                Assert.True(image.TryRead(block, out int rest, out _));
                Assert.Equal(0, rest);
            }
            Assert.Equal(entries, ReadAll(path));
        }
    }

    [Fact]
    public unsafe void EntriesGoStraightIntoNativeMemory()
    {
        using var scratch = new ScratchFolder();
        ulong[] entries = Entries(512, seed: 2);
        Assert.True(PageImage.TryOpen(scratch.Write("image", Bytes(entries)), out PageImage? image, out _));
        ulong* native = (ulong*)NativeMemory.AllocZeroed(512, sizeof(ulong));
        try
        {
            using (image)
            {
                Assert.True(image.TryRead(new Span<ulong>(native, 512), out int read, out _));
                Assert.Equal(512, read);
                Assert.Equal(entries, new Span<ulong>(native, 512).ToArray());
            }
        }
        finally
        {
            NativeMemory.Free(native);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SkippingLeadsToTheSameEntryAndStopsAtTheEnd(bool gzip)
    {
        using var scratch = new ScratchFolder();
        ulong[] entries = Entries(300_000, seed: 3);
        string path = scratch.Write("image", gzip ? Gzip(Bytes(entries)) : Bytes(entries));
        Assert.True(PageImage.TryOpen(path, out PageImage? image, out _));
        using (image)
        {
            ulong[] one = new ulong[1];
            foreach (long pfn in new long[] { 0, 1, 65_536, 299_999 })
            {
                Assert.True(image.TrySkipTo(pfn, out _));
                Assert.True(image.TryRead(one, out int read, out _));
                Assert.Equal((1, entries[pfn]), (read, one[0]));
            }
            Assert.True(image.TrySkipTo(1_000_000, out _));
            Assert.True(image.TryRead(one, out int none, out _));
            Assert.Equal(0, none);
        }
    }

    [Fact]
    public void AnEmptyFileIsAnImageOfNoPages()
    {
        using var scratch = new ScratchFolder();
        Assert.Empty(ReadAll(scratch.Write("plain", [])));
        Assert.Empty(ReadAll(scratch.Write("zipped", Gzip([]))));
    }

    [Fact]
    public void ALiveProcFileOfUnknownLengthReadsToItsEnd()
    {
        Assert.SkipUnless(File.Exists("/proc/version"), "no /proc here");
        // Any live text will do as bytes: its length is reported as 0, and the reader must not believe it.
        bool read = PageImage.TryReadAll("/proc/version", out ulong[]? entries, out FormatError? error);
        long length = File.ReadAllText("/proc/version").Length;
        Assert.True(read ? entries!.Length * 8 == length : error!.Message.Contains($"{length} bytes", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8_001)]
    public void ALengthThatIsNoMultipleOfAnEntryIsRefused(int bytes)
    {
        using var scratch = new ScratchFolder();
        AssertRefused(scratch.Write("plain", new byte[bytes]), FormatErrorKind.NotWholeEntries);
        AssertRefused(scratch.Write("zipped", Gzip(new byte[bytes])), FormatErrorKind.NotWholeEntries);
    }

    [Fact]
    public void ACutOffGzipFileIsRefusedWhereverItIsCut()
    {
        using var scratch = new ScratchFolder();
        byte[] whole = Gzip(Bytes(Entries(5_000, seed: 4)));
        foreach (int length in new[] { 5, 12, whole.Length / 2, whole.Length - 8, whole.Length - 4, whole.Length - 1 })
        {
            AssertRefused(scratch.Write($"cut-{length}", whole[..length]), FormatErrorKind.Truncated);
        }
    }

    [Fact]
    public void GzipDataThatContradictsItselfIsRefused()
    {
        using var scratch = new ScratchFolder();
        byte[] whole = Gzip(Bytes(Entries(5_000, seed: 5)));
        byte[] wrongSum = [.. whole];
        wrongSum[^6] ^= 0x55;
        AssertRefused(scratch.Write("sum", wrongSum), FormatErrorKind.Corrupt);
        byte[] wrongBlock = [.. whole];
        wrongBlock[10] = 0xff;
        AssertRefused(scratch.Write("block", wrongBlock), FormatErrorKind.Corrupt);
    }

    [Fact]
    public void MissingFilesAndFoldersAreRefusedInOneLine()
    {
        using var scratch = new ScratchFolder();
        AssertRefused(scratch["absent"], FormatErrorKind.NotFound);
        AssertRefused(Path.Combine(scratch["absent"], "deeper"), FormatErrorKind.NotFound);
        AssertRefused(scratch.Folder, FormatErrorKind.NotAFile);
        var denied = FormatError.From("/proc/kpageflags", new UnauthorizedAccessException("Access to the path is denied."));
        Assert.Equal(FormatErrorKind.NoPermission, denied.Kind);
        Assert.Contains("root only", denied.Message, StringComparison.Ordinal);
    }

    internal static ulong[] ReadAll(string path)
    {
        Assert.True(PageImage.TryReadAll(path, out ulong[]? entries, out FormatError? error), error?.Message);
        return entries!;
    }

    internal static ulong[] Entries(int count, int seed)
    {
        var random = new Random(seed);
        ulong[] entries = new ulong[count];
        for (int i = 0; i < count; i++)
        {
            entries[i] = BitOperations.RotateLeft((ulong)random.NextInt64(), random.Next(64));
        }
        return entries;
    }

    internal static byte[] Bytes(ReadOnlySpan<ulong> entries) => MemoryMarshal.AsBytes(entries).ToArray();

    internal static byte[] Gzip(byte[] bytes)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }
        byte[] written = zipped.ToArray();
        // The library writes nothing at all for no content; a gzip file of nothing is these 20 bytes.
        return written.Length > 0 ? written : [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    }

    private static void AssertRefused(string path, FormatErrorKind kind)
    {
        Assert.False(PageImage.TryReadAll(path, out ulong[]? entries, out FormatError? error));
        Assert.Null(entries);
        Assert.Equal(kind, error.Kind);
        Assert.StartsWith(path + ":", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
