using MemCore.Audit;
using MemCore.Frames;
using MemCore.Lab.Formats;
using MemCore.Primitives;

namespace MemCore.Lab.Host;

/// <summary>Takes over one stretch of frames. Slices begin at multiples of the largest folio, so none shares a folio with another.</summary>
internal readonly ref struct HostImportSlice
{
    private const int AnonObjectShift = 9;
    private const int FileObjectShift = 12;
    private const long FileObjects = 1L << 32;

    private readonly HostMap _map;
    private readonly ReadOnlySpan<ulong> _kpf;
    private readonly ReadOnlySpan<ulong> _counts;
    private readonly FrameColumns _at;
    private readonly Span<ulong> _bits;
    private readonly Span<byte> _unmovable;
    private readonly ImportTally _tally;
    private readonly bool _deferredFree;
    private readonly int _node;

    /// <param name="unmovable">One byte per <see cref="HostMap.BlockFrames"/>: 1 makes the block unmovable, 2 marks it as managed.</param>
    public HostImportSlice(HostMap map, FrameTable table, HostBits bits, Span<byte> unmovable, ImportTally tally, bool deferredFree, int node)
    {
        _map = map;
        _kpf = map.Flags;
        _counts = map.Counts;
        _at = table.AtRest;
        _bits = bits.AtRest;
        _unmovable = unmovable;
        _tally = tally;
        _deferredFree = deferredFree;
        _node = node << PageFlagsLayout.NodeShift;
    }

    public const byte Unmovable = 1;
    public const byte Managed = 2;

    public void Take(int from, int to)
    {
        int end = Math.Min(to, _kpf.Length);
        int pfn = from;
        while (pfn < end)
        {
            ulong kpf = _kpf[pfn];
            if (kpf == 0) { pfn = TakeFlagless(pfn, end); }
            else if ((kpf & Kpf.NoPage) != 0) { TakeAway(pfn++, HostFrameClass.Hole, PageType.Offline); }
            else if ((kpf & (Kpf.Buddy | Kpf.HwPoison)) == Kpf.Buddy) { TakeFree(pfn++, kpf); }
            else { pfn += TakeUsed(pfn, kpf); }
        }
        for (pfn = Math.Max(pfn, from); pfn < to; pfn++) { TakeAway(pfn, HostFrameClass.Hole, PageType.Offline); }
    }

    /// <summary>Flagless frames are free only where the caller says that uninitialised memory is. Returns the first frame after them.</summary>
    private int TakeFlagless(int pfn, int end)
    {
        for (; pfn < end && _kpf[pfn] == 0; pfn++)
        {
            if (CountOf(pfn) != 0) { _tally.Count(HostDisagreement.CountWithoutFlags); }
            if (!_map.Ram.Contains(pfn)) { TakeAway(pfn, HostFrameClass.Hole, PageType.Offline); }
            else if (pfn < _map.LimitPfn) { TakeKernel(pfn); }
            else if (_deferredFree) { MakeFree(pfn, 0); }
            else { TakeAway(pfn, HostFrameClass.Absent, PageType.Unaccepted); }
        }
        return pfn;
    }

    private void TakeAway(int pfn, HostFrameClass kind, PageType mark)
    {
        _tally.Count(kind);
        _at.MapCount[pfn] = MapCount.TypedWord(mark);
        if (_node != 0) { _at.Flags[pfn] = (uint)_node; }
        ulong recorded = pfn < _kpf.Length ? _kpf[pfn] : 0;
        if (recorded != 0) { _bits[pfn] = HostBits.Unused(recorded, 0); }
    }

    private void TakeFree(int pfn, ulong kpf)
    {
        if (CountOf(pfn) != 0) { _tally.Count(HostDisagreement.CountOnFree); }
        if ((kpf & ~(Kpf.Buddy | Kpf.Uptodate)) != 0) { _tally.Count(HostDisagreement.FreeWithFlags); }
        if (!_map.Ram.Contains(pfn)) { _tally.Count(HostDisagreement.FlagsInHole); }
        MakeFree(pfn, kpf);
    }

    private void MakeFree(int pfn, ulong kpf)
    {
        _tally.Free(pfn);
        _unmovable[pfn / HostMap.BlockFrames] |= Managed;
        if (_node != 0) { _at.Flags[pfn] = (uint)_node; }
        if (kpf != Kpf.Buddy) { _bits[pfn] = HostBits.Unused(kpf, Kpf.Buddy); }
    }

    private void TakeKernel(int pfn)
    {
        _tally.Count(HostFrameClass.Kernel);
        _tally.HostReferences++;
        _unmovable[pfn / HostMap.BlockFrames] |= Managed;
        _at.Flags[pfn] = (uint)_node;
        _at.RefCount[pfn] = 1;
        _at.HostRefs[pfn] = 1;
        _at.Generation[pfn] = 1;
        _bits[pfn] = HostBits.Used(0, 0, 0);
    }

    /// <summary>Takes a folio that is in use. Returns its frames.</summary>
    private int TakeUsed(int head, ulong kpf)
    {
        int frames = FramesOf(head, kpf);
        int order = int.Log2(frames);
        HostFrameClass kind = ClassOf(kpf);
        _tally.Count(kind, frames);
        if (order > 0) { _tally.Folios[order]++; }
        MarkBlocks(head, frames, kind);
        if (!_map.Ram.Contains(head) && kind != HostFrameClass.Reserved) { _tally.Count(HostDisagreement.FlagsInHole, frames); }

        PageFlags flags = FlagsOf(kpf, kind, frames);
        long mapping = MappingOf(head, kpf, kind, out long index);
        long mappings = TakeMappings(head, frames, kpf, kind);
        ExpectedReferences explained = ExpectedReferences.Of(flags, mapping, mappings, frames, 0);
        bool pinned = kind is HostFrameClass.Slab or HostFrameClass.PageTable or HostFrameClass.Offline or HostFrameClass.Reserved;
        int host = pinned || explained.Sum == 0 ? 1 : 0;
        _tally.Mappings += mappings;
        _tally.CacheReferences += explained.Cache;
        _tally.PrivateReferences += explained.Private;
        _tally.HostReferences += host;

        _at.Flags[head] = (uint)(flags | (order > 0 ? PageFlags.Head : 0)) | (uint)_node;
        _at.RefCount[head] = (int)explained.Sum + host;
        _at.HostRefs[head] = host;
        _at.Mapping[head] = mapping;
        _at.Index[head] = index;
        _at.Generation[head] = 1;
        if (order > 0)
        {
            _at.Compound[head] = CompoundWord.Head(order);
            _at.Compound.Slice(head + 1, frames - 1).Fill(CompoundWord.Tail(new Pfn(head)));
            if (_node != 0) { _at.Flags.Slice(head + 1, frames - 1).Fill((uint)_node); }
        }
        KeepBits(head, frames, kpf, mappings > 0);
        return frames;
    }

    /// <summary>1 for a frame of its own, and for each frame of a folio that cannot be one.</summary>
    private int FramesOf(int head, ulong kpf)
    {
        if ((kpf & Kpf.Compound) == 0) { return 1; }
        if ((kpf & Kpf.CompoundHead) == 0)
        {
            _tally.Count(HostDisagreement.TailWithoutHead);
            return 1;
        }
        int end = head + 1;
        int furthest = Math.Min(_kpf.Length, head + HostImporter.LargestFolio + 1);
        while (end < furthest && (_kpf[end] & Kpf.Compound) == Kpf.CompoundTail) { end++; }
        int frames = end - head;
        bool anonPair = frames == 2 && (kpf & (Kpf.Anon | Kpf.Slab | Kpf.Huge)) == Kpf.Anon;
        bool shaped = frames > 1 && frames <= HostImporter.LargestFolio && int.IsPow2(frames) && head % frames == 0 && !anonPair
            && (kpf & Kpf.CompoundTail) == 0;
        if (shaped) { return frames; }
        _tally.Count(HostDisagreement.MisshapenFolio);
        return 1;
    }

    private static HostFrameClass ClassOf(ulong kpf) =>
        (kpf & Kpf.Slab) != 0 ? HostFrameClass.Slab
        : (kpf & Kpf.PgTable) != 0 ? HostFrameClass.PageTable
        : (kpf & Kpf.Huge) != 0 ? HostFrameClass.Hugetlb
        : (kpf & Kpf.Offline) != 0 ? HostFrameClass.Offline
        : (kpf & Kpf.Reserved) != 0 ? HostFrameClass.Reserved
        : (kpf & Kpf.Anon) != 0 ? HostFrameClass.Anon
        : (kpf & (Kpf.Lru | Kpf.SwapCache)) != 0 ? HostFrameClass.File
        : HostFrameClass.Other;

    private void MarkBlocks(int head, int frames, HostFrameClass kind)
    {
        byte mark = kind is HostFrameClass.Slab or HostFrameClass.PageTable or HostFrameClass.Reserved ? (byte)(Managed | Unmovable) : Managed;
        for (int block = head / HostMap.BlockFrames; block <= (head + frames - 1) / HostMap.BlockFrames; block++) { _unmovable[block] |= mark; }
    }

    private PageFlags FlagsOf(ulong kpf, HostFrameClass kind, int frames)
    {
        if ((kpf & (Kpf.Locked | Kpf.Writeback)) != 0) { _tally.Count(HostDisagreement.InFlight); }
        if (kind == HostFrameClass.Slab)
        {
            if ((kpf & ~(Kpf.Slab | Kpf.Compound)) != 0) { _tally.Count(HostDisagreement.SlabWithForeignBits, frames); }
            return HostWords.FlagsOf(kpf & Kpf.HwPoison);
        }
        PageFlags flags = HostWords.FlagsOf(kpf);
        const PageFlags both = PageFlags.Active | PageFlags.Unevictable;
        if ((flags & both) == both)
        {
            _tally.Count(HostDisagreement.ActiveAndUnevictable);
            flags &= ~PageFlags.Active;
        }
        if (((HostWords.KpfOf(flags) ^ kpf) & Kpf.SwapCache) != 0) { _tally.Count(HostDisagreement.SwapCacheBits); }
        return flags;
    }

    /// <summary>An object and an offset for a folio that must have one. Page images name no owners: neighbours share a made-up one.</summary>
    private static long MappingOf(int head, ulong kpf, HostFrameClass kind, out long index)
    {
        index = 0;
        bool slabOrKernel = kind is HostFrameClass.Slab or HostFrameClass.PageTable or HostFrameClass.Offline or HostFrameClass.Reserved;
        if (slabOrKernel) { return 0; }
        if ((kpf & Kpf.Anon) != 0)
        {
            index = head & ((1 << AnonObjectShift) - 1);
            return MappingWord.Make((head >> AnonObjectShift) + 1, (kpf & Kpf.Ksm) != 0 ? MappingTag.Ksm : MappingTag.Anon);
        }

        // Shared memory in the swap cache has left its file.
        if (kind != HostFrameClass.File || (kpf & Kpf.SwapCache) != 0) { return 0; }
        index = head & ((1 << FileObjectShift) - 1);
        return MappingWord.Make(FileObjects + (head >> FileObjectShift), MappingTag.File);
    }

    /// <summary>Writes the map count words of a folio and returns the number of entries that map it.</summary>
    private long TakeMappings(int head, int frames, ulong kpf, HostFrameClass kind)
    {
        bool mapped = (kpf & Kpf.Mmap) != 0;
        Span<int> words = _at.MapCount.Slice(head, frames);
        switch (kind)
        {
            case HostFrameClass.Slab or HostFrameClass.PageTable or HostFrameClass.Offline:
                for (int i = 0; i < frames; i++)
                {
                    if (CountOf(head + i) != 0) { _tally.Count(HostDisagreement.CountOnTyped); }
                }
                words[0] = MapCount.TypedWord(kind == HostFrameClass.Slab ? PageType.Slab : kind == HostFrameClass.PageTable ? PageType.Table : PageType.Offline);
                return 0;
            case HostFrameClass.Hugetlb:
                int whole = CountOf(head);
                if (!mapped && whole != 0) { _tally.Count(HostDisagreement.CountWithoutMmap); }
                if (mapped && whole == 0) { _tally.Count(HostDisagreement.MmapWithoutCount); }
                whole = mapped ? Math.Max(1, whole) : 0;
                words[0] = ExpectedReferences.HugetlbWord(whole);
                return whole;
        }
        long sum = 0;
        for (int i = 0; i < frames; i++)
        {
            int count = CountOf(head + i);
            if (count == 0) { continue; }
            if (!mapped)
            {
                _tally.Count(HostDisagreement.CountWithoutMmap);
                continue;
            }
            words[i] = count - 1;
            sum += count;
        }
        if (mapped && sum == 0)
        {
            if (!_counts.IsEmpty) { _tally.Count(HostDisagreement.MmapWithoutCount); }
            words[0] = 0;
            sum = 1;
        }
        return sum;
    }

    private void KeepBits(int head, int frames, ulong kpf, bool mapped)
    {
        ulong engine = HostWords.KpfOfFolio(_at.Flags[head], _at.MapCount[head], _at.Mapping[head], frames > 1, mapped);
        if (frames == 1)
        {
            _bits[head] = HostBits.Used(kpf, engine, 0);
            return;
        }
        _bits[head] = HostBits.Used(kpf, engine | Kpf.CompoundHead, 0);
        ulong tail = kpf & ~Kpf.CompoundHead | Kpf.CompoundTail;
        for (int pfn = head + 1; pfn < head + frames; pfn++)
        {
            ulong own = _kpf[pfn];
            if (own != tail) { _tally.Count(HostDisagreement.TailDiffersFromHead); }
            _bits[pfn] = HostBits.Used(own, engine | Kpf.CompoundTail, pfn - head);
        }
    }

    private int CountOf(int pfn) => _counts.IsEmpty ? 0 : (int)_counts[pfn];
}
