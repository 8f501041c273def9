using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Reclaim;

/// <summary>What came of looking for a source block.</summary>
internal enum SourceClaim
{
    Claimed,

    /// <summary>Every block below the free scanner is done.</summary>
    Met,

    /// <summary>What is not done is in the hands of other tasks.</summary>
    Busy,
}

/// <summary>The control state of compaction: for each zone one sweep, in which any number of tasks may take part.</summary>
/// <remarks>
/// A zone is a node's share of the frames. A sweep's blocks are claimed one by one, so two tasks never scan the same one; each remembers how
/// far it was scanned, so a task may leave in the middle and anybody may go on. Lock-free, but for a task that is stopped with a claim: its
/// block stays out of the sweep, and the sweep's end waits for it while the others are told Busy. Nobody else waits for compaction.
/// </remarks>
internal sealed class ZoneScans
{
    private readonly Column<ulong> _spans; // (A) ZoneSpan
    private readonly Column<int> _positions; // (A) for each zone and mode: blocks below are done, but for one that a task that was late for a restart stepped over; a hint that only saves looking
    private readonly Column<int> _passedOver; // (A) for each zone: 1 when a skip hint was honoured in this sweep
    private readonly Column<uint> _blocks; // (A) ScanWord
    private readonly FrameAllocator _allocator;
    private readonly int _frames;

    public ZoneScans(EngineBase engine, FrameAllocator allocator, int zones)
    {
        _allocator = allocator;
        _frames = engine.Frames.Frames;
        Zones = zones;
        _spans = engine.Arena.Add<ulong>("compact_spans", zones, ColumnKind.State);
        _positions = engine.Arena.Add<int>("compact_positions", zones * 2, ColumnKind.State);
        _passedOver = engine.Arena.Add<int>("compact_passed_over", zones, ColumnKind.State);
        _blocks = engine.Arena.Add<uint>("compact_blocks", allocator.Blocks, ColumnKind.State);
        for (int zone = 0; zone < zones; zone++) { Begin(zone); }
    }

    public int Zones { get; }

    /// <summary>Node n of N has the n-th of N equal shares, at borders of the largest folio.</summary>
    public int FirstBlock(int zone)
    {
        const int grain = 1 << FrameTable.MaxOrder;
        long grains = (_frames + grain - 1) / grain;
        long first = ((grains * zone) + Zones - 1) / Zones * grain;
        return (int)Math.Min(first / _allocator.BlockFrames, _allocator.Blocks);
    }

    public int EndBlock(int zone) => FirstBlock(zone + 1);

    /// <summary>The block that destinations come from; the zone's end: none yet.</summary>
    public int FreeBlock(int zone) => ZoneSpan.Free(Atomic.Load(ref _spans[zone]));

    /// <summary>Claims the lowest block of the sweep that is not done, and says how many of its frames were passed already.</summary>
    /// <remarks>Blocks that a scan of the mode has no use for are done at once. Lock-free.</remarks>
    public SourceClaim TryClaim(int zone, bool sync, bool ignoreHints, out int source, out int passed)
    {
        source = -1;
        passed = 0;
        bool othersBusy = false;
        int position = Atomic.Load(ref _positions[PositionOf(zone, sync)]);
        int block = position;
        while (block < SourceEnd(zone, Atomic.Load(ref _spans[zone])))
        {
            ref uint word = ref _blocks[block];
            uint seen = Atomic.Load(ref word);
            if (ScanWord.Passed(seen, sync) >= _allocator.BlockFrames)
            {
                if (block == position) { Atomic.CompareExchange(ref _positions[PositionOf(zone, sync)], ++position, block); }
                block++;
            }
            else if ((seen & ScanWord.Busy) != 0)
            {
                othersBusy = true;
                block++;
            }
            else if (!IsUseful(zone, block, seen, sync, ignoreHints))
            {
                Atomic.CompareExchange(ref word, ScanWord.WithPassed(seen, sync, _allocator.BlockFrames), seen);
            }
            else if (Atomic.CompareExchange(ref word, seen | ScanWord.Busy, seen) == seen)
            {
                if (TryEnter(zone, block))
                {
                    source = block;
                    passed = ScanWord.Passed(Atomic.Load(ref word), sync); // Of the sweep that was entered: a restart may have come between.
                    return SourceClaim.Claimed;
                }
                Free(block);
                return SourceClaim.Busy;
            }
        }
        return othersBusy ? SourceClaim.Busy : SourceClaim.Met;
    }

    /// <summary>Gives a claimed block back: so many of its frames are passed now. Lock-free.</summary>
    /// <returns>True: the block is done, and its scan has isolated something, now or before.</returns>
    public bool Release(int zone, int block, bool sync, int passed, bool isolated)
    {
        bool done = passed >= _allocator.BlockFrames;
        ref uint word = ref _blocks[block];
        uint seen = Atomic.Load(ref word);
        bool fruitful;
        while (true)
        {
            fruitful = isolated || (seen & ScanWord.Fruitful) != 0;
            uint next = ScanWord.WithPassed(seen & ~(ScanWord.Busy | ScanWord.Fruitful), sync, passed);
            if (!done && fruitful) { next |= ScanWord.Fruitful; }
            if (done) { next = fruitful ? next & ~ScanWord.Skip : next | ScanWord.Skip; }
            uint now = Atomic.CompareExchange(ref word, next, seen);
            if (now == seen) { break; }
            seen = now;
        }

        // Pairs with ZoneScans.TryRestart: a new sweep begins only when nobody has a block of the old one.
        Atomic.Add(ref _spans[zone], 0UL - ZoneSpan.OneInside);
        return done && fruitful;
    }

