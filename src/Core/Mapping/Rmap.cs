using MemCore.Frames;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Mapping;

/// <summary>The reverse map: who maps a folio. Map counts change here, under the lock of the table that holds the entry.</summary>
/// <remarks>
/// The first frame of a large folio's second frame (index column of the first tail) counts its huge mappings; map-count words of single
/// frames count page entries. The reference that each mapping owns is taken before and put after by the caller.
/// </remarks>
internal sealed partial class Rmap(EngineBase engine, PageTables tables, Tlb tlb, Vmas vmas, AnonVmas anonVmas, PageCaches caches, KsmNodes ksm)
{
    /// <summary>folio_add_new_anon_rmap: mapping, index, swap-backed, exclusive; mapped once. Nobody else knows the folio.</summary>
    public void AddNewAnon(TaskId task, Pfn folio, VmaId vma, long page) => throw new InvalidOperationException("stub");

    /// <summary>Another entry for a folio that has its mapping: fork, restore after migration.</summary>
    public void Add(TaskId task, Pfn folio, bool huge = false) => throw new InvalidOperationException("stub");

    /// <summary>folio_remove_rmap: one entry less. For a KSM folio also its item.</summary>
    public void Remove(TaskId task, Pfn folio, VmaId vma, long page, bool huge = false) => throw new InvalidOperationException("stub");

    /// <summary>Page-table entries that map any frame of the folio now, huge ones once. Stable while it is locked and unmapped.</summary>
    public int MapCountOf(Pfn head) => throw new InvalidOperationException("stub");

    public bool IsMapped(Pfn head) => MapCountOf(head) != 0;

    /// <summary>try_to_migrate of a locked order-0 folio: a migration entry in each place, reference and map count of each dropped. True: unmapped everywhere.</summary>
    /// <param name="deferFlush">Flushes are left for <see cref="Tlb.FlushDeferred"/>.</param>
    public bool TryToMigrate(TaskId task, Pfn folio, bool deferFlush) => throw new InvalidOperationException("stub");

    /// <summary>remove_migration_ptes: every entry that names <paramref name="source"/> becomes a mapping of <paramref name="target"/>, with a reference.</summary>
    public void RemoveMigrationEntries(TaskId task, Pfn source, Pfn target) => throw new InvalidOperationException("stub");
}
