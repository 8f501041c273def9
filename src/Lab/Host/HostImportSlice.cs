using MemCore.Audit;
using MemCore.Frames;
using MemCore.Lab.Formats;
using MemCore.Primitives;

namespace MemCore.Lab.Host;

/// <summary>Takes over one stretch of frames. Slices begin at multiples of the largest folio, so none shares a folio with another.</summary>
internal readonly ref partial struct HostImportSlice
{
    private readonly HostMap _map;
    private readonly ReadOnlySpan<ulong> _kpf;
    private readonly ReadOnlySpan<ulong> _counts;
    private readonly FrameColumns _at;
    private readonly Span<ulong> _bits;
    private readonly Span<byte> _unmovable;
    private readonly ImportTally _tally;
    private readonly MappingPlan _plan;
    private readonly SyntheticMms _mms;
    private readonly bool _deferredFree;
    private readonly int _node;

    /// <param name="unmovable">One byte per <see cref="HostMap.BlockFrames"/>: 1 makes the block unmovable, 2 marks it as managed.</param>
    public HostImportSlice(HostMap map, FrameTable table, HostBits bits, SyntheticMms mms, Span<byte> unmovable, ImportTally tally, bool deferredFree, int node)
    {
        _map = map;
        _kpf = map.Flags;
        _counts = map.Counts;
        _at = table.AtRest;
        _bits = bits.AtRest;
        _unmovable = unmovable;
        _tally = tally;
        _plan = map.Plan;
        _mms = mms;
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
            else { pfn += TakeUsed(pfn); }
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
    private int TakeUsed(int head)
    {
        HostFolio folio = HostFolio.At(_kpf, head, out HostDisagreement wrong);
        if (wrong != HostFolio.Sound) { _tally.Count(wrong); }
        int frames = folio.Frames;
        int order = int.Log2(frames);
        HostCounts mapped = HostCounts.Of(_counts, folio);
        _tally.Count(folio.Kind, frames);
        if (order > 0) { _tally.Folios[order]++; }
        MarkBlocks(folio);
        if (!_map.Ram.Contains(head) && folio.Kind != HostFrameClass.Reserved) { _tally.Count(HostDisagreement.FlagsInHole, frames); }

        PageFlags flags = FlagsOf(folio, mapped);
        long mapping = MappingOf(folio, out long index);
        TakeMappings(folio, mapped);
        long mappings = mapped.Entries(folio);
        ExpectedReferences explained = ExpectedReferences.Of(flags, mapping, mappings, frames, 0);
        bool pinned = folio.Kind is HostFrameClass.Slab or HostFrameClass.PageTable or HostFrameClass.Offline or HostFrameClass.Reserved;

        // Mapped without an owner, or a process's and on no list: somebody on the host has it.
        bool foreign = folio.MappedAs == MappedAs.Special || (folio.MappedAs is MappedAs.Anon or MappedAs.Ksm && (flags & PageFlags.Lru) == 0);
        int host = pinned || (foreign && mappings > 0) || explained.Sum == 0 ? 1 : 0;
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
        KeepBits(folio, mappings > 0);
        _mms.Take(folio, mapped, _counts, flags, _tally);
        return frames;
    }

    private void MarkBlocks(in HostFolio folio)
    {
        byte mark = folio.Kind is HostFrameClass.Slab or HostFrameClass.PageTable or HostFrameClass.Reserved ? (byte)(Managed | Unmovable) : Managed;
        for (int block = folio.Head / HostMap.BlockFrames; block <= (folio.Head + folio.Frames - 1) / HostMap.BlockFrames; block++) { _unmovable[block] |= mark; }
    }

    private int CountOf(int pfn) => _counts.IsEmpty ? 0 : (int)_counts[pfn];
}
