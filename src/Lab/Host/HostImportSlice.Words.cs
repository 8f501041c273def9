using MemCore.Audit;
using MemCore.Frames;
using MemCore.Lab.Formats;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Lab.Host;

/// <content>The words of one folio in use.</content>
internal readonly ref partial struct HostImportSlice
{
    private PageFlags FlagsOf(in HostFolio folio, in HostCounts mapped)
    {
        ulong kpf = folio.Word;
        if ((kpf & (Kpf.Locked | Kpf.Writeback)) != 0) { _tally.Count(HostDisagreement.InFlight); }
        if (folio.Kind == HostFrameClass.Slab)
        {
            if ((kpf & ~(Kpf.Slab | Kpf.Compound)) != 0) { _tally.Count(HostDisagreement.SlabWithForeignBits, folio.Frames); }
            return HostWords.FlagsOf(kpf & Kpf.HwPoison);
        }
        PageFlags flags = HostWords.FlagsOf(kpf);

        // On typed pages these say that a driver moves them: it stayed on the host.
        if (folio.MappedAs == MappedAs.Typed) { flags &= ~MovableOps.Movable; }
        if (folio.MappedAs is MappedAs.Typed or MappedAs.Hugetlb) { flags &= ~MovableOps.Isolated; }
        const PageFlags both = PageFlags.Active | PageFlags.Unevictable;
        if ((flags & both) == both)
        {
            _tally.Count(HostDisagreement.ActiveAndUnevictable);
            flags &= ~PageFlags.Active;
        }
        if (((HostWords.KpfOf(flags) ^ kpf) & Kpf.SwapCache) != 0) { _tally.Count(HostDisagreement.SwapCacheBits); }
        if ((flags & PageFlags.Lru) != 0 && folio.Kind is not (HostFrameClass.Anon or HostFrameClass.File))
        {
            _tally.Count(HostDisagreement.LruOnTyped, folio.Frames);
            flags &= ~PageFlags.Lru;
        }
        if (folio.Kind == HostFrameClass.Anon && (flags & PageFlags.Owner2) != 0 && mapped.Largest > 1)
        {
            _tally.Count(HostDisagreement.ExclusiveButShared);
            flags &= ~PageFlags.Owner2;
        }
        return flags;
    }

    /// <summary>An object and an offset for a folio that must have one. Page images name no owners: neighbours share a made-up one.</summary>
    /// <remarks>A merged folio gets its stable node when all slices are done.</remarks>
    private long MappingOf(in HostFolio folio, out long index)
    {
        index = 0;
        switch (folio.MappedAs)
        {
            case MappedAs.Anon or MappedAs.Hugetlb when folio.IsAnon:
                index = _plan.Anon.BasePage + folio.Head;
                return MappingWord.Make(_mms.AnonVmaOf(folio.Head), MappingTag.Anon);
            case MappedAs.Ksm:
                return MappingWord.Make(0, MappingTag.Ksm);
            case MappedAs.File:
                index = _plan.File.IndexOf(folio.Head);
                return MappingWord.Make(_mms.CacheOf(folio.Head).Value, MappingTag.File);
            default:
                return 0;
        }
    }

    /// <summary>Writes the map count words of a folio. One that is mapped by huge entries counts them in the index of its first tail.</summary>
    private void TakeMappings(in HostFolio folio, in HostCounts mapped)
    {
        CountContradictions(folio, mapped);
        Strided<int> words = _at.MapCount.Slice(folio.Head, folio.Frames);
        switch (folio.MappedAs)
        {
            case MappedAs.Typed:
                words[0] = MapCount.TypedWord(folio.Kind == HostFrameClass.Slab ? PageType.Slab
                    : folio.Kind == HostFrameClass.PageTable ? PageType.Table : PageType.Offline);
                return;
            case MappedAs.Hugetlb:
                words[0] = ExpectedReferences.HugetlbWord((int)mapped.Sum);
                _tally.HugetlbMappings += mapped.Sum;
                return;
        }
        if (mapped.Sum == 0) { return; }
        if (mapped.IsHuge(folio))
        {
            _at.Index[folio.Head + 1] = mapped.Largest;
            return;
        }
        for (int i = 0; i < words.Length; i++) { words[i] = mapped.At(_counts, folio, folio.Head + i) - 1; }
    }

    private void CountContradictions(in HostFolio folio, in HostCounts mapped)
    {
        if ((folio.Word & Kpf.Ksm) != 0 && folio.MappedAs == MappedAs.Anon) { _tally.Count(HostDisagreement.MergedLarge); }
        if (_counts.IsEmpty) { return; }
        if (mapped.IsGuessed) { _tally.Count(HostDisagreement.MmapWithoutCount); }
        HostDisagreement dropped = folio.MappedAs == MappedAs.Typed ? HostDisagreement.CountOnTyped : HostDisagreement.CountWithoutMmap;
        int frames = folio.MappedAs == MappedAs.Hugetlb ? 1 : folio.Frames;
        ReadOnlySpan<ulong> counts = _counts.Slice(folio.Head, frames);
        if (mapped.Sum == 0 && counts.ContainsAnyExcept(0UL)) { _tally.Count(dropped, frames - counts.Count(0UL)); }
        int most = HostCounts.MostOf(folio.MappedAs);
        if (mapped.Largest == most)
        {
            foreach (ulong count in counts)
            {
                if (count > (ulong)most) { _tally.Count(HostDisagreement.CountBeyondMms); }
            }
        }
    }

    private void KeepBits(in HostFolio folio, bool mapped)
    {
        (int head, int frames, ulong kpf) = (folio.Head, folio.Frames, folio.Word);
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
