using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>A few page-table locks, for waiters that hold one instead of a reference.</summary>
internal sealed class PageTableLocks(Arena arena, LockRanks ranks)
{
    private const int Tables = 8;

    private readonly PaddedColumn<int> _locks = arena.AddPadded<int>("page_table_lock", Tables, ColumnKind.State); // (P)

    public WordLock LockOf(Pfn pfn) => new(ref _locks[pfn.Value & (Tables - 1)], ranks, LockRank.PageTable);
}
