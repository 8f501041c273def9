using System.Diagnostics.CodeAnalysis;
using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Frames;
using MemCore.Lab.Formats;
using MemCore.Primitives;

namespace MemCore.Lab.Host;

/// <summary>Writes the engine's own state as a page image: what <c>/proc/kpageflags</c> and <c>/proc/kpagecount</c> of it would read.</summary>
/// <remarks>
/// Right after an import the image equals the imported one bit for bit. Later, frames in another life than at the import are written from
/// the engine's words alone; every free frame shows BUDDY, those on lists of one CPU among them. At rest only.
/// </remarks>
internal static class HostExporter
{
    /// <summary>The KPF words of the first <c>kpf.Length</c> frames.</summary>
    /// <param name="table">The engine's frames.</param>
    /// <param name="allocator">Whose free frames are free; null: those that no life has begun in.</param>
    /// <param name="bits">Null: the table was never imported into.</param>
    /// <param name="kpf">Where the words go; index = pfn.</param>
    public static void Flags(FrameTable table, FrameAllocator? allocator, HostBits? bits, Span<ulong> kpf)
    {
        FrameColumns at = table.AtRest;
        ReadOnlySpan<ulong> kept = bits is null ? default : bits.AtRest;
        int pfn = 0;
        while (pfn < kpf.Length)
        {
            int frames = 1;
            if (FrameTable.IsAllocated(at.Generation[pfn])) { frames = Used(at, pfn, kpf); }
            else { kpf[pfn] = IsFree(at, allocator, pfn) ? Kpf.Buddy : 0; }
            for (int i = pfn; !kept.IsEmpty && i < pfn + frames && i < kpf.Length; i++) { kpf[i] = HostBits.Apply(kept[i], kpf[i], at, i); }
            pfn += frames;
        }
    }

    /// <summary>The map counts of the first <c>counts.Length</c> frames.</summary>
    public static void Counts(FrameTable table, Span<ulong> counts)
    {
        FrameColumns at = table.AtRest;
        for (int pfn = 0; pfn < counts.Length; pfn++)
        {
            uint compound = at.Compound[pfn];
            int head = CompoundWord.IsTail(compound) ? CompoundWord.HeadOf(compound).Value : pfn;

            // Mapped as a whole, each frame shows it: hugetlb always, others with the entries that map this frame alone.
            counts[pfn] = (ulong)(MapCount.TypeOf(at.MapCount[head]) == PageType.Hugetlb
                ? ExpectedReferences.HugetlbMappings(at.MapCount[head])
                : MapCount.CountOf(at.MapCount[pfn]) + EntireMappings(at, head));
        }
    }

    /// <summary>How many huge entries map a folio: kept in the index of its first tail.</summary>
    public static long EntireMappings(in FrameColumns at, int head) =>
        CompoundWord.OrderOf(at.Compound[head]) > 0 && MapCount.TypeOf(at.MapCount[head]) == PageType.None ? at.Index[head + 1] : 0;

    /// <summary>Writes both images. A name that ends in <c>.gz</c> asks for gzip. False: one of them could not be written.</summary>
    public static bool TryWrite(
        FrameTable table, FrameAllocator? allocator, HostBits? bits, int frames, string flagsPath, string? countsPath, [NotNullWhen(false)] out HostError? error)
    {
        ulong[] words = GC.AllocateUninitializedArray<ulong>(frames);
        Flags(table, allocator, bits, words);
        error = null;
        if (!PageImageWriter.TryWriteAll(flagsPath, words, out FormatError? failed))
        {
            error = new HostError(HostError.Machine, failed.Message);
            return false;
        }
        if (countsPath is null) { return true; }
        Counts(table, words);
        if (PageImageWriter.TryWriteAll(countsPath, words, out failed)) { return true; }
        error = new HostError(HostError.Machine, failed.Message);
        return false;
    }

    /// <summary>Not free: no memory, leaked, or behind the first frame of a block that is not a folio. Such frames read as 0.</summary>
    private static bool IsFree(FrameColumns at, FrameAllocator? allocator, int pfn) =>
        allocator is null ? MapCount.TypeOf(at.MapCount[pfn]) == PageType.None : allocator.IsFreeAtRest(new Pfn(pfn));

    /// <summary>Returns the frames written: a whole folio, or one. A tail that is met here belongs to none.</summary>
    private static int Used(FrameColumns at, int head, Span<ulong> kpf)
    {
        int order = CompoundWord.OrderOf(at.Compound[head]);
        int frames = Math.Min(1 << order, kpf.Length - head);
        bool mapped = IsMapped(at.MapCount.Slice(head, frames)) || EntireMappings(at, head) > 0;
        ulong word = HostWords.KpfOfFolio(at.Flags[head], at.MapCount[head], at.Mapping[head], order > 0, mapped);
        if (order == 0)
        {
            kpf[head] = word;
            return 1;
        }
        kpf[head] = word | Kpf.CompoundHead;
        kpf.Slice(head + 1, frames - 1).Fill(word | Kpf.CompoundTail);
        return frames;
    }

    private static bool IsMapped(Strided<int> words)
    {
        if (MapCount.TypeOf(words[0]) == PageType.Hugetlb) { return ExpectedReferences.HugetlbMappings(words[0]) > 0; }
        if (MapCount.TypeOf(words[0]) != PageType.None) { return false; }
        return words.ContainsAnyExcept(MapCount.Idle);
    }
}
