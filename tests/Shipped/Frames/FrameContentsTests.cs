using CsCheck;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Tests.Frames;

public sealed class FrameContentsTests
{
    private static Gen<PageSignature> Signatures { get; } =
        Gen.Select(Gen.UInt, Gen.UInt, Gen.Long).Select((owner, version, page) => new PageSignature(owner, version, page));

    [Theory]
    [InlineData(64)]
    [InlineData(512)]
    [InlineData(4096)]
    public void AStampReadsBackAndVerifies(int frameBytes) => OnFrames(frameBytes, (memory, contents) => Signatures.Sample(
        signature =>
        {
            contents.Stamp(new Pfn(1), signature);
            contents.Verify(new Pfn(1), signature);
            return contents.TryRead(new Pfn(1), out PageSignature read) && read == signature;
        },
        iter: 50, threads: 1));

    [Fact]
    public void AFrameThatWasNeverStampedIsNotProven() => OnFrames(256, (memory, contents) =>
    {
        Assert.False(contents.TryRead(new Pfn(0), out _));
        Assert.Equal(ViolationKind.DataMismatch, Assert.Throws<BugException>(() => contents.Verify(new Pfn(0), default)).Kind);
    });

    [Fact]
    public void ACopyVerifiesElsewhereAndHalfACopyDoesNot() => OnFrames(512, (memory, contents) =>
    {
        PageSignature signature = new(7, 3, 0x1234);
        contents.Stamp(new Pfn(0), signature);
        for (int word = 0; word < memory.WordsPerFrame; word++)
        {
            Assert.False(contents.TryRead(new Pfn(2), out _) && word < memory.WordsPerFrame - 1);
            memory.Word(new Pfn(2), word) = memory.Word(new Pfn(0), word);
        }
        contents.Verify(new Pfn(2), signature);
    });

    /// <summary>Every way to copy: frames below its step, frames of some steps, and memory that no cache holds a part of worth naming.</summary>
    [Theory]
    [InlineData(64, 4)]
    [InlineData(128, 4)]
    [InlineData(256, 4)]
    [InlineData(4096, 4)]
    [InlineData(4096, 1 << 17)]
    public void ACopyTakesEveryWordAndNoNeighbours(int frameBytes, int frames)
    {
        if (Seam.Exploring && frames > 4) { return; } // One way for all there, and no room in the arena.
        using Arena arena = new(1 << 16);
        using PageMemory memory = new(arena, frames, frameBytes);
        for (int pfn = 0; pfn < 4; pfn++)
        {
            for (int word = 0; word < memory.WordsPerFrame; word++) { memory.Word(new Pfn(pfn), word) = (pfn * 1000) + word; }
        }

        new FrameContents(memory).Copy(new Pfn(0), new Pfn(2));

        for (int pfn = 0; pfn < 4; pfn++)
        {
            int from = pfn == 2 ? 0 : pfn;
            for (int word = 0; word < memory.WordsPerFrame; word++) { Assert.Equal((from * 1000) + word, memory.Word(new Pfn(pfn), word)); }
        }
    }

    [Fact]
    public void AnyChangeOfASignedWordIsNoticed() => OnFrames(256, (memory, contents) =>
    {
        PageSignature signature = new(7, 3, -1);
        foreach (int word in new[] { 0, 1, 2, 15, 23, 31 })
        {
            contents.Stamp(new Pfn(3), signature);
            memory.Word(new Pfn(3), word) ^= 1L << 40;
            Assert.False(contents.TryRead(new Pfn(3), out _), $"word {word}");
        }
    });

    [Fact]
    public void ANeighboursStampLeavesAFrameAlone() => OnFrames(64, (memory, contents) =>
    {
        contents.Stamp(new Pfn(1), new PageSignature(1, 1, 1));
        contents.Stamp(new Pfn(0), new PageSignature(2, 2, 2));
        contents.Stamp(new Pfn(2), new PageSignature(3, 3, 3));
        contents.Verify(new Pfn(1), new PageSignature(1, 1, 1));
    });

    [Fact]
    public void MemoryOutsideAFrameIsABug() => OnFrames(64, (memory, _) =>
    {
        Assert.Throws<BugException>(() => memory.Word(new Pfn(4), 0));
        Assert.Throws<BugException>(() => memory.Word(new Pfn(0), 8));
        Assert.Throws<BugException>(() => memory.Word(Pfn.None, 0));
    });

    [Theory]
    [InlineData(32)]
    [InlineData(96)]
    public void FrameSizesArePowersOfTwoFrom64(int frameBytes)
    {
        using Arena arena = new(1 << 16);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PageMemory(arena, 4, frameBytes));
    }

    private static void OnFrames(int frameBytes, Action<PageMemory, FrameContents> body)
    {
        using Arena arena = new(1 << 16);
        using PageMemory memory = new(arena, frames: 4, frameBytes);
        body(memory, new FrameContents(memory));
    }
}
