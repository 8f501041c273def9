using System.Runtime.CompilerServices;

namespace MemCore.Primitives;

/// <summary>The order in which locks may be taken: only upwards. TryLock is exempt.</summary>
/// <remarks>
/// Guard letters on columns and fields: (A) changed only by atomic operations, (C) constant after construction, (F) folio lock,
/// (D) all-CPU drain, (V) mmap lock, (R) rmap lock, (M) mapping-tree lock, (P) page-table lock, (H) hugetlb lock, (S) split-queue lock,
/// (O) driver lock, (B) batch lock, (L) lru lock, (G) CPU guard, (W) wait-bucket lock.
/// Two letters: either one to read, both to write. See LOCKING.md beside the sources.
/// </remarks>
internal enum LockRank
{
    /// <summary>(F) Sleeps; many of one batch may be held, so they share one rank and are not recorded here.</summary>
    Folio = 0,

    /// <summary>(D) The one all-CPU drain at a time.</summary>
    DrainAll = 1,

    /// <summary>(V) The VMAs of one Mm: shared by faults, alone for who changes them.</summary>
    Mmap = 2,

    /// <summary>(R) The VMAs that map one anon_vma, one page cache or one stable node.</summary>
    Rmap = 3,

    /// <summary>(M) The tree of a page cache.</summary>
    MappingTree = 4,

    /// <summary>(P) One page table.</summary>
    PageTable = 5,

    /// <summary>(P) The child's table while a fork holds the parent's.</summary>
    PageTableNested = 6,

    /// <summary>(H) The hugetlb pools.</summary>
    Hugetlb = 7,

    /// <summary>(S) A deferred-split queue.</summary>
    SplitQueue = 8,

    /// <summary>(O) The lists of a driver of movable pages.</summary>
    Driver = 9,

    /// <summary>(B) The folio batches of one CPU.</summary>
    Batch = 10,

    /// <summary>(L) An LRU vector.</summary>
    Lru = 11,

    /// <summary>(G) The per-CPU data of one slot.</summary>
    CpuGuard = 12,

    /// <summary>(W) One bucket of the wait table. Innermost: nothing is taken under it.</summary>
    WaitBucket = 13,
}

/// <summary>Who holds which ranks, one word per task; consulted in checked builds, stress and exploration only.</summary>
internal sealed class LockRanks(Arena arena, int tasks)
{
    private readonly Column<int> _held = arena.Add<int>("lock_ranks", tasks, ColumnKind.State); // one bit per rank; written by its task alone

    /// <summary>Notes that <paramref name="task"/> takes a lock of <paramref name="rank"/> and raises an order violation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Take(TaskId task, LockRank rank, bool tried = false)
    {
        if (Seam.Checked) { NoteTake(task, rank, tried); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Drop(TaskId task, LockRank rank)
    {
        if (Seam.Checked) { NoteDrop(task, rank); }
    }

    /// <summary>True when the task holds no spinning lock: what every operation must leave behind, and what sleeping requires.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HoldsNone(TaskId task) => !Seam.Checked || Atomic.PlainLoad(ref _held[task.Value]) == 0;

    private void NoteTake(TaskId task, LockRank rank, bool tried)
    {
        int held = Atomic.PlainLoad(ref _held[task.Value]);
        Bug.If(!tried && held >> (int)rank != 0, ViolationKind.LockRank, "lock taken out of order");
        Atomic.PlainStore(ref _held[task.Value], held | (1 << (int)rank));
    }

    private void NoteDrop(TaskId task, LockRank rank)
    {
        int held = Atomic.PlainLoad(ref _held[task.Value]);
        Bug.If((held & (1 << (int)rank)) == 0, ViolationKind.LockRank, "lock dropped that is not held");
        Atomic.PlainStore(ref _held[task.Value], held & ~(1 << (int)rank));
    }
}

/// <summary>A spin lock in one word: 0 free, otherwise its owner's task number plus one.</summary>
internal readonly ref struct WordLock(ref int word, LockRanks ranks, LockRank rank)
{
    private readonly ref int _word = ref word;

    /// <summary>Takes the lock. Blocking on the holder, which neither sleeps nor is preempted for long.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Lock(TaskId task)
    {
        ranks.Take(task, rank);

        // Pairs with WordLock.Unlock: to own the word is to see what its last owner wrote.
        int seen = Atomic.CompareExchange(ref _word, task.Value + 1, 0);
        if (seen != 0) { WaitAndLock(ref _word, task.Value + 1, seen); }
    }

    /// <summary>Takes the lock if it is free now. Wait-free.</summary>
    public bool TryLock(TaskId task)
    {
        if (Atomic.CompareExchange(ref _word, task.Value + 1, 0) != 0) { return false; }
        ranks.Take(task, rank, tried: true);
        return true;
    }

    /// <summary>Gives the lock back. A plain release store: nobody else writes a taken word. Pairs with WordLock.Lock.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Unlock(TaskId task)
    {
        ranks.Drop(task, rank);
        if (Seam.Checked)
        {
            Bug.If(Atomic.PlainLoad(ref _word) != task.Value + 1, ViolationKind.ForeignUnlock, "spin lock given back by a task that does not own it");
        }
        if (Plant.Is(PlantedBug.LockReleasedPlain)) { Atomic.PlainStore(ref _word, 0); }
        else { Atomic.Store(ref _word, 0); }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitAndLock(ref int word, int owner, int seen)
    {
        int spins = 0;
        while (seen != 0)
        {
            Atomic.SpinWhile(ref word, seen, ref spins);
            seen = Atomic.CompareExchange(ref word, owner, 0); // Pairs with WordLock.Unlock.
        }
    }
}
