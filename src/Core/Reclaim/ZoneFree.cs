namespace MemCore.Reclaim;

/// <summary>How a zone's free frames are scattered with an order in view. Section 8.7 of the reference.</summary>
/// <param name="Frames">Free frames.</param>
/// <param name="Blocks">Free blocks of any order, each counted once.</param>
/// <param name="Suitable">Blocks of the order that the free ones contain.</param>
/// <param name="Order">The order.</param>
internal readonly record struct ZoneFree(long Frames, long Blocks, long Suitable, int Order)
{
    /// <summary>From the number of free blocks of each order that are part of no larger one, as in /proc/buddyinfo.</summary>
    public static ZoneFree Of(ReadOnlySpan<long> blocksPerOrder, int order)
    {
        long frames = 0;
        long blocks = 0;
        long suitable = 0;
        for (int o = 0; o < blocksPerOrder.Length; o++)
        {
            frames += blocksPerOrder[o] << o;
            blocks += blocksPerOrder[o];
            if (o >= order) { suitable += blocksPerOrder[o] << (o - order); }
        }
        return new ZoneFree(frames, blocks, suitable, order);
    }

    /// <summary>Thousandths: near 0 memory is short, near 1000 it is fragmented. −1000: there is a block of the order; 0: nothing is free.</summary>
    public int FragmentationIndex =>
        Suitable > 0 ? -1000
        : Blocks == 0 ? 0
        : (int)(1000 - ((1000 + (Frames * 1000 / (1L << Order))) / Blocks));

    /// <summary>Percent of the free frames that no block of the order contains.</summary>
    public int ExternalFragmentation => Frames == 0 ? 0 : (int)(100 * (Frames - (Suitable << Order)) / Frames);
}
