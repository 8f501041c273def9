using System.Runtime.CompilerServices;
using MemCore.Frames;

namespace MemCore.Audit;

/// <summary>The references of a folio that its own words explain. What is left over needs a holder who says so.</summary>
/// <remarks>
/// n is the number of frames: swap cache n; without an anonymous mapping also page cache n and private data 1; one for each
/// page-table entry; one of the driver of a movable page; those of the imported host. Lists own no reference, and a lock or writeback is none.
/// </remarks>
internal readonly record struct ExpectedReferences(long Mappings, int Cache, int Private, int Host)
{
    private const int HugetlbMappingsMask = (1 << 24) - 1;
    private const PageFlags SwapCacheFlags = PageFlags.OwnerPriv1 | PageFlags.Swapbacked;

    /// <summary>A driver of movable pages has one on each of its pages.</summary>
    public int Driver { get; init; }

    public long Sum => Mappings + Cache + Private + Host + Driver;

    /// <param name="flags">The head's flags.</param>
    /// <param name="mapping">The head's mapping word.</param>
    /// <param name="mappings">Page-table entries that map any frame of the folio.</param>
    /// <param name="frames">Frames of the folio.</param>
    /// <param name="hostRefs">The head's host column.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ExpectedReferences Of(PageFlags flags, long mapping, long mappings, int frames, int hostRefs)
    {
        bool anon = MappingWord.IsAnon(mapping);
        int cache = ((flags & SwapCacheFlags) == SwapCacheFlags ? frames : 0) + (!anon && mapping != 0 ? frames : 0);
        return new ExpectedReferences(mappings, cache, !anon && (flags & PageFlags.Private) != 0 ? 1 : 0, hostRefs);
    }

    /// <summary>How often a hugetlb folio is mapped: as a whole, in the bits of its type word that are free for the type.</summary>
    public static int HugetlbMappings(int mapCountWord) => mapCountWord & HugetlbMappingsMask;

    public static int HugetlbWord(int mappings) => MapCount.TypedWord(PageType.Hugetlb) | mappings;

    /// <summary>As in <c>refcount 3, explained 2: mapping 1, host 1</c>, without the refcount; only holders that hold.</summary>
    public string Describe(in HeldReferences held = default)
    {
        long all = Sum + held.Sum;
        if (all == 0) { return "explained 0"; }
        List<string> holders = [];
        Add("mapping", Mappings);
        Add("cache", Cache);
        Add("private", Private);
        Add("host", Host);
        Add("driver", Driver + held.Drivers);
        Add("tasks", held.Tasks);
        Add("pins", held.Pins);
        Add("isolation", held.Isolations);
        Add("batches", held.Batches);
        return $"explained {all}: {string.Join(", ", holders)}";

        void Add(string holder, long references)
        {
            if (references != 0) { holders.Add($"{holder} {references}"); }
        }
    }
}
