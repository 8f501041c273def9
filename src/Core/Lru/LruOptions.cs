namespace MemCore.Lru;

/// <summary>Sizes of the LRU.</summary>
internal sealed record LruOptions
{
    public int Nodes { get; init; } = 1;

    /// <summary>Folios that a CPU's batch parks before it is flushed; the kernel's is 31.</summary>
    public int BatchCapacity { get; init; } = 31;

    /// <summary>Pauses that an all-CPU drain gives the tasks of a CPU to serve its request before it serves it itself. 0: at once.</summary>
    public int DrainPolls { get; init; } = 256;
}
