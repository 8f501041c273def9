using MemCore.Lab.Formats;

namespace MemCore.Lab.Host;

/// <summary>Makes a plausible host from a seed: the same seed and number of frames give the same map on every machine.</summary>
/// <remarks>
/// Laid out in blocks as on a machine that has run for a while: kernel blocks at the bottom and scattered, blocks of slab and page tables,
/// page cache with folios of all orders, anonymous memory with some huge folios and some shared or swapped, hugetlb, free blocks whole and
/// in fragments; a hole in the lower half and an uninitialised tail of about a sixteenth where there is room for them.
/// </remarks>
internal sealed class SyntheticHost
{
    /// <summary>The least that makes sense: one largest folio.</summary>
    public const int FramesMin = 1 << 10;

    private const int Block = HostMap.BlockFrames;
    private const int ReservedFrames = 16;
    private const int RoomForHole = 64 * Block;
    private const ulong UsedFile = Kpf.Referenced | Kpf.Uptodate | Kpf.Lru;
    private const ulong UsedAnon = Kpf.Uptodate | Kpf.Lru | Kpf.SwapBacked | Kpf.Anon;

    private readonly ulong[] _flags;
    private readonly ulong[] _counts;
    private ulong _state;

    private SyntheticHost(ulong seed, int frames)
    {
        _flags = new ulong[frames];
        _counts = new ulong[frames];
        _state = seed;
    }

    /// <summary>A host of so many frames, rounded down to whole folios of the largest order; one at least.</summary>
    public static HostMap Make(ulong seed, int frames)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, FramesMin);
        return new SyntheticHost(seed, frames / FramesMin * FramesMin).Make(seed);
    }

    private HostMap Make(ulong seed)
    {
        int frames = _flags.Length;
        bool large = frames >= RoomForHole;
        int holeStart = large ? frames / 4 / FramesMin * FramesMin : frames;
        int holeEnd = large ? holeStart + (frames / 32 / FramesMin * FramesMin) : frames;
        int limit = large ? frames - (frames / 16 / FramesMin * FramesMin) : frames;
        for (int start = 0; start < limit; start += Block)
        {
            if (start < holeStart || start >= holeEnd) { FillBlock(start); }
        }
        for (int pfn = 0; pfn < ReservedFrames; pfn++) { Set(pfn, 1, Kpf.Reserved, 0); }

        // The last initialised block always shows a flag: it is what tells uninitialised memory apart.
        Set(limit - Block, Block, Kpf.Buddy, 0);
        (int, int)[] ram = large ? [(0, holeStart), (holeEnd, frames)] : [(0, frames)];
        return new HostMap($"synthetic seed {seed}", _flags, _counts)
        {
            Ram = RamRanges.From(ram, "made up"),
            Zones = new ZoneLayout([new HostZone(0, "Normal", 0, frames)]),
        };
    }

    private void FillBlock(int start)
    {
        switch (Below(32))
        {
            case < 1: break; // The kernel's own: no flags at all.
            case < 3: Fill(start, 4, 3, order => order > 0 ? Kpf.Slab | Kpf.Compound : Kpf.Slab, _ => 0); break;
            case < 4: Fill(start, 1, 0, _ => Kpf.PgTable, _ => 0); break;
            case < 14: Fill(start, 6, 9, File, FileMappings); break;
            case < 20: Fill(start, 6, 4, Anon, _ => 1 + (Chance(8) ? Below(3) : 0)); break;
            case < 22: SetFolio(start, 9, UsedAnon | Kpf.Mmap | Kpf.Thp, 1); break;
            case < 23: SetFolio(start, 9, Kpf.Uptodate | Kpf.Huge | (Chance(2) ? Kpf.Anon | Kpf.Mmap : 0), 1); break;
            case < 28: Set(start, Block, Kpf.Buddy, 0); break;
            default: Fragment(start); break;
        }
    }

    /// <summary>Fills a block with folios of orders up to <paramref name="maxOrder"/>; small ones are the most, and some room stays free.</summary>
    private void Fill(int start, int freeIn64, int maxOrder, Func<int, ulong> flags, Func<int, ulong> mappings)
    {
        for (int pfn = start; pfn < start + Block;)
        {
            int order = 0;
            while (order < maxOrder && (pfn & ((2 << order) - 1)) == 0 && pfn + (2 << order) <= start + Block && Chance(2)) { order++; }
            if (Below(64) < (ulong)freeIn64) { Set(pfn, 1 << order, Kpf.Buddy, 0); }
            else if (order > 0) { SetFolio(pfn, order, flags(order), mappings(order)); }
            else { SetOne(pfn, flags(0), mappings(0)); }
            pfn += 1 << order;
        }
    }

    /// <summary>Every second or fourth frame free: what alternate freeing leaves behind.</summary>
    private void Fragment(int start)
    {
        int step = Chance(2) ? 2 : 4;
        for (int pfn = start; pfn < start + Block; pfn++)
        {
            if (pfn % step == 0) { Set(pfn, 1, Kpf.Buddy, 0); }
            else { SetOne(pfn, Anon(0), 1); }
        }
    }

    private ulong File(int order)
    {
        ulong flags = UsedFile | (Chance(8) ? Kpf.Active : 0) | (Chance(16) ? Kpf.Dirty : 0) | (Chance(4) ? Kpf.Private : Kpf.Owner2) | (Chance(8) ? Kpf.Mmap : 0);
        return order > 0 ? flags | Kpf.Thp : flags;
    }

    private ulong FileMappings(int order) => 1 + Below(4);

    private ulong Anon(int order)
    {
        if (order == 0 && Chance(32)) { return UsedAnon | Kpf.SwapCache | Kpf.OwnerPrivate | (Chance(2) ? Kpf.Mmap : 0); }
        if (order == 0 && Chance(64)) { return UsedAnon | Kpf.Mmap | Kpf.Ksm; }
        ulong flags = UsedAnon | Kpf.Mmap | (Chance(4) ? Kpf.Owner2 : 0) | (Chance(16) ? Kpf.Mlocked | Kpf.Unevictable : Chance(16) ? Kpf.Active : 0);
        return order > 0 ? flags | Kpf.Thp : flags;
    }

    private void SetOne(int pfn, ulong flags, ulong mappings) => Set(pfn, 1, flags & ~Kpf.Compound, mappings);

    private void SetFolio(int head, int order, ulong flags, ulong mappings)
    {
        // Anonymous folios of two frames do not exist.
        if (order == 1 && (flags & Kpf.Anon) != 0)
        {
            SetOne(head, flags & ~Kpf.Thp, mappings);
            SetOne(head + 1, flags & ~Kpf.Thp, mappings);
            return;
        }
        Set(head, 1, flags & ~Kpf.Compound | Kpf.CompoundHead, mappings);
        Set(head + 1, (1 << order) - 1, flags & ~Kpf.Compound | Kpf.CompoundTail, mappings);
    }

    private void Set(int start, int count, ulong flags, ulong mappings)
    {
        // What is shared is not exclusive.
        if (mappings > 1 && (flags & Kpf.Anon) != 0) { flags &= ~Kpf.Owner2; }
        _flags.AsSpan(start, count).Fill(flags);
        _counts.AsSpan(start, count).Fill((flags & Kpf.Mmap) != 0 ? mappings : 0);
    }

    private bool Chance(int oneIn) => Below(oneIn) == 0;

    private ulong Below(int limit)
    {
        // SplitMix64: every seed is good, zero too.
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 32) * (ulong)limit >> 32;
    }
}
