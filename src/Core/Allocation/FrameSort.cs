using System.Numerics;

namespace MemCore.Allocation;

/// <summary>Puts frames of one block beside each other, and so those of one tree: a radix sort whose digits are as wide as the frames are many.</summary>
internal static class FrameSort
{
    private const int DigitBitsMin = 6;
    private const int DigitBitsMax = 12;

    /// <summary>Sorts frame numbers by their blocks; within a block they stay as they are. <paramref name="spare"/> is as long or longer.</summary>
    /// <remarks>O(n), in as many passes as the blocks' numbers need digits of log n bits. None when the frames are in order already.</remarks>
    public static void ByBlock(Span<int> frames, Span<int> spare, int blockOrder)
    {
        int bits = DifferingBits(frames, blockOrder);
        if (bits == 0) { return; }
        int widest = Math.Clamp(BitOperations.Log2((uint)frames.Length), DigitBitsMin, DigitBitsMax);
        int passes = (bits + widest - 1) / widest;
        int width = (bits + passes - 1) / passes;
        Span<int> places = stackalloc int[1 << width];
        Span<int> from = frames;
        Span<int> to = spare[..frames.Length];
        for (int pass = 0; pass < passes; pass++)
        {
            Distribute(from, to, blockOrder + (pass * width), places);
            Span<int> swapped = from;
            from = to;
            to = swapped;
        }
        if (from != frames) { from.CopyTo(frames); }
    }

    // Up to the highest bit in which the blocks differ; 0 when they are in order.
    private static int DifferingBits(ReadOnlySpan<int> frames, int blockOrder)
    {
        int differing = 0;
        int falls = 0;
        int before = frames[0] >> blockOrder;
        foreach (int frame in frames)
        {
            int block = frame >> blockOrder;
            differing |= block ^ before;
            falls |= block - before;
            before = block;
        }
        return falls >= 0 ? 0 : 32 - BitOperations.LeadingZeroCount((uint)differing);
    }

    private static void Distribute(ReadOnlySpan<int> from, Span<int> to, int shift, Span<int> places)
    {
        int digit = places.Length - 1;
        places.Clear();
        foreach (int frame in from) { places[(frame >> shift) & digit]++; }
        int place = 0;
        foreach (ref int count in places)
        {
            int next = place + count;
            count = place;
            place = next;
        }
        foreach (int frame in from) { to[places[(frame >> shift) & digit]++] = frame; }
    }
}