    /// <summary>The free scanner has got all there was in the block and goes one down. False: it meets the sources. Only inside a claim.</summary>
    public bool TryLeaveFree(int zone, int block)
    {
        ref ulong word = ref _spans[zone];
        ulong seen = Atomic.Load(ref word);
        while (ZoneSpan.Free(seen) == block)
        {
            // Pairs with ZoneScans.TryEnter: both bounds are in one word, so a block is a source or has destinations, never both.
            if (block - 1 < ZoneSpan.First(seen)) { return false; }
            ulong now = Atomic.CompareExchange(ref word, ZoneSpan.Make(ZoneSpan.First(seen), block - 1, ZoneSpan.Inside(seen)), seen);
            if (now == seen) { return true; }
            seen = now;
        }
        return true;
    }

    /// <summary>Begins a new sweep, unless tasks are inside the old one: then the last of them, or a later one, will.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="clearHints">Forgets the skip hints. They are forgotten anyway when the old sweep honoured one: hints live for one sweep.</param>
    /// <param name="passedOver">The old sweep has honoured a hint.</param>
    public bool TryRestart(int zone, bool clearHints, out bool passedOver)
    {
        passedOver = Atomic.Load(ref _passedOver[zone]) != 0;
        ref ulong word = ref _spans[zone];
        ulong seen = Atomic.Load(ref word);

        // Pairs with ZoneScans.Release and ZoneScans.TryEnter: nobody is inside, and nobody enters until the store below.
        if (ZoneSpan.Inside(seen) != 0) { return false; }
        ulong closed = ZoneSpan.Make(ZoneSpan.First(seen), ZoneSpan.Free(seen), ZoneSpan.Restarting);
        if (Atomic.CompareExchange(ref word, closed, seen) != seen) { return false; }
        bool keepHints = !clearHints && !passedOver;
        for (int block = FirstBlock(zone); block < EndBlock(zone); block++)
        {
            ref uint scan = ref _blocks[block];
            uint old = Atomic.Load(ref scan);
            for (uint now; (now = Atomic.CompareExchange(ref scan, ScanWord.Fresh(old, keepHints), old)) != old; old = now) { }
        }
        Begin(zone);
        return true;
    }

    /// <summary>Reports scanners that have crossed, and tasks or blocks that a sweep has forgotten.</summary>
    public void AuditAtRest(Action<ViolationKind, string> report)
    {
        for (int zone = 0; zone < Zones; zone++)
        {
            ulong span = Atomic.Load(ref _spans[zone]);
            if (ZoneSpan.First(span) > ZoneSpan.Free(span)) { report(ViolationKind.Unexpected, $"the scanners of zone {zone} have crossed: {ZoneSpan.First(span)} and {ZoneSpan.Free(span)}"); }
            if (ZoneSpan.Inside(span) != 0) { report(ViolationKind.StuckState, $"{ZoneSpan.Inside(span)} tasks are left inside the sweep of zone {zone}"); }
        }
        for (int block = 0; block < _allocator.Blocks; block++)
        {
            if ((Atomic.Load(ref _blocks[block]) & ScanWord.Busy) != 0) { report(ViolationKind.StuckState, $"block {block} is left claimed by compaction"); }
        }
    }

    // Sources are below the block that destinations come from; before there is one, its place is kept for it.
    private int SourceEnd(int zone, ulong span)
    {
        int end = EndBlock(zone);
        int free = ZoneSpan.Free(span);
        return free == end ? end - 1 : free;
    }

    private static int PositionOf(int zone, bool sync) => (zone * 2) + (sync ? 1 : 0);

    // The span last: who enters finds the rest of the sweep as new as this.
    private void Begin(int zone)
    {
        int first = FirstBlock(zone);
        Atomic.Store(ref _positions[PositionOf(zone, sync: false)], first);
        Atomic.Store(ref _positions[PositionOf(zone, sync: true)], first);
        Atomic.Store(ref _passedOver[zone], 0);
        Atomic.Store(ref _spans[zone], ZoneSpan.Make(first, EndBlock(zone), inside: 0));
    }

    // Of other types an asynchronous scan keeps away; what is wholly free is what compaction is for.
    private bool IsUseful(int zone, int block, uint seen, bool sync, bool ignoreHints)
    {
        if (_allocator.IsIsolated(block) || _allocator.FreeInBlock(block) == _allocator.BlockFrames) { return false; }
        if (!sync && _allocator.TypeOf(block) != MigrateType.Movable) { return false; }
        if (ignoreHints || (seen & ScanWord.Skip) == 0) { return true; }
        if (Atomic.Load(ref _passedOver[zone]) == 0) { Atomic.Store(ref _passedOver[zone], 1); }
        return false;
    }

    // Pairs with ZoneScans.TryLeaveFree and ZoneScans.TryRestart.
    private bool TryEnter(int zone, int block)
    {
        ref ulong word = ref _spans[zone];
        ulong seen = Atomic.Load(ref word);
        while (ZoneSpan.Inside(seen) != ZoneSpan.Restarting && block < SourceEnd(zone, seen))
        {
            ulong inside = ZoneSpan.Make(Math.Max(ZoneSpan.First(seen), block + 1), ZoneSpan.Free(seen), ZoneSpan.Inside(seen) + 1);
            ulong now = Atomic.CompareExchange(ref word, inside, seen);
            if (now == seen) { return true; }
            seen = now;
        }
        return false;
    }

    private void Free(int block)
    {
        ref uint word = ref _blocks[block];
        uint seen = Atomic.Load(ref word);
        for (uint now; (now = Atomic.CompareExchange(ref word, seen & ~ScanWord.Busy, seen)) != seen; seen = now) { }
    }
}
