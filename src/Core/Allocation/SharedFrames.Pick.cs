using System.Numerics;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <content>Taking free frames of one given block, for who wants these and no others.</content>
internal sealed partial class SharedFrames
{
    /// <summary>Takes up to <paramref name="most"/> frames of one row of the block, the highest that are free. Lock-free.</summary>
    /// <remarks>
    /// None: nothing is free, others were faster, the block is isolated, taken as a whole or of another type; and, unless
    /// <paramref name="evenWhole"/>, also when all its frames are free. As in every claim the right comes first, then the bits.
    /// </remarks>
    public Claim TryPickHighest(int block, MigrateType type, int most, bool evenWhole)
    {
        int first = FirstRow(block);
        int row = first + RowsPerBlock - 1;
        ulong bits = ~Atomic.Load(ref _rows[row]) & RowMask;
        while (bits == 0 && row > first) { bits = ~Atomic.Load(ref _rows[--row]) & RowMask; }
        int right = TakeRight(block, type, 1, Math.Clamp(BitOperations.PopCount(bits), 1, most), evenWhole);
        if (right == 0) { return Claim.None; }
        Claim claim = SetBits(block, row, right, highest: true);

        // Others took bits of the row between our look and our claim: what we may still take goes back.
        if (claim.Frames < right && !Plant.Is(PlantedBug.CompactionLosesFreeFrame)) { GiveRight(block, right - claim.Frames, type); }
        LowerTree(TreeOfBlock(block), type, claim.Frames);
        return claim;
    }

    /// <summary>Aligned groups of 2^<paramref name="order"/> free frames in a block, up to the block itself. Of a moment ago, and of no one moment.</summary>
    public bool HasGroup(int block, int order)
    {
        uint word = BlockNow(block);
        int free = BlockWord.Free(word);
        if (free < 1 << order || BlockWord.IsIsolated(word)) { return false; }
        if (free == BlockFrames || order == 0) { return true; }
        if (order > RowOrder) { return HasRows(block, 1 << (order - RowOrder)); }
        for (int row = FirstRow(block); row < FirstRow(block) + RowsPerBlock; row++)
        {
            if (GroupsIn(Atomic.Load(ref _rows[row]), order) != 0) { return true; }
        }
        return false;
    }

    private bool HasRows(int block, int rows)
    {
        int end = FirstRow(block) + RowsPerBlock;
        for (int row = FirstRow(block); row + rows <= end; row += rows)
        {
            int clear = 0;
            while (clear < rows && (Atomic.Load(ref _rows[row + clear]) & RowMask) == 0) { clear++; }
            if (clear == rows) { return true; }
        }
        return false;
    }

    private static ulong Highest(ulong bits, int count)
    {
        for (int surplus = BitOperations.PopCount(bits) - count; surplus > 0; surplus--) { bits &= bits - 1; }
        return bits;
    }
}
