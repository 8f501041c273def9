using System.Runtime.CompilerServices;

namespace MemCore.Primitives;

/// <summary>The memory behind the frames: a region of its own, outside image and hash on Metal.</summary>
/// <remarks>Under exploration the contents are a column of the arena, so that a lost write is a different state.</remarks>
internal sealed unsafe class PageMemory : IDisposable
{
    private readonly NativeRegion? _region;
    private readonly byte* _base;

    /// <exception cref="InsufficientMemoryException">The OS does not give the memory.</exception>
    public PageMemory(Arena arena, int frames, int frameBytes)
    {
        if (frameBytes < 64 || (frameBytes & (frameBytes - 1)) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(frameBytes), "a frame has a power of two of bytes, 64 at least");
        }
        Frames = frames;
        FrameBytes = frameBytes;
        WordsPerFrame = frameBytes / sizeof(long);
        if (Seam.Exploring)
        {
            Column<long> words = arena.Add<long>("contents", frames * WordsPerFrame, ColumnKind.State);
            _base = (byte*)Unsafe.AsPointer(ref words[0]);
            return;
        }
        long bytes = (long)frames * frameBytes;
        _region = new NativeRegion(bytes, "frame contents", hugePages: true);
        _region.CommitUpTo(bytes, "frame contents");
        _base = (byte*)_region.Address;
    }

    public int Frames { get; }

    public int FrameBytes { get; }

    public int WordsPerFrame { get; }

    /// <summary>One 8-byte word of a frame's contents.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref long Word(Pfn pfn, int word)
    {
        Bug.If((uint)pfn.Value >= (uint)Frames || (uint)word >= (uint)WordsPerFrame, ViolationKind.Unexpected, "contents outside the frame");
        return ref *(long*)(_base + ((long)pfn.Value * FrameBytes) + ((long)word * sizeof(long)));
    }

    /// <summary>All of one frame into another, as one block: for real memory only, under exploration words go one by one.</summary>
    public void CopyBlock(Pfn from, Pfn to)
    {
        ref long source = ref Word(from, 0);
        new ReadOnlySpan<long>(Unsafe.AsPointer(ref source), WordsPerFrame).CopyTo(new Span<long>(Unsafe.AsPointer(ref Word(to, 0)), WordsPerFrame));
    }

    public void Dispose() => _region?.Dispose();
}
