using MemCore.Primitives;

namespace MemCore.Allocation;

/// <content>Types of blocks, isolation, and the reserved bit of trees.</content>
internal sealed partial class SharedFrames
{
    /// <summary>Isolates a block: frees arrive, allocations do not. False: it is isolated already. Lock-free.</summary>
    /// <remarks>Who took a right before still takes its frames; an operation under way is not undone.</remarks>
    public bool TryIsolate(int block)
    {
        uint seen = BlockNow(block);
        while (!BlockWord.IsIsolated(seen))
        {
            // Pairs with SharedFrames.GiveCounted: frees that come later see the bit and leave the tree alone.
            uint now = CompareExchangeBlock(block, seen | BlockWord.Isolated, seen);
            if (now == seen)
            {
                if (BlockWord.Free(seen) != 0) { LowerTree(TreeOfBlock(block), BlockWord.Type(seen), BlockWord.Free(seen)); }
                return true;
            }
            seen = now;
        }
        return false;
    }

    /// <summary>Ends an isolation; the type is what it was. Lock-free.</summary>
    public void Unisolate(int block)
    {
        int tree = TreeOfBlock(block);
        int spins = 0;
        uint seen = BlockNow(block);
        while (true)
        {
            Bug.If(!BlockWord.IsIsolated(seen), ViolationKind.Unexpected, "end of an isolation that was not", block);
            int free = BlockWord.Free(seen);
            if (!TryRaiseTree(tree, BlockWord.Type(seen), free))
            {
                Atomic.Retry(ref spins);
                seen = BlockNow(block);
                continue;
            }

            // Pairs with SharedFrames.GiveCounted: a free that came between fails this, and the tree is raised anew.
            uint now = CompareExchangeBlock(block, seen & ~BlockWord.Isolated, seen);
            if (now == seen) { return; }
            LowerTree(tree, BlockWord.Type(seen), free);
            seen = now;
        }
    }

    /// <summary>Gives a block that is not isolated and has free frames another type. False: the word is not <paramref name="seen"/> any more.</summary>
    /// <remarks>Wait-free but for the tree's counter, which is lock-free.</remarks>
    public bool TryRetype(int block, uint seen, MigrateType type)
    {
        int tree = TreeOfBlock(block);
        int free = BlockWord.Free(seen);
        if (!TryRaiseTree(tree, type, free)) { return false; }

        // Pairs with SharedFrames.GiveCounted and SharedFrames.TakeRight: both name the type in what they compare.
        bool changed = CompareExchangeBlock(block, BlockWord.WithType(seen, type), seen) == seen;
        LowerTree(tree, changed || Plant.Is(PlantedBug.LostRetypeCountsOld) ? BlockWord.Type(seen) : type, free);
        return changed;
    }

    /// <summary>Marks a tree as one CPU's. False: it is another's. Lock-free.</summary>
    public bool TryReserve(int tree, MigrateType type)
    {
        ref ulong word = ref _trees[tree];
        ulong seen = Atomic.Load(ref word);
        while (!TreeWord.IsReserved(seen, type))
        {
            ulong now = Atomic.CompareExchange(ref word, seen | TreeWord.Reserved(type), seen);
            if (now == seen) { return true; }
            seen = now;
        }
        return false;
    }

    /// <summary>Takes the mark back. Only for who holds the reservation; an xadd, since the bit is known to be set.</summary>
    public void EndReservation(int tree, MigrateType type)
    {
        ulong now = Atomic.Add(ref _trees[tree], 0UL - TreeWord.Reserved(type));
        Bug.If(TreeWord.IsReserved(now, type), ViolationKind.CounterMismatch, "end of a reservation that was not there, tree", tree);
    }
}
