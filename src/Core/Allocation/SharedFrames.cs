using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <summary>The level that all CPUs share: a bit for each frame in rows, a word for each block of rows, a word for each tree of blocks.</summary>
/// <remarks>
/// Lock-free throughout, and no frame's own words are touched. The order of changes is what makes three levels agree:
/// <code>
/// allocation   block counter down (the right to frames)   row bits set             tree counter down
/// free         row bits cleared                           tree counter up          block counter up
/// </code>
/// Hence at any moment: clear bits >= block counter plus rights under way, and tree counter >= sum of block counters. Who has a right
/// finds bits for it; who finds a tree's counter too small need not look at its blocks.
/// </remarks>
internal sealed partial class SharedFrames
{
    private readonly Column<ulong> _rows; // (A) a bit a frame, set while taken
    private readonly Column<ulong> _pairs; // (A) two BlockWords, the even block's low; the blocks of a tree fill a line of their own
    private readonly PaddedColumn<ulong> _trees; // (A) TreeWord
    private readonly int _pairsPerTree;
    private readonly int _treeShift;
    private readonly int _rowsPerBlockShift;

    public SharedFrames(Arena arena, int frames, AllocatorOptions options)
    {
        BlockOrder = options.BlockOrder;
        BlocksPerTree = options.BlocksPerTree;
        if (BlockOrder is < 1 or > 9) { throw new ArgumentException("the block order is 1 to 9", nameof(options)); }
        if (options.RowOrder is < 0 or > 6 || BlockOrder - options.RowOrder > 6)
        {
            throw new ArgumentException("a row has 1 to 64 frames, and a block at most 64 rows", nameof(options));
        }
        _treeShift = System.Numerics.BitOperations.Log2((uint)BlocksPerTree);
        if (BlocksPerTree < 2 || 1 << _treeShift != BlocksPerTree || BlocksPerTree << BlockOrder > TreeWord.FramesMax)
        {
            throw new ArgumentException("blocks per tree are a power of two, at least 2, and at most 4,096 frames together", nameof(options));
        }
        Frames = frames;
        RowOrder = Math.Min(options.RowOrder, BlockOrder);
        RowMask = RowBits == 64 ? ulong.MaxValue : (1UL << RowBits) - 1;
        _rowsPerBlockShift = BlockOrder - RowOrder;
        Blocks = (frames + BlockFrames - 1) >> BlockOrder;
        Trees = (Blocks + BlocksPerTree - 1) >> _treeShift;
        _pairsPerTree = Seam.Exploring ? BlocksPerTree / 2 : Math.Max(BlocksPerTree / 2, Arena.LineBytes / sizeof(ulong));
        _rows = arena.Add<ulong>("rows", Trees << _treeShift << _rowsPerBlockShift, ColumnKind.State);
        _pairs = arena.Add<ulong>("block_pairs", Trees * _pairsPerTree, ColumnKind.State);
        _trees = arena.AddPadded<ulong>("trees", Trees, ColumnKind.State, Arena.LineBytes);
        _rows.AtRest.Fill(RowMask);
        for (int block = 0; block < Blocks; block++) { SetBlockAtRest(block, BlockWord.WithType(0, MigrateType.Movable)); }
    }

    public int Frames { get; }

    public int BlockOrder { get; }

    public int BlockFrames => 1 << BlockOrder;

    /// <summary>One order above a block: two neighbours taken at once.</summary>
    public int MaxOrder => BlockOrder + 1;

    public int BlocksPerTree { get; }

    public int Blocks { get; }

    public int Trees { get; }

    public int RowOrder { get; }

    public int RowBits => 1 << RowOrder;

    /// <summary>The bits of a row that stand for frames.</summary>
    public ulong RowMask { get; }

    public int RowsPerBlock => 1 << _rowsPerBlockShift;

    public int TreeFrames
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => BlocksPerTree << BlockOrder;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int RowOf(Pfn pfn) => pfn.Value >> RowOrder;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong BitOf(Pfn pfn) => 1UL << (pfn.Value & (RowBits - 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int BlockOf(Pfn pfn) => pfn.Value >> BlockOrder;

    public int BlockOfRow(int row) => row >> _rowsPerBlockShift;

    public int TreeOfBlock(int block) => block >> _treeShift;

    /// <summary>The lowest frame of a claim.</summary>
    public Pfn FirstOf(Claim claim) => new((claim.Row << RowOrder) + System.Numerics.BitOperations.TrailingZeroCount(claim.Mask));

    /// <summary>The block's word now. Acquires. Stale as soon as it is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint BlockNow(int block) => (uint)(Atomic.Load(ref PairOf(block)) >> HalfOf(block));

    /// <summary>The tree's word now. Acquires. Stale as soon as it is read; never promises too little.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong TreeNow(int tree) => Atomic.Load(ref _trees[tree]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref ulong PairOf(int block) => ref _pairs[((block >> _treeShift) * _pairsPerTree) + ((block & (BlocksPerTree - 1)) >> 1)];

    /// <summary>The words of a tree's blocks. The last may have one block only: the other half is 0, a block without frames.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<ulong> PairsOf(int tree) =>
        _pairs.Row(tree * _pairsPerTree, (Math.Min(BlocksPerTree, Blocks - (tree << _treeShift)) + 1) >> 1);

    private static int HalfOf(int block) => (block & 1) << 5;

    /// <summary>Writes a block's word if it equals <paramref name="comparand"/>; returns what was there. Lock-free: a retry means that the neighbour changed.</summary>
    /// <remarks>Two blocks in one word, so that taking both is one compare-exchange and no word is accessed in two sizes.</remarks>
    private uint CompareExchangeBlock(int block, uint value, uint comparand)
    {
        ref ulong pair = ref PairOf(block);
        int half = HalfOf(block);
        ulong seen = Atomic.Load(ref pair);
        while ((uint)(seen >> half) == comparand)
        {
            ulong now = Atomic.CompareExchange(ref pair, seen ^ ((ulong)(comparand ^ value) << half), seen);
            if (now == seen) { return comparand; }
            seen = now;
        }
        return (uint)(seen >> half);
    }

    private int FirstRow(int block) => block << _rowsPerBlockShift;

    /// <summary>Counts frames out of a tree, after they left their block's counter. Wait-free: one xadd.</summary>
    private void LowerTree(int tree, MigrateType type, int frames)
    {
        ulong now = Atomic.Add(ref _trees[tree], 0UL - TreeWord.Frames(type, frames));
        Bug.If(TreeWord.Borrowed(now, type, frames), ViolationKind.CounterMismatch, "tree counter below zero", tree);
    }

    /// <summary>Counts frames into a tree, before they enter their block's counter. Wait-free: one xadd.</summary>
    private ulong RaiseTree(int tree, MigrateType type, int frames) => Atomic.Add(ref _trees[tree], TreeWord.Frames(type, frames));

    /// <summary>As <see cref="RaiseTree"/> for frames that are counted elsewhere too. False: too many such claims are under way.</summary>
    private bool TryRaiseTree(int tree, MigrateType type, int frames)
    {
        ref ulong word = ref _trees[tree];
        ulong seen = Atomic.Load(ref word);
        while (TreeWord.HasRoom(seen, type, frames))
        {
            ulong now = Atomic.CompareExchange(ref word, seen + TreeWord.Frames(type, frames), seen);
            if (now == seen) { return true; }
            seen = now;
        }
        return false;
    }
}
