namespace MemCore.Allocation;

/// <summary>Puts frames of one row beside each other, and so those of one block and of one tree: a radix sort that passes over what is in order already.</summary>
internal static class FrameSort
{
    private const int FewFrames = 24;
    private const int DigitBits = 8;
    private const int Digits = 1 << DigitBits;

    /// <summary>Sorts frame numbers by their rows; within a row they stay as they are. O(n) a digit; <paramref name="spare"/> is as long or longer.</summary>
    public static void ByRow(Span<int> frames, Span<int> spare, int rowOrder)
    {
        int differing = 0;
        bool inOrder = true;
        int before = frames[0] >> rowOrder;
        foreach (int frame in frames)
        {
            int row = frame >> rowOrder;
            differing |= row ^ before;
            inOrder &= row >= before;
            before = row;
        }
        if (inOrder) { return; }
        if (frames.Length <= FewFrames)
        {
            Insert(frames, rowOrder);
            return;
        }
        Span<int> from = frames;
        Span<int> to = spare[..frames.Length];
        Span<int> places = stackalloc int[Digits];
        for (int digit = 0; digit < 32 && differing >> digit != 0; digit += DigitBits)
        {
            if ((differing >> digit & (Digits - 1)) == 0) { continue; }
            Distribute(from, to, rowOrder + digit, places);
            Span<int> swapped = from;
            from = to;
            to = swapped;
        }
        if (from != frames) { from.CopyTo(frames); }
    }

    private static void Distribute(ReadOnlySpan<int> from, Span<int> to, int shift, Span<int> places)
    {
        places.Clear();
        foreach (int frame in from) { places[(byte)(frame >> shift)]++; }
        int place = 0;
        foreach (ref int count in places)
        {
            int next = place + count;
            count = place;
            place = next;
        }
        foreach (int frame in from) { to[places[(byte)(frame >> shift)]++] = frame; }
    }

    private static void Insert(Span<int> frames, int rowOrder)
    {
        for (int i = 1; i < frames.Length; i++)
        {
            int frame = frames[i];
            int at = i;
            while (at > 0 && frames[at - 1] >> rowOrder > frame >> rowOrder)
            {
                frames[at] = frames[at - 1];
                at--;
            }
            frames[at] = frame;
        }
    }
}
