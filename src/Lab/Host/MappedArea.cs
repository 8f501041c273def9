namespace MemCore.Lab.Host;

/// <summary>A stretch of every made-up Mm's pages in which page = frame + <see cref="BasePage"/>: a frame that is mapped c times is mapped by Mms 1 to c.</summary>
/// <remarks>
/// So neighbours share page tables, and no Mm maps a frame twice. The frames are cut into objects (an anon_vma or a page cache each);
/// each Mm that maps a frame of an object has one VMA over all of it.
/// </remarks>
internal sealed class MappedArea
{
    /// <summary>2^n pages to a leaf table, hence to a huge entry.</summary>
    public const int TableShift = 9;

    private readonly ushort[] _objects; // 0: nobody has a folio of it; else 1 + Mms that map one
    private readonly ushort[] _blocks; // Mms that map a frame of the block
    private readonly bool[] _isHuge; // of the block: mapped by huge entries
    private int[] _firstRows = [];

    public MappedArea(long basePage, int objectShift, int frames)
    {
        BasePage = basePage;
        ObjectShift = objectShift;
        _objects = new ushort[(frames + ObjectFrames - 1) >> objectShift];
        _blocks = new ushort[(frames + (1 << TableShift) - 1) >> TableShift];
        _isHuge = new bool[_blocks.Length];
    }

    public long BasePage { get; }

    public int ObjectShift { get; }

    public int ObjectFrames => 1 << ObjectShift;

    public int Objects => _objects.Length;

    public int Blocks => _blocks.Length;

    /// <summary>Whether a folio belongs to the object, mapped or not.</summary>
    public bool IsUsed(int number) => _objects[number] != 0;

    /// <summary>Mms that map a frame of the object.</summary>
    public int MmsOf(int number) => Math.Max(0, _objects[number] - 1);

    /// <summary>Mms that map a frame of the block: a table, or a huge entry, in each.</summary>
    public int RowsOf(int block) => _blocks[block];

    public bool IsHuge(int block) => _isHuge[block];

    /// <summary>Where the rows of a block are when those of all blocks are numbered in order; at <see cref="Blocks"/> their number.</summary>
    public int FirstRow(int block) => _firstRows[block];

    public int ObjectOf(int pfn) => pfn >> ObjectShift;

    public long IndexOf(int pfn) => pfn & (ObjectFrames - 1);

    /// <summary>Takes a folio into account. Threads may share the area when none shares an object.</summary>
    public void Note(in HostFolio folio, in HostCounts counts)
    {
        ref ushort known = ref _objects[ObjectOf(folio.Head)];
        known = (ushort)Math.Max(known, 1 + counts.Largest);
        if (counts.Sum == 0) { return; }
        int first = folio.Head >> TableShift;
        _isHuge[first] |= counts.IsHuge(folio);
        for (int block = first; block <= (folio.Head + folio.Frames - 1) >> TableShift; block++)
        {
            _blocks[block] = (ushort)Math.Max(_blocks[block], counts.Largest);
        }
    }

    /// <summary>All folios are known.</summary>
    public void Close()
    {
        _firstRows = new int[_blocks.Length + 1];
        for (int block = 0; block < _blocks.Length; block++) { _firstRows[block + 1] = _firstRows[block] + _blocks[block]; }
    }

    /// <summary>The most Mms that map one frame.</summary>
    public int Mms()
    {
        int most = 0;
        foreach (ushort mms in _blocks) { most = Math.Max(most, mms); }
        return most;
    }

    /// <summary>Tables below the root, of all Mms: leaves, and on each level above as many as the Mm with the most below needs.</summary>
    public long TablesBelowRoot(int levels)
    {
        long tables = 0;
        ushort[] below = new ushort[_blocks.Length];
        for (int block = 0; block < _blocks.Length; block++)
        {
            below[block] = _blocks[block];
            tables += _isHuge[block] ? 0 : _blocks[block];
        }
        for (int level = 1; level < levels - 1; level++)
        {
            ushort[] above = new ushort[(below.Length + (1 << TableShift) - 1) >> TableShift];
            for (int i = 0; i < below.Length; i++) { above[i >> TableShift] = Math.Max(above[i >> TableShift], below[i]); }
            foreach (ushort mms in above) { tables += mms; }
            below = above;
        }
        return tables;
    }
}
