
namespace MemCore.Mapping;

/// <summary>Sizes of everything that maps. Numbers of objects are upper bounds of pools in the arena; what nobody touches costs nothing.</summary>
internal sealed record MappingOptions
{
    public int Mms { get; init; } = 64;

    public int Vmas { get; init; } = 1024;

    /// <summary>Links between VMAs and anon_vmas.</summary>
    public int AnonLinks { get; init; } = 4096;

    public int AnonVmas { get; init; } = 1024;

    public int Caches { get; init; } = 64;

    public int KsmNodes { get; init; } = 64;

    public int KsmItems { get; init; } = 256;

    /// <summary>Nodes of page-table trees, all levels.</summary>
    public int TableNodes { get; init; } = 4096;

    /// <summary>2^order entries in a page table; the kernel's is 9.</summary>
    public int TableOrder { get; init; } = 9;

    /// <summary>Levels of a page table. 4 at order 9 span 2^36 pages.</summary>
    public int TableLevels { get; init; } = 4;

    /// <summary>Nodes of page-cache trees.</summary>
    public int CacheNodes { get; init; } = 1024;

    public int CacheOrder { get; init; } = 6;

    public int CacheLevels { get; init; } = 4;

    /// <summary>2^order entries in the translation cache of a CPU.</summary>
    public int TlbOrder { get; init; } = 8;

    /// <summary>Address space that the columns of these sizes take, at most.</summary>
    public long ReservedBytes =>
        ((long)TableNodes * ((8L << TableOrder) + 128)) + ((long)CacheNodes * ((8L << CacheOrder) + 128))
        + ((long)Mms * 1024) + ((long)Caches * 512) + ((long)Vmas * 256)
        + (((long)AnonLinks + AnonVmas + KsmNodes + KsmItems) * 256) + (1 << 20);
}
