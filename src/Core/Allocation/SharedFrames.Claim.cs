using System.Numerics;
using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <content>Taking frames: within a row, over several rows, whole blocks.</content>
internal sealed partial class SharedFrames
{
    // A right to a frame is backed by a clear bit at every moment; only frees and claims that move it can hide it from a scan. Few enough that a
    // counter that lies is named before a watchdog is bored, also on a busy machine, where each yield among them costs a time slice.
    private const int ScansMax = 1 << 11;

    private static ReadOnlySpan<ulong> AlignedStarts =>
    [
        ulong.MaxValue, 0x5555_5555_5555_5555, 0x1111_1111_1111_1111, 0x0101_0101_0101_0101,
        0x0001_0001_0001_0001, 0x0000_0001_0000_0001, 1,
    ];

    /// <summary>Takes 2^<paramref name="order"/> frames from the tree's blocks of the type; of order 0 up to <paramref name="want"/> of one row.</summary>
    /// <remarks>
    /// None: no block of the tree had them, or each that had was emptied by others meanwhile. Lock-free. Fuller blocks come first, so that
    /// empty ones stay whole.
    /// </remarks>
    public Claim TryClaim(int tree, int order, MigrateType type, int want)
    {
        if (order >= BlockOrder) { return TryClaimWhole(tree, order, type, anyType: false, out _); }
        int frames = 1 << order;
        uint tried = 0;
        while (true)
        {
            int best = Fullest(tree, frames, type, tried);
            if (best < 0) { return Claim.None; }
            int block = (tree << _treeShift) + best;
            Claim claim = order == 0 ? ClaimFrames(block, type, want)
                : order <= RowOrder ? ClaimGroup(block, order, type)
                : ClaimRows(block, order, type);
            if (!claim.IsNone) { return claim; }
            tried |= 1u << best;
        }
    }

    /// <summary>Takes one block, or an aligned pair of blocks, as a whole: one compare-exchange, no row and no frame touched.</summary>
    /// <param name="tree">Where to look.</param>
    /// <param name="order">The block's order, or one more for a pair.</param>
    /// <param name="type">The type that the blocks have, or get.</param>
    /// <param name="anyType">Blocks of any type but the reserve serve, and become blocks of <paramref name="type"/>.</param>
    /// <param name="retyped">Blocks whose type changed.</param>
    public Claim TryClaimWhole(int tree, int order, MigrateType type, bool anyType, out int retyped)
    {
        Span<ulong> pairs = PairsOf(tree);
        int paired = -1;
        ulong pairedSeen = 0;
        retyped = 0;
        for (int i = 0; i < pairs.Length; i++)
        {
            ulong seen = Atomic.Load(ref pairs[i]);
            bool low = IsWhollyFree((uint)seen, type, anyType);
            bool high = IsWhollyFree((uint)(seen >> 32), type, anyType);
            int block = (tree << _treeShift) + (2 * i);
            if (low && high)
            {
                if (order > BlockOrder && TakePair(ref pairs[i], block, seen, type, anyType, ref retyped)) { return new Claim(FirstRow(block), 1); }
                if (paired < 0)
                {
                    paired = i;
                    pairedSeen = seen;
                }
            }
            else if ((low || high) && order == BlockOrder)
            {
                // Half a pair first: whole pairs are left for those who need two.
                if (high) { block++; }
                if (TakeBlock(ref pairs[i], block, seen, type, anyType, ref retyped)) { return new Claim(FirstRow(block), 1); }
            }
        }
        if (paired < 0 || order > BlockOrder) { return Claim.None; }
        int first = (tree << _treeShift) + (2 * paired);
        return TakeBlock(ref pairs[paired], first, pairedSeen, type, anyType, ref retyped)
            ? new Claim(FirstRow(first), 1)
            : TakeAnyBlock(tree, type, anyType, ref retyped);
    }

    // Others came first: look at each block once more before giving up on the tree.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Claim TakeAnyBlock(int tree, MigrateType type, bool anyType, ref int retyped)
    {
        int end = Math.Min((tree + 1) << _treeShift, Blocks);
        for (int block = tree << _treeShift; block < end; block++)
        {
            ref ulong pair = ref PairOf(block);
            if (TakeBlock(ref pair, block, Atomic.Load(ref pair), type, anyType, ref retyped)) { return new Claim(FirstRow(block), 1); }
        }
        return Claim.None;
    }

