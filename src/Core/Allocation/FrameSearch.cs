using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <summary>Decides where a request is served: the CPU's own tree, another of the type, another type.</summary>
/// <remarks>
/// A slot is a word per CPU, type and size class (below a block, or whole blocks), on a line of its own:
/// <code>
/// bit  31       30 ........ 0
///      [ held ] [ tree + 1  ]    0: none yet
/// </code>
/// It remembers the tree that served last. Held: the tree's reserved bit is this slot's. Lock-free: slots are changed by compare-exchange,
/// since two tasks of one CPU may be here when one of them found the guard busy.
/// </remarks>
internal sealed class FrameSearch
{
    private const uint Held = 1u << 31;
    private const int SlotsPerCpu = MigrateTypes.Count * 2;

    // Small blocks are looked for in this many nearly full trees before an emptier one is taken.
    private const int GroupTriesMax = 8;

    private readonly PaddedColumn<uint> _slots; // (A)
    private readonly SharedFrames _shared;
    private readonly EventCounters _events;
    private readonly int _cpus;
    private readonly int _nearlyFull;
    private readonly int _worthHolding;

    public FrameSearch(Arena arena, SharedFrames shared, int cpus, EventCounters events)
    {
        _shared = shared;
        _events = events;
        _cpus = cpus;
        _slots = arena.AddPadded<uint>("alloc_slots", cpus * SlotsPerCpu, ColumnKind.State);
        _nearlyFull = shared.TreeFrames / 4;
        _worthHolding = shared.RowBits;
    }

