using MemCore.Lab.Formats;

namespace MemCore.Tests.Formats;

public class PageImageWriterTests
{
    [Theory]
    [InlineData("image.bin", false)]
    [InlineData("image.bin.gz", true)]
    public void WhatIsWrittenReadsBackEqual(string name, bool gzip)
    {
        using var scratch = new ScratchFolder();
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        ulong[] entries = PageImageTests.Entries(100_003, seed);

        Assert.True(PageImageWriter.TryWriteAll(scratch[name], entries, out FormatError? error), error?.Message);

        Assert.Equal(entries, PageImageTests.ReadAll(scratch[name]));
        Assert.True(PageImage.TryOpen(scratch[name], out PageImage? image, out _));
        using (image)
        {
            Assert.Equal(gzip, image.IsGzip);
        }
        Assert.Equal([scratch[name]], Directory.GetFiles(scratch.Folder));
    }

    [Fact]
    public void ARealImageWrittenInBlocksIsTheSameImage()
    {
        using var scratch = new ScratchFolder();
        ulong[] flags = PageImageTests.ReadAll(RealHost.FlagsOf("b-fragmented"));
        Assert.True(PageImageWriter.TryCreate(scratch["copy"], gzip: false, out PageImageWriter? writer, out _));
        using (writer)
        {
            foreach (ulong[] block in flags.Chunk(1 << 18))
            {
                Assert.True(writer.TryWrite(block, out _));
            }
            Assert.True(writer.TryCommit(out _));
        }
        Assert.Equal(flags.LongLength * 8, new FileInfo(scratch["copy"]).Length);
        Assert.True(flags.AsSpan().SequenceEqual(PageImageTests.ReadAll(scratch["copy"])));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WithoutCommitTheOldFileStaysAndNothingElseIsLeft(bool gzip)
    {
        using var scratch = new ScratchFolder();
        Assert.True(PageImageWriter.TryWriteAll(scratch["image"], [1, 2, 3], out _));
        Assert.True(PageImageWriter.TryCreate(scratch["image"], gzip, out PageImageWriter? writer, out _));
        Assert.True(writer.TryWrite([9, 9, 9, 9], out _));
        Assert.Equal(2, Directory.GetFiles(scratch.Folder).Length);

        writer.Dispose();

        Assert.Equal([scratch["image"]], Directory.GetFiles(scratch.Folder));
        Assert.Equal([1UL, 2, 3], PageImageTests.ReadAll(scratch["image"]));
    }

    [Fact]
    public void ACommitReplacesTheOldFile()
    {
        using var scratch = new ScratchFolder();
        Assert.True(PageImageWriter.TryWriteAll(scratch["image"], [1, 2, 3], out _));
        Assert.True(PageImageWriter.TryWriteAll(scratch["image"], [4], out _));
        Assert.Equal([4UL], PageImageTests.ReadAll(scratch["image"]));
    }

    [Fact]
    public void AMissingFolderAndAFolderInTheWayAreRefused()
    {
        using var scratch = new ScratchFolder();
        Assert.False(PageImageWriter.TryCreate(Path.Combine(scratch["absent"], "image"), gzip: false, out _, out FormatError? error));
        Assert.Equal(FormatErrorKind.NotFound, error.Kind);
        Assert.False(PageImageWriter.TryCreate(scratch.Folder, gzip: false, out _, out error));
        Assert.Equal(FormatErrorKind.NotAFile, error.Kind);
        Assert.Empty(Directory.GetFileSystemEntries(scratch.Folder));
    }
}