    /// <summary>Which of a tree's blocks serves the type with the fewest frames, but enough of them; none of <paramref name="tried"/>. −1: none.</summary>
    private int Fullest(int tree, int frames, MigrateType type, uint tried)
    {
        Span<ulong> pairs = PairsOf(tree);
        int best = -1;
        int bestFree = int.MaxValue;
        for (int i = 0; i < pairs.Length; i++)
        {
            ulong pair = Atomic.Load(ref pairs[i]);
            for (int at = 2 * i; at < (2 * i) + 2; at++)
            {
                uint word = (uint)(pair >> HalfOf(at));
                int free = BlockWord.Free(word);
                if (free < frames || free >= bestFree || !BlockWord.Serves(word, type) || (tried >> at & 1) != 0) { continue; }
                best = at;
                bestFree = free;
            }
        }
        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsWhollyFree(uint word, MigrateType type, bool anyType) =>
        anyType
            ? BlockWord.Free(word) == BlockFrames && !BlockWord.IsIsolated(word) && BlockWord.Type(word) != MigrateType.HighAtomic
            : BlockWord.Serves(word, type, BlockFrames);

    private static uint Taken(MigrateType type) => BlockWord.WithType(BlockWord.Whole, type);

    private bool TakeBlock(ref ulong pair, int block, ulong seen, MigrateType type, bool anyType, ref int retyped)
    {
        int half = HalfOf(block);
        while (IsWhollyFree((uint)(seen >> half), type, anyType))
        {
            uint word = (uint)(seen >> half);
            ulong now = Atomic.CompareExchange(ref pair, seen ^ ((ulong)(word ^ Taken(type)) << half), seen);
            if (now == seen)
            {
                CountTaken(block, word, type, ref retyped);
                return true;
            }
            seen = now;
        }
        return false;
    }

    // Both words in one compare-exchange: nobody can be stopped between two halves, and no half is ever missing for others.
    private bool TakePair(ref ulong pair, int block, ulong seen, MigrateType type, bool anyType, ref int retyped)
    {
        while (IsWhollyFree((uint)seen, type, anyType) && IsWhollyFree((uint)(seen >> 32), type, anyType))
        {
            ulong now = Atomic.CompareExchange(ref pair, ((ulong)Taken(type) << 32) | Taken(type), seen);
            if (now == seen)
            {
                CountTaken(block, (uint)seen, type, ref retyped);
                CountTaken(block + 1, (uint)(seen >> 32), type, ref retyped);
                return true;
            }
            seen = now;
        }
        return false;
    }

    private void CountTaken(int block, uint seen, MigrateType type, ref int retyped)
    {
        if (BlockWord.Type(seen) != type) { retyped++; }
        LowerTree(TreeOfBlock(block), BlockWord.Type(seen), BlockFrames);
    }

    private Claim ClaimFrames(int block, MigrateType type, int want)
    {
        int row = FirstRow(block);
        int end = row + RowsPerBlock;
        ulong bits = ~Atomic.Load(ref _rows[row]) & RowMask;
        while (bits == 0 && row + 1 < end) { bits = ~Atomic.Load(ref _rows[++row]) & RowMask; }
        int right = Math.Clamp(BitOperations.PopCount(bits), 1, want);
        if (!Plant.Is(PlantedBug.CounterAfterRow))
        {
            right = TakeRight(block, type, 1, right);
            if (right == 0) { return Claim.None; }
        }
        Claim claim = SetBits(block, row, right);

        // Others took bits of the row between our look and our claim: what we may still take goes back.
        if (claim.Frames < right && !Plant.Is(PlantedBug.RefillKeepsSurplus)) { GiveRight(block, right - claim.Frames, type); }
        if (Plant.Is(PlantedBug.CounterAfterRow)) { Atomic.Add(ref PairOf(block), 0UL - ((ulong)claim.Frames << HalfOf(block))); }
        LowerTree(TreeOfBlock(block), type, claim.Frames);
        return claim;
    }

    /// <summary>Gets the right to as many as <paramref name="most"/> frames of the block. 0: it has fewer than <paramref name="least"/>, or serves another type now.</summary>
    /// <remarks>Unless <paramref name="evenWhole"/>, 0 also when all its frames are free.</remarks>
    private int TakeRight(int block, MigrateType type, int least, int most, bool evenWhole = true)
    {
        ref ulong pair = ref PairOf(block);
        int half = HalfOf(block);
        ulong seen = Atomic.Load(ref pair);
        while (true)
        {
            uint word = (uint)(seen >> half);
            int free = BlockWord.Free(word);
            if (!BlockWord.Serves(word, type) || free < least || (free == BlockFrames && !evenWhole)) { return 0; }
            int right = Math.Min(most, free);

            // Pairs with SharedFrames.TryIsolate and SharedFrames.TryRetype: they changed the word before, or move what is left without us.
            ulong now = Atomic.CompareExchange(ref pair, seen - ((ulong)right << half), seen);
            if (now == seen) { return right; }
            seen = now;
        }
    }

    // Pairs with SharedFrames.GiveFrames: the caller has the right to that many frames, so their bits were cleared before. The scan repeats
    // only when others moved them meanwhile. Upwards from the row and the lowest bits, or downwards and the highest.
    private Claim SetBits(int block, int row, int right, bool highest = false)
    {
        int first = FirstRow(block);
        int spins = 0;
        for (int scans = 0; scans < ScansMax; scans++)
        {
            for (int i = 0; i < RowsPerBlock; i++)
            {
                ref ulong word = ref _rows[row];
                ulong seen = Atomic.Load(ref word);
                while ((~seen & RowMask) != 0)
                {
                    ulong free = ~seen & RowMask;
                    ulong take = highest ? Highest(free, right) : Lowest(free, right);
                    ulong now = seen;
                    if (Plant.Is(PlantedBug.RowClaimWithoutCas)) { Atomic.Store(ref word, seen | take); }
                    else if (highest && Plant.Is(PlantedBug.CompactionTakesUsedFrame)) { Atomic.Or(ref word, take); }
                    else { now = Atomic.CompareExchange(ref word, seen | take, seen); }
                    if (now == seen) { return new Claim(row, take); }
                    seen = now;
                }
                if (highest) { row = row == first ? first + RowsPerBlock - 1 : row - 1; }
                else { row = row + 1 == first + RowsPerBlock ? first : row + 1; }
            }
            Atomic.Retry(ref spins);
        }
        Bug.If(true, ViolationKind.CounterMismatch, "block counter promises frames that its rows do not have", block);
        return Claim.None;
    }

    private Claim ClaimGroup(int block, int order, MigrateType type)
    {
        int first = FirstRow(block);
        int row = first;
        while (row < first + RowsPerBlock && GroupsIn(Atomic.Load(ref _rows[row]), order) == 0) { row++; }
        int frames = 1 << order;
        if (row == first + RowsPerBlock || TakeRight(block, type, frames, frames) == 0) { return Claim.None; }
        for (; row < first + RowsPerBlock; row++)
        {
            ref ulong word = ref _rows[row];
            ulong seen = Atomic.Load(ref word);
            for (ulong groups = GroupsIn(seen, order); groups != 0; groups = GroupsIn(seen, order))
            {
                ulong start = groups & (0 - groups);
                ulong now = Atomic.CompareExchange(ref word, seen | (Group(order) * start), seen);
                if (now == seen)
                {
                    LowerTree(TreeOfBlock(block), type, frames);
                    return new Claim(row, start);
                }
                seen = now;
            }
        }
        if (!Plant.Is(PlantedBug.GroupKeepsRight)) { GiveRight(block, frames, type); }
        return Claim.None;
    }

    // Several rows: each is taken from clear to full; when one is not clear any more, those before it are given back.
    private Claim ClaimRows(int block, int order, MigrateType type)
    {
        int rows = 1 << (order - RowOrder);
        int frames = 1 << order;
        int end = FirstRow(block) + RowsPerBlock;
        for (int row = FirstRow(block); row < end; row += rows)
        {
            int clear = 0;
            while (clear < rows && Atomic.Load(ref _rows[row + clear]) == 0) { clear++; }
            if (clear < rows) { continue; }
            if (TakeRight(block, type, frames, frames) == 0) { return Claim.None; }
            int taken = 0;
            while (taken < rows && Atomic.CompareExchange(ref _rows[row + taken], RowMask, 0) == 0) { taken++; }
            if (taken == rows)
            {
                LowerTree(TreeOfBlock(block), type, frames);
                return new Claim(row, 1);
            }
            while (--taken >= 0) { Atomic.Store(ref _rows[row + taken], 0UL); }
            GiveRight(block, frames, type);
        }
        return Claim.None;
    }

    private static ulong Lowest(ulong bits, int count)
    {
        if (count == 1) { return bits & (0 - bits); }
        for (int surplus = BitOperations.PopCount(bits) - count; surplus > 0; surplus--)
        {
            bits &= ~(1UL << BitOperations.Log2(bits));
        }
        return bits;
    }

    /// <summary>The first bits of all aligned groups of 2^order clear bits in a row.</summary>
    private ulong GroupsIn(ulong row, int order)
    {
        ulong free = ~row & RowMask;
        for (int k = 0; k < order; k++) { free &= free >> (1 << k); }
        return free & AlignedStarts[order];
    }

    private static ulong Group(int order) => order == 6 ? ulong.MaxValue : (1UL << (1 << order)) - 1;
}