    /// <summary>Takes 2^<paramref name="order"/> frames; of order 0 up to <paramref name="want"/> of one row. None: no block has them.</summary>
    /// <remarks>Lock-free. The answer None is exact when nobody else is active.</remarks>
    public Claim Claim(TaskId task, CpuId cpu, int order, MigrateType type, int want)
    {
        int slot = SlotOf(cpu.Value, type, order);
        uint word = Atomic.Load(ref _slots[slot]);
        if (word == 0) { return Elsewhere(task, slot, word, (int)((long)cpu.Value * _shared.Trees / _cpus), order, type, want); }
        Claim here = _shared.TryClaim(TreeOf(word), order, type, want);
        return here.IsNone ? Elsewhere(task, slot, word, TreeOf(word), order, type, want) : here;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Claim Elsewhere(TaskId task, int slot, uint word, int own, int order, MigrateType type, int want)
    {
        Claim claim = FromBestTree(task, slot, word, own, order, type, want);
        if (claim.IsNone) { claim = FromAnyTree(task, slot, word, own, order, type, want); }
        if (claim.IsNone) { claim = FromOtherTypes(task, slot, word, own, order, type, want); }
        return claim;
    }

    /// <summary>True when another CPU has reserved the tree, given its word: frames given to it were most likely allocated there.</summary>
    public bool IsReservedElsewhere(CpuId cpu, int tree, MigrateType type, ulong treeWord) =>
        TreeWord.IsReserved(treeWord, type)
        && !Holds(cpu.Value, tree, type, 0)
        && !Holds(cpu.Value, tree, type, _shared.BlockOrder);

    /// <summary>How many slots hold the tree's reservation. At rest only.</summary>
    public int HoldersAtRest(int tree, MigrateType type)
    {
        int holders = 0;
        for (int cpu = 0; cpu < _cpus; cpu++)
        {
            if (Holds(cpu, tree, type, 0)) { holders++; }
            if (Holds(cpu, tree, type, _shared.BlockOrder)) { holders++; }
        }
        return holders;
    }

    // Nobody else's trees. Holes in nearly full trees are filled first, so that emptier ones become empty; otherwise the fullest.
    private Claim FromBestTree(TaskId task, int slot, uint word, int own, int order, MigrateType type, int want)
    {
        int frames = 1 << Math.Min(order, _shared.BlockOrder);
        bool whole = order >= _shared.BlockOrder;
        int nearlyFull = whole ? int.MaxValue : _nearlyFull;
        int tries = order == 0 || whole ? int.MaxValue : GroupTriesMax;
        int best = -1;
        int bestFree = int.MaxValue;
        int tree = own;
        for (int i = 0; i < _shared.Trees; i++)
        {
            ulong now = _shared.TreeNow(tree);
            int free = TreeWord.Free(now, type);
            if (free >= frames && !TreeWord.IsReserved(now, type))
            {
                if (free <= nearlyFull && tries-- > 0)
                {
                    Claim claim = _shared.TryClaim(tree, order, type, want);
                    if (!claim.IsNone)
                    {
                        MoveSlot(task, slot, word, tree, type);
                        return claim;
                    }
                }
                else if (free > nearlyFull && free < bestFree)
                {
                    best = tree;
                    bestFree = free;
                }
            }
            tree = tree + 1 == _shared.Trees ? 0 : tree + 1;
        }
        if (best < 0) { return Allocation.Claim.None; }
        Claim last = _shared.TryClaim(best, order, type, want);
        if (!last.IsNone) { MoveSlot(task, slot, word, best, type); }
        return last;
    }

    // Every tree, reserved or not: what this does not find is not there.
    private Claim FromAnyTree(TaskId task, int slot, uint word, int own, int order, MigrateType type, int want)
    {
        int frames = 1 << Math.Min(order, _shared.BlockOrder);
        int tree = own;
        for (int i = 0; i < _shared.Trees; i++)
        {
            if (TreeWord.Free(_shared.TreeNow(tree), type) >= frames)
            {
                Claim claim = _shared.TryClaim(tree, order, type, want);
                if (!claim.IsNone)
                {
                    MoveSlot(task, slot, word, tree, type);
                    return claim;
                }
            }
            tree = tree + 1 == _shared.Trees ? 0 : tree + 1;
        }
        return Allocation.Claim.None;
    }

    private Claim FromOtherTypes(TaskId task, int slot, uint word, int own, int order, MigrateType type, int want)
    {
        if (order >= _shared.BlockOrder) { return WholeOfAnyType(task, own, order, type); }
        if (type != MigrateType.HighAtomic)
        {
            for (int i = 0; i < MigrateTypes.FallbackCount(type); i++)
            {
                Claim claim = ByClaimingBlock(task, slot, word, own, order, type, MigrateTypes.Fallback(type, i), want);
                if (!claim.IsNone) { return claim; }
            }
        }
        for (int i = 0; i < MigrateTypes.FallbackCount(type); i++)
        {
            Claim claim = PieceOf(own, order, MigrateTypes.Fallback(type, i));
            if (!claim.IsNone) { return claim; }
        }
        return Allocation.Claim.None;
    }

    // The reserve borrows blocks and leaves their type; so its pairs are of one type. Other requests take any two and make them theirs.
    private Claim WholeOfAnyType(TaskId task, int own, int order, MigrateType type)
    {
        if (type == MigrateType.HighAtomic)
        {
            for (int i = 0; i < MigrateTypes.FallbackCount(type); i++)
            {
                Claim claim = PieceOf(own, order, MigrateTypes.Fallback(type, i));
                if (!claim.IsNone) { return claim; }
            }
            return Allocation.Claim.None;
        }
        int tree = own;
        for (int i = 0; i < _shared.Trees; i++)
        {
            Claim claim = _shared.TryClaimWhole(tree, order, type, anyType: true, out int retyped);
            if (!claim.IsNone)
            {
                if (retyped != 0) { _events.Count(task, EventCounter.BlockClaimed, retyped); }
                return claim;
            }
            tree = tree + 1 == _shared.Trees ? 0 : tree + 1;
        }
        return Allocation.Claim.None;
    }

    // A block of another type that is at least half free becomes one of ours: the type's frames stay together.
    private Claim ByClaimingBlock(TaskId task, int slot, uint word, int own, int order, MigrateType type, MigrateType other, int want)
    {
        int least = Math.Max(1 << order, _shared.BlockFrames / 2);
        int tree = own;
        for (int i = 0; i < _shared.Trees; i++)
        {
            if (TreeWord.Free(_shared.TreeNow(tree), other) >= least && RetypeLargest(tree, other, type, least))
            {
                _events.Count(task, EventCounter.BlockClaimed);
                Claim claim = _shared.TryClaim(tree, order, type, want);
                if (!claim.IsNone)
                {
                    MoveSlot(task, slot, word, tree, type);
                    return claim;
                }
            }
            tree = tree + 1 == _shared.Trees ? 0 : tree + 1;
        }
        return Allocation.Claim.None;
    }

    private bool RetypeLargest(int tree, MigrateType from, MigrateType to, int least)
    {
        int first = tree * _shared.BlocksPerTree;
        int end = Math.Min(first + _shared.BlocksPerTree, _shared.Blocks);
        int best = -1;
        uint bestWord = 0;
        for (int block = first; block < end; block++)
        {
            uint now = _shared.BlockNow(block);
            if (!BlockWord.Serves(now, from) || BlockWord.Free(now) < Math.Max(least, BlockWord.Free(bestWord) + 1)) { continue; }
            best = block;
            bestWord = now;
        }
        return best >= 0 && _shared.TryRetype(best, bestWord, to);
    }

    // The last resort: frames in a block that stays the other type's.
    private Claim PieceOf(int own, int order, MigrateType other)
    {
        int frames = 1 << Math.Min(order, _shared.BlockOrder);
        int tree = own;
        for (int i = 0; i < _shared.Trees; i++)
        {
            if (TreeWord.Free(_shared.TreeNow(tree), other) >= frames)
            {
                Claim claim = _shared.TryClaim(tree, order, other, want: 1);
                if (!claim.IsNone) { return claim; }
            }
            tree = tree + 1 == _shared.Trees ? 0 : tree + 1;
        }
        return Allocation.Claim.None;
    }

    // A tree with a few frames is only remembered; one with more is reserved, and taken from the CPU that has it.
    private void MoveSlot(TaskId task, int slot, uint from, int tree, MigrateType type)
    {
        if (from != 0 && TreeOf(from) == tree) { return; }
        bool hold = false;
        ulong now = _shared.TreeNow(tree);
        if (TreeWord.Free(now, type) >= _worthHolding)
        {
            if (TreeWord.IsReserved(now, type))
            {
                hold = Steal(slot, tree, type);
                if (hold) { _events.Count(task, EventCounter.TreeStolen); }
            }
            else
            {
                hold = _shared.TryReserve(tree, type);
                if (hold) { _events.Count(task, EventCounter.TreeReserved); }
            }
        }
        uint to = (uint)(tree + 1) | (hold ? Held : 0);
        if (Atomic.CompareExchange(ref _slots[slot], to, from) == from)
        {
            if ((from & Held) != 0) { _shared.EndReservation(TreeOf(from), type); }
        }
        else if (hold)
        {
            // Another task of this CPU moved the slot first.
            _shared.EndReservation(tree, type);
        }
    }

    private bool Steal(int thief, int tree, MigrateType type)
    {
        uint held = (uint)(tree + 1) | Held;
        for (int cpu = 0; cpu < _cpus; cpu++)
        {
            for (int size = 0; size < 2; size++)
            {
                int slot = SlotOf(cpu, type, size == 0 ? 0 : _shared.BlockOrder);
                if (slot == thief || Atomic.Load(ref _slots[slot]) != held) { continue; }
                if (Plant.Is(PlantedBug.StealWithoutCas))
                {
                    Atomic.Store(ref _slots[slot], held & ~Held);
                    return true;
                }
                if (Atomic.CompareExchange(ref _slots[slot], held & ~Held, held) == held) { return true; }
            }
        }
        return false;
    }

    private bool Holds(int cpu, int tree, MigrateType type, int order) =>
        Atomic.Load(ref _slots[SlotOf(cpu, type, order)]) == ((uint)(tree + 1) | Held);

    private int SlotOf(int cpu, MigrateType type, int order) =>
        (cpu * SlotsPerCpu) + ((int)type * 2) + (order >= _shared.BlockOrder ? 1 : 0);

    private static int TreeOf(uint slot) => (int)(slot & ~Held) - 1;
}
