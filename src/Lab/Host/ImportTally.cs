namespace MemCore.Lab.Host;

/// <summary>What one slice of the import counted.</summary>
internal sealed class ImportTally
{
    public const int Classes = (int)HostFrameClass.Other + 1;

    /// <summary>Frames per class, index = <see cref="HostFrameClass"/>.</summary>
    public long[] Frames { get; } = new long[Classes];

    /// <summary>Frames or folios per contradiction, index = <see cref="HostDisagreement"/>.</summary>
    public long[] Disagreements { get; } = new long[(int)HostDisagreement.Count];

    /// <summary>Folios of several frames, index = order; hugetlb and slab among them.</summary>
    public long[] Folios { get; } = new long[MemCore.Frames.FrameTable.MaxOrder + 1];

    /// <summary>References by holder.</summary>
    public long Mappings { get; set; }

    public long CacheReferences { get; set; }

    public long PrivateReferences { get; set; }

    public long HostReferences { get; set; }

    /// <summary>Of <see cref="Mappings"/>: of hugetlb folios, which no entry stands for.</summary>
    public long HugetlbMappings { get; set; }

    /// <summary>Page-table entries that were written, by size.</summary>
    public long PteEntries { get; set; }

    public long HugeEntries { get; set; }

    /// <summary>Frames that were put into page caches.</summary>
    public long CacheSlots { get; set; }

    /// <summary>Places that map merged folios.</summary>
    public long KsmItems { get; set; }

    public List<FreeRun> FreeRuns { get; } = [];

    /// <summary>Merged folios and how often each is mapped.</summary>
    public List<(int Pfn, int Mappings)> Merged { get; } = [];

    public void Count(HostFrameClass kind, int frames = 1) => Frames[(int)kind] += frames;

    public void Count(HostDisagreement kind, long by = 1) => Disagreements[(int)kind] += by;

    public void Free(int pfn, int count = 1)
    {
        Count(HostFrameClass.Free, count);
        if (FreeRuns.Count > 0 && FreeRuns[^1].End == pfn) { FreeRuns[^1] = new FreeRun(FreeRuns[^1].Start, FreeRuns[^1].Count + count); }
        else { FreeRuns.Add(new FreeRun(pfn, count)); }
    }

    /// <summary>Adds what the next slice counted.</summary>
    public void Add(ImportTally next)
    {
        for (int i = 0; i < Frames.Length; i++) { Frames[i] += next.Frames[i]; }
        for (int i = 0; i < Disagreements.Length; i++) { Disagreements[i] += next.Disagreements[i]; }
        for (int i = 0; i < Folios.Length; i++) { Folios[i] += next.Folios[i]; }
        Mappings += next.Mappings;
        CacheReferences += next.CacheReferences;
        PrivateReferences += next.PrivateReferences;
        HostReferences += next.HostReferences;
        HugetlbMappings += next.HugetlbMappings;
        PteEntries += next.PteEntries;
        HugeEntries += next.HugeEntries;
        CacheSlots += next.CacheSlots;
        KsmItems += next.KsmItems;
        Merged.AddRange(next.Merged);
        foreach (FreeRun run in next.FreeRuns)
        {
            if (FreeRuns.Count > 0 && FreeRuns[^1].End == run.Start) { FreeRuns[^1] = new FreeRun(FreeRuns[^1].Start, FreeRuns[^1].Count + run.Count); }
            else { FreeRuns.Add(run); }
        }
    }
}
