using MemCore.Primitives;

namespace MemCore.Waiting;

/// <summary>The queues of the wait table: per bucket a lock and a list, per task one slot. An entry is the task's number plus one.</summary>
/// <remarks>
/// A task waits for one thing at a time, so its slot is in one queue at most. Everything but the slot's flags word is (W), and zero while
/// the task is not queued. Slots are never freed: a late look at one finds another wait of the same task, never foreign memory.
/// </remarks>
internal sealed class WaitQueues
{
    private const int Lock = 0;
    private const int Head = 1;
    private const int Tail = 2;
    private const int Next = 0;
    private const int Prev = 1;
    private const int WaitsFor = 2;
    private const int Flags = 3;

    private readonly WordRows _buckets; // (W)
    private readonly WordRows _slots; // (W), Flags: (A) WaiterWord
    private readonly LockRanks _ranks;

    /// <param name="arena">Where the words go.</param>
    /// <param name="ranks">Of the machine.</param>
    /// <param name="buckets">Queues.</param>
    /// <param name="tasks">Slots: one for each task.</param>
    /// <param name="of">Names the columns: a machine may have queues of another kind beside the folios'.</param>
    public WaitQueues(Arena arena, LockRanks ranks, int buckets, int tasks, string of = "wait")
    {
        _buckets = new WordRows(arena, $"{of}_bucket", buckets, WordRows.LinePair, "lock", "head", "tail");
        _slots = new WordRows(arena, $"{of}er", tasks, WordRows.LinePair, "next", "prev", "pfn", "flags");
        _ranks = ranks;
        Buckets = buckets;
        Tasks = tasks;
    }

    public int Buckets { get; }

    public int Tasks { get; }

    /// <summary>The lock of a bucket. Innermost: nothing is taken under it, and nobody sleeps under it.</summary>
    public WordLock LockOf(int bucket) => new(ref _buckets[bucket, Lock], _ranks, LockRank.WaitBucket);

    /// <summary>The flags word of an entry. No lock needed.</summary>
    public WaiterWord WordOf(int entry) => new(ref _slots[entry - 1, Flags]);

    public int FirstLocked(int bucket) => Atomic.PlainLoad(ref _buckets[bucket, Head]);

    public int NextLocked(int entry) => Atomic.PlainLoad(ref _slots[entry - 1, Next]);

    public bool WaitsForLocked(int entry, Pfn pfn) => Atomic.PlainLoad(ref _slots[entry - 1, WaitsFor]) == pfn.Value + 1;

    public void AppendLocked(int bucket, int entry, Pfn pfn)
    {
        int last = Atomic.PlainLoad(ref _buckets[bucket, Tail]);
        if (Plant.Is(PlantedBug.QueueAppendsInFront) && last != 0)
        {
            PushInFrontLocked(bucket, entry, pfn);
            return;
        }
        Atomic.PlainStore(ref _slots[entry - 1, WaitsFor], pfn.Value + 1);
        Atomic.PlainStore(ref _slots[entry - 1, Prev], last);
        Atomic.PlainStore(ref last == 0 ? ref _buckets[bucket, Head] : ref _slots[last - 1, Next], entry);
        Atomic.PlainStore(ref _buckets[bucket, Tail], entry);
    }

    public void UnlinkLocked(int bucket, int entry)
    {
        int next = Atomic.PlainLoad(ref _slots[entry - 1, Next]);
        int prev = Atomic.PlainLoad(ref _slots[entry - 1, Prev]);
        Atomic.PlainStore(ref prev == 0 ? ref _buckets[bucket, Head] : ref _slots[prev - 1, Next], next);
        if (next != 0 || !Plant.Is(PlantedBug.QueueUnlinkKeepsTail))
        {
            Atomic.PlainStore(ref next == 0 ? ref _buckets[bucket, Tail] : ref _slots[next - 1, Prev], prev);
        }
        if (next != 0) { Atomic.PlainStore(ref _slots[entry - 1, Next], 0); }
        if (prev != 0) { Atomic.PlainStore(ref _slots[entry - 1, Prev], 0); }
        Atomic.PlainStore(ref _slots[entry - 1, WaitsFor], 0);
    }

    /// <summary>What a slot says now, read without order: for reports, and for audits at rest.</summary>
    public (int Next, int Prev, Pfn Pfn, WaiterFlags Flags) SlotForReport(int entry) =>
        (_slots[entry - 1, Next], _slots[entry - 1, Prev], new Pfn(_slots[entry - 1, WaitsFor] - 1), (WaiterFlags)_slots[entry - 1, Flags]);

    /// <summary>What a bucket says now, read without order: for reports, and for audits at rest.</summary>
    public (int Lock, int Head, int Tail) BucketForReport(int bucket) =>
        (_buckets[bucket, Lock], _buckets[bucket, Head], _buckets[bucket, Tail]);

    // A planted mistake: the queue is a stack.
    private void PushInFrontLocked(int bucket, int entry, Pfn pfn)
    {
        int first = Atomic.PlainLoad(ref _buckets[bucket, Head]);
        Atomic.PlainStore(ref _slots[entry - 1, WaitsFor], pfn.Value + 1);
        Atomic.PlainStore(ref _slots[entry - 1, Next], first);
        Atomic.PlainStore(ref _slots[first - 1, Prev], entry);
        Atomic.PlainStore(ref _buckets[bucket, Head], entry);
    }
}
