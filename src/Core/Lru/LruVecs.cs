using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>The lists of a node, in the kernel's order.</summary>
internal enum LruKind
{
    InactiveAnon,
    ActiveAnon,
    InactiveFile,
    ActiveFile,
    Unevictable,
    Count,
}

/// <summary>The LRU lists: a lock, four linked lists and the link-less unevictable set for each node; sizes in base pages.</summary>
internal sealed class LruVecs(EngineBase engine, FolioLinks links, LruOptions options)
{
    public LruOptions Options { get; } = options;

    public int Nodes => Options.Nodes;

    public WordLock LockOf(int node) => throw new InvalidOperationException("stub");

    /// <summary>Kind by flags: unevictable, else (file ? 2 : 0) + (active ? 1 : 0); file means not swap-backed.</summary>
    public static LruKind KindOf(PageFlags flags) => throw new InvalidOperationException("stub");

    public int NodeOf(Pfn head) => throw new InvalidOperationException("stub");

    /// <summary>Lists the folio where its flags say. The caller holds the lru lock of its node and owns the linkage.</summary>
    public void AddLocked(Pfn head, bool tail = false) => throw new InvalidOperationException("stub");

    /// <summary>Takes the folio off its list; of an unevictable one only the size changes.</summary>
    public void DeleteLocked(Pfn head) => throw new InvalidOperationException("stub");

    /// <summary>Base pages on the list now. Stale without the lock.</summary>
    public long SizeOf(int node, LruKind kind) => throw new InvalidOperationException("stub");

    /// <summary>The oldest folio of a list (its tail); Pfn.None: empty. Under the lock.</summary>
    public Pfn OldestLocked(int node, LruKind kind) => throw new InvalidOperationException("stub");

    /// <summary>Import: lists a folio that has its Lru flag set already. No task runs.</summary>
    public void ListAtRest(Pfn head) => throw new InvalidOperationException("stub");

    /// <summary>Walks every list; reports broken links, a wrong size, a folio without Lru, of another kind or node, or listed twice (I-10).</summary>
    /// <returns>Folios on lists, the unevictable ones included by their flags' count.</returns>
    public long AuditAtRest(Action<ViolationKind, int, string> report) => throw new InvalidOperationException("stub");
}
