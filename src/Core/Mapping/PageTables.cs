using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>An entry of a page table: the tree's slot and its level, 0 for a page, 1 for a huge page.</summary>
internal readonly record struct PteSlot(TreeSlot Slot, int Level)
{
    public bool IsNone => Slot.IsNone;
}

/// <summary>Multi-level page tables with one lock a table, as the kernel's split page-table locks.</summary>
/// <remarks>
/// Who holds the lock of a table is the only one to change its entries, but for young and dirty, which a walk sets in a present entry as
/// hardware does. Tables stay until their Mm goes away, so an entry found once is an entry for good.
/// </remarks>
internal sealed class PageTables
{
    private readonly WordTrees _trees; // (P) present entries also (A)
    private readonly PaddedColumn<int> _locks; // (A)
    private readonly EngineBase _engine;
    private readonly EntryQueue? _queue;
    private readonly bool _rollbackWakes;

    public PageTables(EngineBase engine, MappingOptions options)
    {
        _engine = engine;
        TablePages = 1 << options.TableOrder;
        _trees = new WordTrees(engine, "pte", options.TableNodes, options.TableOrder, options.TableLevels);
        _queue = engine.Policy.EntryWait == EntryWait.EntryQueue ? new EntryQueue(engine, options.TableOrder) : null;
        _rollbackWakes = engine.Policy.RollbackWakes;
        _locks = engine.Arena.AddPadded<int>("pte_lock", options.TableNodes, ColumnKind.State, Arena.LineBytes);
    }

    /// <summary>Pages that one leaf table, hence one huge entry, spans.</summary>
    public int TablePages { get; }

    /// <summary>Pages that an Mm has: 0 to one below.</summary>
    public long Span
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _trees.Span;
    }

    /// <summary>An empty page table. 0: the pool is exhausted.</summary>
    public int NewRoot(TaskId task)
    {
        int root = _trees.NewRoot(task);
        if (root != 0) { _engine.Events.Count(task, EventCounter.PageTablesAllocated); }
        return root;
    }

    /// <summary>The entry that maps <paramref name="page"/>, huge or not; none when a level is missing. No lock: the caller locks and reads again.</summary>
    public PteSlot Find(int root, long page)
    {
        TreeSlot slot = _trees.Find(root, page, Pte.HugeBit, out int level);
        return new PteSlot(slot, level);
    }

    /// <summary>Asks for the line of the entry that <see cref="Find"/> would return. Any root will do that was one once.</summary>
    public void Prefetch(int root, long page)
    {
        TreeSlot slot = _trees.Find(root, page, Pte.HugeBit);
        if (!slot.IsNone) { _trees.Prefetch(slot); }
    }

    /// <summary>As above, and makes the missing tables. <paramref name="huge"/>: the entry one level up. None: the pool is exhausted.</summary>
    public PteSlot FindOrCreate(TaskId task, int root, long page, bool huge = false)
    {
        TreeSlot slot = _trees.FindOrCreate(task, root, page, huge ? 1 : 0, out int level, out int made);
        if (made != 0) { _engine.Events.Count(task, EventCounter.PageTablesAllocated, made); }
        return new PteSlot(slot, level);
    }

    /// <summary>The lock of the table that holds the entry.</summary>
    public WordLock LockOf(PteSlot slot, bool nested = false) =>
        new(ref _locks[slot.Slot.Node - 1], _engine.Ranks, nested ? LockRank.PageTableNested : LockRank.PageTable);

    /// <summary>Acquires. Under the lock only young and dirty may still change.</summary>
    public Pte Read(PteSlot slot) => new(Atomic.Load(ref _trees.WordAt(slot.Slot))); // Pairs with PageTables.Set: it stores last.

    /// <summary>Under the lock, over an entry that is not present.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(PteSlot slot, Pte pte)
    {
        ref ulong word = ref _trees.WordAt(slot.Slot);
        if (slot.Level == 0)
        {
            // Pairs with PageTables.Read and Tlb.Touch: to see the entry is to see what the frame contains.
            if (Plant.Is(PlantedBug.EntryPublishedPlain)) { Atomic.PlainStore(ref word, pte.Raw); }
            else { Atomic.Store(ref word, pte.Raw); }
            return;
        }

        // A level above, somebody without the lock may have put a table here.
        Bug.If(Atomic.CompareExchange(ref word, pte.Raw, 0) != 0, ViolationKind.Unexpected, "huge entry set where there is a table", pte.Pfn.Value);
    }

    /// <summary>Under the lock: ptep_get_and_clear, returns what was there with its last young and dirty. A full fence.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Pte GetAndClear(PteSlot slot)
    {
        ref ulong word = ref _trees.WordAt(slot.Slot);
        if (Plant.Is(PlantedBug.EntryClearedInTwoSteps))
        {
            ulong seen = Atomic.Load(ref word);
            Atomic.Store(ref word, 0UL);
            return new Pte(seen);
        }
        return new Pte(Atomic.Exchange(ref word, 0)); // Pairs with Tlb.Touch: its change of the entry went before, or fails.
    }

    /// <summary>Waits for a migration entry to be removed, in a machine whose faults wait so. The table's lock is given back.</summary>
    public void WaitForEntry(TaskId task, PteSlot slot, WordLock tableLock) => _queue!.Wait(task, slot, tableLock);

    /// <summary>Under the lock: a migration entry was removed a moment ago. Wakes who waited for that.</summary>
    public void EntryRemoved(TaskId task, PteSlot slot, bool rollback = false)
    {
        if (_queue is not null && (!rollback || _rollbackWakes)) { _queue.Wake(task, slot); }
    }

    /// <summary>Changes the entry unless it differs from <paramref name="seen"/>: what hardware does for young and dirty, and write protection under the lock.</summary>
    public bool TryReplace(PteSlot slot, Pte seen, Pte pte) =>
        Atomic.CompareExchange(ref _trees.WordAt(slot.Slot), pte.Raw, seen.Raw) == seen.Raw;

    /// <summary>Under the lock, for a present entry: sets and clears bits whatever young and dirty become meanwhile. Returns the entry as it was. A full fence.</summary>
    public Pte Change(PteSlot slot, ulong set, ulong clear)
    {
        ref ulong word = ref _trees.WordAt(slot.Slot);
        ulong seen = Atomic.Load(ref word);
        if (Plant.Is(PlantedBug.EntryChangedWithoutCas))
        {
            Atomic.Store(ref word, (seen & ~clear) | set);
            return new Pte(seen);
        }
        while (true)
        {
            ulong now = Atomic.CompareExchange(ref word, (seen & ~clear) | set, seen);
            if (now == seen) { return new Pte(seen); }
            seen = now;
        }
    }

    /// <summary>All entries of a tree that are not none, with the page they map. At rest.</summary>
    public void ForEachAtRest(int root, Action<long, PteSlot, Pte> entry) =>
        _trees.ForEachAtRest(root, (page, slot, level) => entry(page, new PteSlot(slot, level), new Pte(_trees.WordAt(slot))));

    /// <summary>Gives the tables of a root back. Its entries are all none, and nobody walks it any more.</summary>
    public void FreeTables(TaskId task, int root) => _engine.Events.Count(task, EventCounter.PageTablesFreed, _trees.FreeTree(task, root));

    public int UsedTablesAtRest() => _trees.UsedNodesAtRest();
}
