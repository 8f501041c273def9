namespace MemCore.Lab.Host;

/// <summary>How often the frames of a folio are mapped, as far as it is taken over.</summary>
/// <param name="Sum">Of its frames; of a hugetlb folio as a whole.</param>
/// <param name="Largest">Of its frames.</param>
/// <param name="Least">Of its frames.</param>
/// <param name="IsGuessed">The flags say mapped, no frame has a count: the first is taken as mapped once.</param>
internal readonly record struct HostCounts(long Sum, int Largest, int Least, bool IsGuessed)
{
    private const int MmsMost = 256;
    private const int PlacesMost = 1 << 12;

    /// <summary>More mappings of a frame than this are left out: each is in an Mm of its own, but those of a merged frame are in one.</summary>
    public static int MostOf(MappedAs kind) => kind switch
    {
        MappedAs.Ksm => PlacesMost,
        MappedAs.Hugetlb => (int)HostMap.MaxMappings - 1,
        _ => MmsMost,
    };

    /// <summary>All frames mapped equally often, in one entry of the table above the leaves each time.</summary>
    public bool IsHuge(in HostFolio folio) =>
        folio.MappedAs == MappedAs.Anon && folio.Frames == HostMap.BlockFrames && Least > 0 && Least == Largest && !IsGuessed;

    /// <summary>Entries of page tables, hence references; a hugetlb folio's mappings among them.</summary>
    public long Entries(in HostFolio folio) => IsHuge(folio) ? Largest : Sum;

    /// <summary>The mappings of one frame.</summary>
    public int At(ReadOnlySpan<ulong> counts, in HostFolio folio, int pfn) =>
        Sum == 0 ? 0 : IsGuessed ? pfn == folio.Head ? 1 : 0 : Of(counts, pfn, MostOf(folio.MappedAs));

    /// <param name="counts">Empty when nobody recorded them.</param>
    /// <param name="folio">Neither typed nor without mappings counts for more than zero.</param>
    public static HostCounts Of(ReadOnlySpan<ulong> counts, in HostFolio folio)
    {
        if (!folio.IsMapped || folio.MappedAs == MappedAs.Typed) { return default; }
        if (folio.MappedAs == MappedAs.Hugetlb || folio.Frames == 1)
        {
            int whole = Of(counts, folio.Head, MostOf(folio.MappedAs));
            return new HostCounts(Math.Max(1, whole), Math.Max(1, whole), Math.Max(1, whole), whole == 0);
        }
        int most = MostOf(folio.MappedAs);
        long sum = 0;
        int largest = 0;
        int least = int.MaxValue;
        for (int pfn = folio.Head; pfn < folio.Head + folio.Frames; pfn++)
        {
            int count = Of(counts, pfn, most);
            sum += count;
            largest = Math.Max(largest, count);
            least = Math.Min(least, count);
        }
        return sum == 0 ? new HostCounts(1, 1, 0, IsGuessed: true) : new HostCounts(sum, largest, least, IsGuessed: false);
    }

    private static int Of(ReadOnlySpan<ulong> counts, int pfn, int most) => counts.IsEmpty ? 0 : (int)Math.Min(counts[pfn], (ulong)most);
}
