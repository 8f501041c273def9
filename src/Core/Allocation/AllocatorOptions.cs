namespace MemCore.Allocation;

/// <summary>What the check at free makes of a frame that is off the LRU and still Active or Unevictable. Thread 000.</summary>
internal enum FreeCheck
{
    /// <summary>Upstream: reports it.</summary>
    Strict,

    /// <summary>000-V6, declined: lets both pass.</summary>
    IgnoresLruFlags,

    /// <summary>000-V9: clears both for every freer, as Mlocked.</summary>
    ClearsLruFlags,

    /// <summary>000-V12, the mail's own idea: lets both pass on a folio that was isolated and not put back.</summary>
    ExemptsIsolated,
}

/// <summary>The shape and the strictness of the frame allocator.</summary>
public sealed record AllocatorOptions
{
    /// <summary>2^order frames make a block: the unit of migrate types, isolation and whole-block allocation. 1 to 9.</summary>
    public int BlockOrder { get; init; } = 9;

    /// <summary>2^order frames share a row, the word that claims are made on; at most a block. 0 to 6; less only to explore blocks of several rows.</summary>
    public int RowOrder { get; init; } = 6;

    /// <summary>Blocks under one reservation: a power of two, at least 2; a tree has at most 4,096 frames.</summary>
    public int BlocksPerTree { get; init; } = 8;

    /// <summary>The most frames that a refill claims at once and that a CPU keeps freed of one row. More than a row holds is a row.</summary>
    public int ListCapacity { get; init; } = 64;

    /// <summary>Looks for leftovers of the last owner at free. Off: flags are wiped silently, as on a production kernel.</summary>
    public bool CheckAtFree { get; init; } = true;

    /// <summary>Looks for writes to a free frame at allocation. Off: flags are wiped silently.</summary>
    public bool CheckAtAlloc { get; init; } = true;

    /// <summary>Batches of fewer frames are freed one by one, which is as cheap, and stay with the CPU. Less only to explore them.</summary>
    internal int BatchFramesMin { get; init; } = 8;

    internal FreeCheck FreeCheck { get; init; }
}
