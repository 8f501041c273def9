using System.Numerics;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <content>Giving back many frames that are sorted by row: one operation for what lies in one row, one block, one tree.</content>
internal sealed partial class SharedFrames
{
    // Of the frames that come next: their rows and blocks.
    private const int RowsAhead = 12;

    /// <summary>Gives back the frames in front that are of one tree, and cuts them off. Lock-free.</summary>
    /// <param name="frames">Frames that were taken one by one or together, those of a row side by side.</param>
    /// <param name="tree">The tree.</param>
    /// <param name="given">What was counted into the tree, for each type as in its word.</param>
    /// <param name="isolated">Frames that were not, since their block is isolated.</param>
    /// <returns>The tree's word after it counted frames, or 0 when it counted none.</returns>
    /// <remarks>
    /// The order is that of <see cref="GiveFrames"/>: all bits first, then the tree, then the blocks. So to others it is one give after the other,
    /// of which some are stopped before the tree is raised.
    /// </remarks>
    public ulong GiveOfTree(ref ReadOnlySpan<int> frames, out int tree, out ulong given, out int isolated)
    {
        tree = TreeOfBlock(frames[0] >> BlockOrder);
        int blocks = 0;
        Span<Gift> gifts = stackalloc Gift[Math.Min(BlocksPerTree, frames.Length)];
        given = 0;
        isolated = 0;
        int at = 0;
        while (at < frames.Length && TreeOfBlock(frames[at] >> BlockOrder) == tree)
        {
            int block = frames[at] >> BlockOrder;
            gifts[blocks++] = new Gift(block, GiveBits(block, frames, ref at), NotCounted);
        }
        for (int i = 0; i < blocks; i++)
        {
            uint word = BlockNow(gifts[i].Block);
            if (BlockWord.IsIsolated(word)) { isolated += gifts[i].Frames; }
            else
            {
                gifts[i] = gifts[i] with { Counted = (int)BlockWord.Type(word) };
                given += TreeWord.Frames(BlockWord.Type(word), gifts[i].Frames);
            }
        }
        ulong treeNow = given == 0 ? 0 : Atomic.Add(ref _trees[tree], given);
        for (int i = 0; i < blocks; i++)
        {
            // Pairs with SharedFrames.SetBits: bits are clear before the counter says so.
            GiveCounted(gifts[i].Block, gifts[i].Frames, whole: false, gifts[i].Counted);
        }
        frames = frames[at..];
        return treeNow;
    }

    private int GiveBits(int block, ReadOnlySpan<int> frames, ref int at)
    {
        int cleared = 0;
        while (at < frames.Length && frames[at] >> BlockOrder == block)
        {
            int row = frames[at] >> RowOrder;
            ulong mask = 0;
            for (; at < frames.Length && frames[at] >> RowOrder == row; at++)
            {
                mask |= 1UL << (frames[at] & (RowBits - 1));
                if (!Seam.On && at + RowsAhead < frames.Length) { PrefetchSharedOf(frames[at + RowsAhead]); }
            }
            ClearBits(block, row, mask);
            cleared += BitOperations.PopCount(mask);
        }
        return cleared;
    }

    private void PrefetchSharedOf(int frame)
    {
        _rows.Prefetch(frame >> RowOrder);
        int block = frame >> BlockOrder;
        _pairs.Prefetch(((block >> _treeShift) * _pairsPerTree) + ((block & (BlocksPerTree - 1)) >> 1));
    }

    private readonly record struct Gift(int Block, int Frames, int Counted);
}
