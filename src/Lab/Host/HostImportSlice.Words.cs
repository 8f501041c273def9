using MemCore.Audit;
using MemCore.Frames;
using MemCore.Lab.Formats;
using MemCore.Primitives;

namespace MemCore.Lab.Host;

/// <content>The shape, the class and the words of one folio in use.</content>
internal readonly ref partial struct HostImportSlice
{
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
}
