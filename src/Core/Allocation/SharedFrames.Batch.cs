using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <content>Giving back many frames that are sorted by block: one operation for what lies in one row, one pair of blocks, one tree.</content>
internal sealed partial class SharedFrames
{
    /// <summary>Asks for the row of a frame that will be given back soon; there is such a frame. The counters are near, or another CPU's either way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(Pfn pfn) => _rows.Prefetch(pfn.Value >> RowOrder);

    /// <summary>Pairs of blocks of a tree: one count each for <see cref="GiveCleared"/>.</summary>
    public int PairsPerTree => BlocksPerTree >> 1;

    public int TreeOf(Pfn pfn) => TreeOfBlock(BlockOf(pfn));

    /// <summary>Begins to give back frames of one row: clears their bits, and counts them for their block. Wait-free.</summary>
    /// <remarks>Ended by <see cref="GiveCleared"/>; until then nobody gets the right to them.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ClearBits(Claim claim, Span<ulong> counts)
    {
        int block = BlockOfRow(claim.Row);
        counts[(block & (BlocksPerTree - 1)) >> 1] += (ulong)claim.Frames << HalfOf(block);
        ClearBits(block, claim.Row, claim.Mask);
    }

    /// <summary>Ends what <see cref="ClearBits(Claim, Span{ulong})"/> began for frames of one tree: counts them in, and clears the counts. Lock-free.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="counts">For each pair of blocks how many frames are of each, in two halves as the blocks' words.</param>
    /// <param name="given">What was counted into the tree, for each type as in its word.</param>
    /// <param name="isolated">Frames that were not, since their block is isolated.</param>
    /// <returns>The tree's word after it counted frames, or 0 when it counted none.</returns>
    /// <remarks>
    /// The order is that of <see cref="GiveFrames"/>: all bits first, then the tree, then the blocks. So to others it is one give after the other,
    /// of which some are stopped before the tree is raised, and go on together.
    /// </remarks>
    public ulong GiveCleared(int tree, Span<ulong> counts, out ulong given, out int isolated)
    {
        Span<ulong> pairs = PairsOf(tree);
        Span<ulong> seen = stackalloc ulong[pairs.Length];
        given = 0;
        isolated = 0;
        for (int i = 0; i < pairs.Length; i++)
        {
            if (counts[i] == 0) { continue; }
            seen[i] = Atomic.Load(ref pairs[i]);
            for (int half = 0; half < 64; half += 32)
            {
                uint word = (uint)(seen[i] >> half);
                int count = (int)(uint)(counts[i] >> half);
                if (BlockWord.IsIsolated(word)) { isolated += count; }
                else { given += TreeWord.Frames(BlockWord.Type(word), count); }
            }
        }
        ulong treeNow = given == 0 ? 0 : Atomic.Add(ref _trees[tree], given);
        for (int i = 0; i < pairs.Length; i++)
        {
            // Pairs with SharedFrames.SetBits: bits are clear before the counters say so.
            if (counts[i] != 0 && !TryGivePair(ref pairs[i], counts[i], seen[i])) { GiveHalves((tree << _treeShift) + (2 * i), counts[i], seen[i]); }
            counts[i] = 0;
        }
        return treeNow;
    }

    // Both counters by one compare-exchange. False: a word changed since it was seen, or is not one that frames can be given to; nothing has changed.
    private bool TryGivePair(ref ulong pair, ulong counts, ulong seen)
    {
        const ulong whole = ((ulong)BlockWord.Whole << 32) | BlockWord.Whole;
        const ulong free = ((ulong)BlockWord.FreeMask << 32) | BlockWord.FreeMask;
        ulong most = ((ulong)BlockFrames << 32) | (uint)BlockFrames;
        ulong over = most - ((seen & free) + counts); // A half that borrows has its highest bit set.
        return (seen & whole) == 0 && (over & 0x8000_0000_8000_0000) == 0 && Atomic.CompareExchange(ref pair, seen + counts, seen) == seen;
    }

    // Pairs with SharedFrames.TryIsolate and SharedFrames.TryRetype: what the tree counted for the words as they were seen is moved if they went between.
    private void GiveHalves(int firstBlock, ulong counts, ulong seen)
    {
        if (Plant.Is(PlantedBug.BatchKeepsStaleCount))
        {
            Atomic.Add(ref PairOf(firstBlock), counts);
            return;
        }
        for (int block = firstBlock; block < firstBlock + 2; block++)
        {
            int count = (int)(uint)(counts >> HalfOf(block));
            if (count == 0) { continue; }
            uint word = (uint)(seen >> HalfOf(block));
            GiveCounted(block, count, whole: false, BlockWord.IsIsolated(word) ? NotCounted : (int)BlockWord.Type(word));
        }
    }
}
