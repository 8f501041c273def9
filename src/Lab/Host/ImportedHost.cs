using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Lab.Host;

/// <summary>A host in the engine's columns, with what the import counted and what the allocator is still to be told.</summary>
internal sealed class ImportedHost
{
    private readonly byte[] _blocks;

    public ImportedHost(HostMap map, int tableFrames, ImportTally tally, byte[] blocks, double importMs)
    {
        Map = map;
        TableFrames = tableFrames;
        Tally = tally;
        _blocks = blocks;
        ImportMs = importMs;
    }

    public HostMap Map { get; }

    public int TableFrames { get; }

    public ImportTally Tally { get; }

    /// <summary>Folios on LRU lists by kind, index = <see cref="LruKind"/>; 0 before <see cref="ListOn"/>.</summary>
    public long[] LruFolios { get; } = new long[(int)LruKind.Count];

    /// <summary>What the mappings took from the machine's pools.</summary>
    public MappingNeeds Needs => field ??= MappingNeeds.Of(Map);

    /// <summary>Milliseconds without reading the files.</summary>
    public double ImportMs { get; }

    public int Blocks => _blocks.Length;

    /// <summary>Gives the free frames to a fresh allocator and sets the types of its blocks. At rest only.</summary>
    public void HandTo(FrameAllocator allocator)
    {
        foreach (FreeRun run in Tally.FreeRuns) { allocator.FreeRangeAtRest(new Pfn(run.Start), run.Count); }
        for (int block = 0; block < allocator.Blocks; block++)
        {
            allocator.SetTypeAtRest(block, IsUnmovableRange(block * allocator.BlockFrames, allocator.BlockFrames) ? MigrateType.Unmovable : MigrateType.Movable);
        }
        allocator.RecountAtRest();
    }

    /// <summary>Puts every folio with the Lru flag on the list that its flags and its node name, in the order of frames. At rest only.</summary>
    public void ListOn(LruVecs lru, FrameTable table)
    {
        FrameColumns at = table.AtRest;
        for (int pfn = 0; pfn < TableFrames; pfn++)
        {
            PageFlags flags = (PageFlags)at.Flags[pfn];
            if ((flags & PageFlags.Lru) == 0) { continue; }
            lru.ListAtRest(new Pfn(pfn));
            LruFolios[(int)LruVecs.KindOf(flags)]++;
        }
    }

    private bool IsUnmovableRange(int start, int frames)
    {
        for (int block = start / HostMap.BlockFrames; block <= (start + frames - 1) / HostMap.BlockFrames && block < Blocks; block++)
        {
            if (IsUnmovable(block)) { return true; }
        }
        return false;
    }

    public long Free => Tally.Frames[(int)HostFrameClass.Free];

    public long Holes => Tally.Frames[(int)HostFrameClass.Hole];

    public long Absent => Tally.Frames[(int)HostFrameClass.Absent];

    public long InUse => TableFrames - Free - Holes - Absent;

    /// <summary>Frames that the allocator may ever hand out: in use or free.</summary>
    public long Managed => InUse + Free;

    /// <summary>True: the block holds slab, page-table or reserved frames.</summary>
    public bool IsUnmovable(int block) => (_blocks[block] & HostImportSlice.Unmovable) != 0;

    /// <summary>True: the block holds a frame in use or free.</summary>
    public bool IsManaged(int block) => (_blocks[block] & HostImportSlice.Managed) != 0;
}
