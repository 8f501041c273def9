using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>An entry of a page table: the tree's slot and its level, 0 for a page, 1 for a huge page.</summary>
internal readonly record struct PteSlot(TreeSlot Slot, int Level)
{
    public bool IsNone => Slot.IsNone;
}

/// <summary>Multi-level page tables with one lock a table, as the kernel's split page-table locks.</summary>
internal sealed class PageTables(EngineBase engine, MappingOptions options)
{
    /// <summary>Pages that one leaf table, hence one huge entry, spans.</summary>
    public int TablePages => 1 << options.TableOrder;

    public int NewRoot(TaskId task) => throw new InvalidOperationException("stub");

    /// <summary>The entry that maps <paramref name="page"/>, huge or not; none when a level is missing. No lock: the caller locks and reads again.</summary>
    public PteSlot Find(int root, long page) => throw new InvalidOperationException("stub");

    /// <summary>As above, and makes the missing tables. <paramref name="huge"/>: the entry one level up. None: the pool is exhausted.</summary>
    public PteSlot FindOrCreate(TaskId task, int root, long page, bool huge = false) => throw new InvalidOperationException("stub");

    /// <summary>The lock of the table that holds the entry.</summary>
    public WordLock LockOf(PteSlot slot, bool nested = false) => throw new InvalidOperationException("stub");

    /// <summary>Acquires. Under the lock only young and dirty may still change.</summary>
    public Pte Read(PteSlot slot) => throw new InvalidOperationException("stub");

    /// <summary>Under the lock, over an entry that is not present.</summary>
    public void Set(PteSlot slot, Pte pte) => throw new InvalidOperationException("stub");

    /// <summary>Under the lock: ptep_get_and_clear, returns what was there with its last young and dirty.</summary>
    public Pte GetAndClear(PteSlot slot) => throw new InvalidOperationException("stub");

    /// <summary>Changes the entry unless it differs from <paramref name="seen"/>: what hardware does for young and dirty, and write protection under the lock.</summary>
    public bool TryReplace(PteSlot slot, Pte seen, Pte pte) => throw new InvalidOperationException("stub");

    /// <summary>All entries of a tree that are not none, with the page they map. At rest.</summary>
    public void ForEachAtRest(int root, Action<long, PteSlot, Pte> entry) => throw new InvalidOperationException("stub");

    public void FreeTables(TaskId task, int root) => throw new InvalidOperationException("stub");

    public int UsedTablesAtRest() => throw new InvalidOperationException("stub");
}
