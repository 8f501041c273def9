namespace MemCore.Lab.Host;

/// <summary>Who will map what, found by one look at the flags and counts: before there is a machine, since it tells the machine's sizes.</summary>
internal sealed class MappingPlan
{
    private const int AnonObjectShift = 10;
    private const int FileObjectShift = 12;
    private const int CacheNodeShift = 6;
    private const int ManyFrames = 1 << 24;
    private const int TlbOrderOfMany = 12;

    // A frame number has 31 bits, so the areas of one Mm are apart.
    private const long FileBase = 1L << 31;
    private const long SpecialBase = 1L << 32;

    private readonly int _frames;
    private long _ksmNodes;
    private long _ksmItems;
    private long _ksmVmas;
    private long _cacheLeaves;

    private MappingPlan(int frames)
    {
        _frames = frames;
        Anon = new MappedArea(0, AnonObjectShift, frames);
        File = new MappedArea(FileBase, FileObjectShift, frames);
        Special = new MappedArea(SpecialBase, FileObjectShift, frames);
    }

    /// <summary>Anonymous folios: an object is an anon_vma. The largest folio fits into one.</summary>
    public MappedArea Anon { get; }

    /// <summary>Files' folios: an object is a page cache.</summary>
    public MappedArea File { get; }

    /// <summary>Mapped frames without an object.</summary>
    public MappedArea Special { get; }

    /// <summary>Mms that map what has an object or none; one more maps what is merged.</summary>
    public int Mms { get; private set; }

    public bool HasKsm => _ksmItems > 0;

    public static MappingPlan Of(HostMap map)
    {
        int frames = HostImporter.TableFrames(map);
        MappingPlan plan = new(frames);
        int slices = (map.Frames + HostImporter.SliceFrames - 1) / HostImporter.SliceFrames;
        Parallel.For(0, slices, slice => plan.Scan(map, slice * HostImporter.SliceFrames, Math.Min((slice + 1) * HostImporter.SliceFrames, map.Frames)));
        foreach (MappedArea area in plan.Areas()) { area.Close(); }
        plan.Mms = plan.Areas().Max(area => area.Mms());

        // A VMA keeps the anon_vma of folios in the swap cache that nobody maps now.
        if (plan.Mms == 0 && Enumerable.Range(0, plan.Anon.Objects).Any(plan.Anon.IsUsed)) { plan.Mms = 1; }
        return plan;
    }

    /// <summary>Mms that have a VMA over an anonymous object.</summary>
    public int AnonVmasOf(int number) => Anon.IsUsed(number) ? Math.Max(1, Anon.MmsOf(number)) : 0;

    public MappingNeeds Needs(int tableLevels, int cacheLevels)
    {
        long anonVmas = 0, anonObjects = 0, fileVmas = 0, caches = 0;
        for (int i = 0; i < Anon.Objects; i++)
        {
            anonVmas += AnonVmasOf(i);
            anonObjects += Anon.IsUsed(i) ? 1 : 0;
        }
        for (int i = 0; i < File.Objects; i++)
        {
            fileVmas += File.MmsOf(i) + Special.MmsOf(i);
            caches += File.IsUsed(i) ? 1 : 0;
        }
        int mms = Mms + (HasKsm ? 1 : 0);
        long tables = mms + Areas().Sum(area => area.TablesBelowRoot(tableLevels)) + TablesForRun(_ksmItems, tableLevels);
        return new MappingNeeds
        {
            Mms = mms,
            Vmas = checked((int)(anonVmas + fileVmas + _ksmVmas)),
            AnonVmas = (int)anonObjects,
            AnonLinks = (int)anonVmas,
            Caches = (int)caches,
            CacheNodes = checked((int)(_cacheLeaves + (caches * (cacheLevels - 1)))),
            TableNodes = checked((int)tables),
            KsmNodes = (int)_ksmNodes,
            KsmItems = checked((int)_ksmItems),
            TlbOrder = _frames > ManyFrames ? TlbOrderOfMany : 0,
        };
    }

    private MappedArea[] Areas() => [Anon, File, Special];

    private void Scan(HostMap map, int from, int to)
    {
        ReadOnlySpan<ulong> flags = map.Flags;
        ReadOnlySpan<ulong> counts = map.Counts;
        long ksmNodes = 0, ksmItems = 0, ksmVmas = 0, leaves = 0;
        int nextLeaf = from >> CacheNodeShift;
        int pfn = from;
        while (pfn < to)
        {
            if (!HostFolio.IsUsed(flags[pfn]))
            {
                pfn++;
                continue;
            }
            HostFolio folio = HostFolio.At(flags, pfn, out _);
            HostCounts mapped = HostCounts.Of(counts, folio);
            pfn += folio.Frames;
            switch (folio.MappedAs)
            {
                case MappedAs.Anon: Anon.Note(folio, mapped); break;
                case MappedAs.Hugetlb when folio.IsAnon: Anon.Note(folio, default); break;
                case MappedAs.Special when mapped.Sum > 0: Special.Note(folio, mapped); break;
                case MappedAs.File:
                    File.Note(folio, mapped);
                    int first = Math.Max(nextLeaf, folio.Head >> CacheNodeShift);
                    nextLeaf = ((pfn - 1) >> CacheNodeShift) + 1;
                    leaves += Math.Max(0, nextLeaf - first);
                    break;
                case MappedAs.Ksm:
                    ksmNodes++;
                    ksmItems += mapped.Sum;
                    ksmVmas += mapped.Sum > 0 ? 1 : 0;
                    break;
            }
        }
        Interlocked.Add(ref _ksmNodes, ksmNodes);
        Interlocked.Add(ref _ksmItems, ksmItems);
        Interlocked.Add(ref _ksmVmas, ksmVmas);
        Interlocked.Add(ref _cacheLeaves, leaves);
    }

    /// <summary>Tables below the root for so many pages in a row.</summary>
    private static long TablesForRun(long pages, int levels)
    {
        long tables = 0;
        for (int level = 0; level < levels - 1; level++)
        {
            pages = (pages + (1 << MappedArea.TableShift) - 1) >> MappedArea.TableShift;
            tables += pages;
        }
        return tables;
    }
}
