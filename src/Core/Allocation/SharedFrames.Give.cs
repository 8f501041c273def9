using MemCore.Primitives;

namespace MemCore.Allocation;

/// <content>Giving frames back, and taking a wholly taken block apart.</content>
internal sealed partial class SharedFrames
{
    /// <summary>Gives back frames of one row. A bit found clear was given back before: a double free. Lock-free: 3 read-modify-writes.</summary>
    /// <returns>The tree's word after it counted the frames, or 0 when it did not: the block is isolated.</returns>
    public ulong GiveFrames(Claim claim)
    {
        int block = BlockOfRow(claim.Row);
        ClearBits(block, claim.Row, claim.Mask);

        // Pairs with SharedFrames.SetBits: bits are clear before the counter says so.
        return GiveCounted(block, claim.Frames, whole: false, counted: NotCounted);
    }

    /// <summary>Gives back an aligned block of 2^<paramref name="order"/> frames that were taken together, or one by one. Lock-free.</summary>
    public void GiveBlock(Pfn head, int order)
    {
        if (order < BlockOrder && order <= RowOrder)
        {
            GiveFrames(new Claim(RowOf(head), Group(order) << (head.Value & (RowBits - 1))));
            return;
        }
        if (order < BlockOrder)
        {
            GiveRows(BlockOf(head), RowOf(head), 1 << (order - RowOrder));
            return;
        }
        for (int block = BlockOf(head); block < BlockOf(head) + (1 << (order - BlockOrder)); block++)
        {
            if (BlockWord.IsWhole(BlockNow(block))) { GiveCounted(block, BlockFrames, whole: true, counted: NotCounted); }
            else { GiveRows(block, FirstRow(block), RowsPerBlock); }
        }
    }

    /// <summary>Makes wholly taken blocks into blocks whose every frame is taken, so that parts can be given back. The caller owns them.</summary>
    public void SplitWhole(Pfn head, int order)
    {
        for (int block = BlockOf(head); block < BlockOf(head) + (1 << (order - BlockOrder)); block++)
        {
            uint seen = BlockNow(block);
            Bug.If(!BlockWord.IsWhole(seen), ViolationKind.Unexpected, "split of a block that is not taken as a whole", block);
            for (int row = FirstRow(block); row < FirstRow(block) + RowsPerBlock; row++) { Atomic.Store(ref _rows[row], RowMask); }

            // Isolation may change the word meanwhile; nothing else can.
            for (uint now; (now = CompareExchangeBlock(block, seen & ~BlockWord.Whole, seen)) != seen; seen = now) { }
        }
    }

    private const int NotCounted = -1;

    private void GiveRows(int block, int row, int rows)
    {
        for (int i = 0; i < rows; i++) { ClearBits(block, row + i, RowMask); }
        GiveCounted(block, rows << RowOrder, whole: false, counted: NotCounted);
    }

    private void ClearBits(int block, int row, ulong mask)
    {
        // All of them are set, so taking them away borrows from no other: one operation that cannot fail, and that fetches the line once, to write it.
        ref ulong word = ref _rows[row];
        ulong before = Atomic.Add(ref word, 0UL - mask) + mask;
        if ((before & mask) != mask) { RaiseNotTaken(block, row, mask); }
    }

    private void RaiseNotTaken(int block, int row, ulong mask)
    {
        Atomic.Add(ref _rows[row], mask);
        Bug.If(BlockWord.IsWhole(BlockNow(block)), ViolationKind.DoubleFree, "part of a block freed that was taken as a whole; split it first", row << RowOrder);
        Bug.If(true, ViolationKind.DoubleFree, "free of a frame that is free; its row begins", row << RowOrder);
    }

    /// <summary>Gives back a right whose frames are still counted in the tree under <paramref name="type"/>.</summary>
    private void GiveRight(int block, int frames, MigrateType type) => GiveCounted(block, frames, whole: false, counted: (int)type);

    /// <summary>Raises a block's counter, and before it the counter of its tree for the type that the block has at that moment.</summary>
    /// <param name="block">The block.</param>
    /// <param name="frames">Frames that nobody holds and no block counter contains.</param>
    /// <param name="whole">The block is taken as a whole, and ends to be.</param>
    /// <param name="counted">The type under which the tree counts the frames already, or <see cref="NotCounted"/>.</param>
    private ulong GiveCounted(int block, int frames, bool whole, int counted)
    {
        int tree = TreeOfBlock(block);
        ulong treeNow = 0;
        ref ulong pair = ref PairOf(block);
        int half = HalfOf(block);
        ulong seen = Atomic.Load(ref pair);
        while (true)
        {
            uint word = (uint)(seen >> half);
            Bug.If(BlockWord.IsWhole(word) != whole, ViolationKind.DoubleFree, "block freed in another way than it was taken", block);
            Bug.If(BlockWord.Free(word) + frames > BlockFrames, ViolationKind.CounterMismatch, "block counter above the size of a block", block);

            // Pairs with SharedFrames.TryIsolate and SharedFrames.TryRetype: the compare-exchange below fails if they went between, and
            // the frames are then counted anew where the block now belongs.
            int target = BlockWord.IsIsolated(word) ? NotCounted : (int)BlockWord.Type(word);
            if (target != counted)
            {
                if (counted != NotCounted) { LowerTree(tree, (MigrateType)counted, frames); }
                treeNow = target == NotCounted ? 0 : RaiseTree(tree, (MigrateType)target, frames);
                counted = target;
            }
            uint given = (word & ~BlockWord.Whole) + (uint)frames;
            ulong now = Atomic.CompareExchange(ref pair, seen ^ ((ulong)(word ^ given) << half), seen);
            if (now == seen) { return treeNow; }
            seen = now;
        }
    }
}
