using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>The mmap lock of one Mm: shared by faults, alone for who changes the VMAs. A writer that waits keeps new readers out.</summary>
/// <remarks><code>
/// bit  31   30     29 .............. 0
///      held wanted  readers
/// </code>
/// Spins: nobody sleeps under it. A reader must not take it again.
/// </remarks>
internal readonly ref struct MmapLock(ref int word, LockRanks ranks)
{
    private const int Held = int.MinValue;
    private const int Wanted = 1 << 30;
    private const int Readers = Wanted - 1;

    private readonly ref int _word = ref word;

    /// <summary>Blocking on a writer, one that waits too.</summary>
    public void LockShared(TaskId task)
    {
        ranks.Take(task, LockRank.Mmap);
        int spins = 0;
        int seen = Atomic.Load(ref _word);
        while (true)
        {
            if ((seen & (Held | Wanted)) != 0)
            {
                Atomic.SpinWhile(ref _word, seen, ref spins);
                seen = Atomic.Load(ref _word);
                continue;
            }

            // Pairs with MmapLock.Unlock: to be a reader is to see the VMAs as the last writer left them.
            int now = Atomic.CompareExchange(ref _word, seen + 1, seen);
            if (now == seen) { return; }
            seen = now;
        }
    }

    public void UnlockShared(TaskId task)
    {
        ranks.Drop(task, LockRank.Mmap);
        int now = Atomic.Add(ref _word, -1);
        Bug.If((now & Readers) == Readers, ViolationKind.ForeignUnlock, "mmap lock given back by a reader that was none");
    }

    /// <summary>Blocking on all readers and writers before it.</summary>
    public void Lock(TaskId task)
    {
        ranks.Take(task, LockRank.Mmap);
        int spins = 0;
        int seen = Atomic.Load(ref _word);
        while (true)
        {
            int wanted = seen is 0 or Wanted ? Held : seen | Wanted;
            if (wanted == seen)
            {
                Atomic.SpinWhile(ref _word, seen, ref spins);
                seen = Atomic.Load(ref _word);
                continue;
            }
            int now = Atomic.CompareExchange(ref _word, wanted, seen);
            if (now == seen && wanted == Held) { return; }
            seen = now == seen ? wanted : now;
        }
    }

    /// <summary>Releases. Pairs with MmapLock.LockShared: what the writer changed is there before the lock is free.</summary>
    public void Unlock(TaskId task)
    {
        ranks.Drop(task, LockRank.Mmap);
        int old = Atomic.And(ref _word, ~Held);
        Bug.If((old & Held) == 0, ViolationKind.ForeignUnlock, "mmap lock given back by a writer that was none");
    }
}
