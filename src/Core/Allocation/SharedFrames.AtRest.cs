using System.Numerics;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <content>Import, counts and the audit: for a machine on which no task runs.</content>
internal sealed partial class SharedFrames
{
    public bool IsFreeAtRest(Pfn pfn) =>
        (_rows[RowOf(pfn)] & BitOf(pfn)) == 0 && !BlockWord.IsWhole(BlockNow(BlockOf(pfn)));

    public void FreeRangeAtRest(Pfn start, int count) => ChangeRange(start, count, take: false);

    public void TakeRangeAtRest(Pfn start, int count) => ChangeRange(start, count, take: true);

    public void SetTypeAtRest(int block, MigrateType type) => SetBlockAtRest(block, BlockWord.WithType(BlockNow(block), type));

    public void RecountAtRest()
    {
        for (int block = 0; block < Blocks; block++) { RecountBlock(block); }
        for (int tree = 0; tree < Trees; tree++) { RecountTreeAtRest(tree); }
    }

    /// <summary>Computes a tree's counters from its blocks; reservations stay.</summary>
    public void RecountTreeAtRest(int tree)
    {
        ulong word = TreeOfBlocks(tree);
        for (int t = 0; t < MigrateTypes.Count; t++) { word |= _trees[tree] & TreeWord.Reserved((MigrateType)t); }
        _trees[tree] = word;
    }

    public void FreeBlocksPerOrderAtRest(Span<long> counts, MigrateType? type) => CountFreeBlocks(0, Blocks, counts, type);

    /// <summary>As <see cref="FreeBlocksPerOrderAtRest"/> over a range of blocks that begins and ends at even ones; beside running tasks approximate.</summary>
    public void CountFreeBlocks(int firstBlock, int endBlock, Span<long> counts, MigrateType? type)
    {
        for (int block = firstBlock; block < endBlock; block++)
        {
            uint word = BlockNow(block);
            if (BlockWord.IsWhole(word) || (type is { } only && (BlockWord.IsIsolated(word) || BlockWord.Type(word) != only))) { continue; }
            if (BlockWord.Free(word) != BlockFrames)
            {
                CountParts(block, counts);
            }
            else if ((block & 1) == 0 && block + 1 < endBlock && SameList(word, BlockNow(block + 1)))
            {
                counts[MaxOrder]++;
                block++;
            }
            else
            {
                counts[BlockOrder]++;
            }
        }
    }

    /// <summary>Compares bits, block counters and the tree's counters.</summary>
    public void AuditTreeAtRest(int tree, Action<ViolationKind, string> report)
    {
        int first = tree << _treeShift;
        for (int block = first; block < Math.Min(first + BlocksPerTree, Blocks); block++)
        {
            uint word = BlockNow(block);
            int clear = ClearBitsOf(block);
            int expected = BlockWord.IsWhole(word) ? 0 : clear;
            if (BlockWord.Free(word) != expected || (BlockWord.IsWhole(word) && clear != BlockFrames))
            {
                report(ViolationKind.CounterMismatch, $"block {block} counts {BlockWord.Free(word)} free frames, its rows have {clear}{(BlockWord.IsWhole(word) ? ", and it is taken as a whole" : string.Empty)}");
            }
        }
        ulong sums = TreeOfBlocks(tree);
        for (int t = 0; t < MigrateTypes.Count; t++)
        {
            MigrateType type = (MigrateType)t;
            if (TreeWord.Free(_trees[tree], type) != TreeWord.Free(sums, type))
            {
                report(ViolationKind.CounterMismatch, $"tree {tree} counts {TreeWord.Free(_trees[tree], type)} free {type} frames, its blocks {TreeWord.Free(sums, type)}");
            }
        }
    }

    private void SetBlockAtRest(int block, uint word)
    {
        ref ulong pair = ref PairOf(block);
        pair = (pair & ~((ulong)uint.MaxValue << HalfOf(block))) | ((ulong)word << HalfOf(block));
    }

    // Two free blocks are one larger one only when both are on the same list of the kernel's.
    private bool SameList(uint left, uint right) =>
        BlockWord.Free(right) == BlockFrames && ((left ^ right) & (BlockWord.TypeMask | BlockWord.Isolated)) == 0;

    private void ChangeRange(Pfn start, int count, bool take)
    {
        if (count == 0) { return; }
        Bug.If(start.Value < 0 || count < 0 || start.Value + count > Frames, ViolationKind.Unexpected, "range outside the frames");
        int end = start.Value + count;
        for (int pfn = start.Value; pfn < end;)
        {
            int row = pfn >> RowOrder;
            int from = pfn & (RowBits - 1);
            int bits = Math.Min(RowBits - from, end - pfn);
            ulong mask = (bits == 64 ? ulong.MaxValue : (1UL << bits) - 1) << from;
            Bug.If(BlockWord.IsWhole(BlockNow(BlockOfRow(row))), ViolationKind.Unexpected, "range in a block that is taken as a whole", pfn);
            if (take) { _rows[row] |= mask; }
            else { _rows[row] &= ~mask; }
            pfn += bits;
        }
        int firstBlock = start.Value >> BlockOrder;
        int lastBlock = (end - 1) >> BlockOrder;
        for (int block = firstBlock; block <= lastBlock; block++) { RecountBlock(block); }
        for (int tree = TreeOfBlock(firstBlock); tree <= TreeOfBlock(lastBlock); tree++) { RecountTreeAtRest(tree); }
    }

    private void RecountBlock(int block)
    {
        uint word = BlockNow(block);
        SetBlockAtRest(block, (word & ~BlockWord.FreeMask) | (BlockWord.IsWhole(word) ? 0 : (uint)ClearBitsOf(block)));
    }

    private int ClearBitsOf(int block)
    {
        int clear = 0;
        for (int row = FirstRow(block); row < FirstRow(block) + RowsPerBlock; row++) { clear += BitOperations.PopCount(~_rows[row] & RowMask); }
        return clear;
    }

    private ulong TreeOfBlocks(int tree)
    {
        ulong word = 0;
        int first = tree << _treeShift;
        for (int block = first; block < Math.Min(first + BlocksPerTree, Blocks); block++)
        {
            uint now = BlockNow(block);
            if (!BlockWord.IsIsolated(now)) { word += TreeWord.Frames(BlockWord.Type(now), BlockWord.Free(now)); }
        }
        return word;
    }

    private void CountParts(int block, Span<long> counts)
    {
        ulong clearRows = 0;
        for (int i = 0; i < RowsPerBlock; i++)
        {
            ulong free = ~Atomic.Load(ref _rows[FirstRow(block) + i]) & RowMask;
            if (free == RowMask) { clearRows |= 1UL << i; }
            else { CountGroups(free, RowOrder - 1, 0, counts); }
        }
        CountGroups(clearRows, BlockOrder - RowOrder - 1, RowOrder, counts);
    }

    // Takes aligned groups out of the bits, the largest first.
    private static void CountGroups(ulong bits, int largest, int shift, Span<long> counts)
    {
        for (int order = Math.Max(largest, 0); bits != 0; order--)
        {
            ulong starts = bits;
            for (int k = 0; k < order; k++) { starts &= starts >> (1 << k); }
            starts &= AlignedStarts[order];
            counts[order + shift] += BitOperations.PopCount(starts);
            bits &= ~(starts * Group(order));
        }
    }
}
