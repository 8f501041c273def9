using System.Numerics;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <summary>Free frames that were taken out of the allocator together: frame <paramref name="Base"/> + i for each bit i of the mask.</summary>
internal readonly record struct TakenFrames(Pfn Base, ulong Mask)
{
    public static TakenFrames None => new(Pfn.None, 0);

    public int Count => BitOperations.PopCount(Mask);

    /// <summary>The highest of them. Not of none.</summary>
    public Pfn Highest => Base + BitOperations.Log2(Mask);

    public TakenFrames WithoutHighest => this with { Mask = Mask & ~(1UL << BitOperations.Log2(Mask)) };
}

/// <content>Free frames of a given block in the hands of somebody who has no life for them yet: compaction's free scanner.</content>
/// <remarks>
/// A taken frame is neither free to others nor in use: its generation is even, it has no reference, and no list of the allocator has it.
/// It ends in one of two ways: <see cref="GiveFree(TaskId, Pfn)"/>, or <see cref="TryUse"/>, which makes it an allocation like any other.
/// The isolation of a block does not reach frames that were taken before, as little as it reaches allocations.
/// </remarks>
internal sealed partial class FrameAllocator
{
    /// <summary>Takes up to <paramref name="most"/> free single frames of a block, the highest first, at most those of one row. Lock-free.</summary>
    /// <remarks>
    /// None: the block has none that may be taken: it is isolated, of another type, full, taken as a whole, or, unless
    /// <paramref name="evenWhole"/>, wholly free. Frames in the lists of the CPUs are not found; a block of which CPUs hold frames is not
    /// wholly free. Who calls again until None has got all that were there.
    /// </remarks>
    public TakenFrames TakeFree(TaskId task, int block, int most, MigrateType type = MigrateType.Movable, bool evenWhole = false)
    {
        _ = task;
        Claim claim = _shared.TryPickHighest(block, type, most, evenWhole);
        return claim.IsNone ? TakenFrames.None : new TakenFrames(new Pfn(claim.Row << _shared.RowOrder), claim.Mask);
    }

    /// <summary>Makes taken frames free again, all at once. Lock-free.</summary>
    public void GiveFree(TaskId task, TakenFrames taken)
    {
        _ = task;
        if (taken.Mask != 0) { _shared.GiveFrames(new Claim(_shared.RowOf(taken.Base), taken.Mask)); }
    }

    /// <summary>Makes one taken frame free again, past the lists of the CPUs. Lock-free.</summary>
    public void GiveFree(TaskId task, Pfn taken)
    {
        _ = task;
        _shared.GiveFrames(new Claim(_shared.RowOf(taken), _shared.BitOf(taken)));
    }

    /// <summary>Makes a taken frame an allocation with one reference: verified, counted and alive as if it came from <see cref="Allocate"/>.</summary>
    /// <returns>False: somebody wrote to it while it was free; it was reported and leaked.</returns>
    public bool TryUse(TaskId task, Pfn taken)
    {
        if (!PrepareOne(task, taken)) { return false; }
        HandOut(task, taken, 0);
        return true;
    }

    /// <summary>The opposite of <see cref="TryUse"/>: ends the life of a frame whose last reference the caller dropped, and leaves it taken.</summary>
    /// <returns>False: it shows traces of its owner and was leaked, or its memory is broken.</returns>
    public bool TryUnuse(TaskId task, Pfn pfn)
    {
        _table.EndLife(pfn);
        _events.Count(task, EventCounter.PgFree);
        return _checks.TryFreeClean(pfn) || MayFreeOne(task, pfn);
    }

    /// <summary>True when an aligned group of 2^<paramref name="order"/> frames is free in the block, which is of the type and not isolated.</summary>
    /// <remarks>A hint: of a moment ago. An order above a block asks for both blocks of the aligned pair. Frames of the CPUs' lists are not seen.</remarks>
    public bool HasFree(int block, int order, MigrateType type)
    {
        if (order <= _shared.BlockOrder) { return TypeOf(block) == type && _shared.HasGroup(block, order); }
        int other = block ^ 1;
        return other < Blocks && HasFree(block, _shared.BlockOrder, type) && HasFree(other, _shared.BlockOrder, type);
    }

    /// <summary>Adds up, for each order, the free blocks of some of the machine's blocks that are part of no larger one; without the CPUs' lists.</summary>
    /// <remarks>May run beside everything: each word is of its own moment, so the sums are approximate as buddyinfo's are.</remarks>
    public void CountFree(int firstBlock, int endBlock, Span<long> counts) => _shared.CountFreeBlocks(firstBlock, endBlock, counts, type: null);
}
