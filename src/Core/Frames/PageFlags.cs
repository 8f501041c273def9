using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>The flags word of a folio; the head frame's word speaks for all of it.</summary>
/// <remarks><code>
/// bit  31 ...... 24 23 ................................... 0
///      [ node id  ] [ flags, in the kernel's order        ]
///
/// flag         set by                    cleared by                note
/// Locked       FolioLock                 FolioLock                 waiters queue in WaitTable
/// Waiters      WaitTable, bucket held    WaitTable, bucket held    set with no waiter: allowed; the reverse: never
/// Lru          LRU, lru lock held        isolation, by anyone      who clears it owns the list linkage
/// Active       LRU, migration            release, migration        never together with Unevictable
/// Head         compound set-up           compound tear-down        tails are told by the compound column
/// Reserved     host import               nobody                    not ordinary memory
/// HwPoison     host import               nobody                    survives free and allocation on purpose
/// </code></remarks>
[Flags]
public enum PageFlags : uint
{
    None = 0,
    Locked = 1u << 0,
    Writeback = 1u << 1,
    Referenced = 1u << 2,
    Uptodate = 1u << 3,
    Dirty = 1u << 4,
    Lru = 1u << 5,
    Head = 1u << 6,
    Waiters = 1u << 7,
    Active = 1u << 8,
    Workingset = 1u << 9,
    OwnerPriv1 = 1u << 10,
    Owner2 = 1u << 11,
    Arch1 = 1u << 12,
    Reserved = 1u << 13,
    Private = 1u << 14,
    Private2 = 1u << 15,
    Reclaim = 1u << 16,
    Swapbacked = 1u << 17,
    Unevictable = 1u << 18,
    Dropbehind = 1u << 19,
    Mlocked = 1u << 20,
    HwPoison = 1u << 21,
    Young = 1u << 22,
    Idle = 1u << 23,

    /// <summary>All flags: the word without the node id.</summary>
    All = (1u << 24) - 1,

    /// <summary>All clear when a frame is freed; a set one is a bug of its last owner.</summary>
    /// <remarks>Not Waiters, Dirty and their like: they are wiped at free and, if set later, caught at allocation.</remarks>
    CheckAtFree = Lru | Locked | Private | Private2 | Writeback | Reserved | Active | Unevictable | Mlocked,

    /// <summary>Wiped at free and verified to be clear at allocation.</summary>
    CheckAtPrep = All & ~HwPoison,
}

/// <summary>The layout of the flags word, proven by the compiler: a broken one is error CS0031 on the line that says what broke.</summary>
internal static class PageFlagsLayout
{
    public const int FlagBits = 24;
    public const int NodeShift = 24;
    public const int NodeBits = 8;

#pragma warning disable IDE0051, CA1823 // The constants are read by the compiler alone: they do not fit a byte when a check fails.
    private const byte FieldsFillTheWord = NodeShift + NodeBits == 32 ? 0 : -1;
    private const byte FlagsStayBelowTheNode = (uint)PageFlags.All >> FlagBits == 0 ? 0 : -1;
    private const byte LockedIsBitZero = (uint)PageFlags.Locked == 1 ? 0 : -1;
    private const byte WaitersIsNotCheckedAtFree = (PageFlags.CheckAtFree & PageFlags.Waiters) == 0 ? 0 : -1;
#pragma warning restore IDE0051, CA1823
}

/// <summary>One folio's flags word.</summary>
/// <remarks>Safe from any thread. Each change is one interlocked operation; nothing here waits or allocates.</remarks>
internal readonly ref struct FlagsWord(ref uint word)
{
    private readonly ref uint _word = ref word;

    /// <summary>The flags now, without the node. Acquires.</summary>
    public PageFlags Read() => (PageFlags)Atomic.Load(ref _word) & PageFlags.All;

    /// <summary>The node of the frame: as it was set up, whatever happens to the flags.</summary>
    public int Node => (int)(Atomic.Load(ref _word) >> PageFlagsLayout.NodeShift);

    public bool Has(PageFlags flags) => (Read() & flags) == flags;

    /// <summary>Sets flags that no lock protects. Wait-free.</summary>
    public void Set(PageFlags flags) => Atomic.Or(ref _word, (uint)flags);

    /// <summary>Clears flags that no lock protects. Wait-free.</summary>
    public void Clear(PageFlags flags) => Atomic.And(ref _word, ~(uint)flags);

    /// <summary>Sets some flags and clears others that no lock protects, in one step. Lock-free; nothing to change: nothing is done.</summary>
    public void Change(PageFlags set, PageFlags clear)
    {
        if (clear == PageFlags.None)
        {
            if (set != PageFlags.None) { Set(set); }
            return;
        }
        uint seen = Atomic.Load(ref _word);
        while (true)
        {
            uint now = Atomic.CompareExchange(ref _word, (seen | (uint)set) & ~(uint)clear, seen);
            if (now == seen) { return; }
            seen = now;
        }
    }

    /// <summary>Sets one flag and says whether it was set before. Lock-free.</summary>
    public bool TestAndSet(PageFlags flag)
    {
        uint seen = Atomic.Load(ref _word);
        while ((seen & (uint)flag) == 0)
        {
            uint now = Atomic.CompareExchange(ref _word, seen | (uint)flag, seen);
            if (now == seen) { return false; }
            seen = now;
        }
        return true;
    }

    /// <summary>Clears one flag and says whether it was set before: true for exactly one of several callers. Lock-free.</summary>
    public bool TestAndClear(PageFlags flag)
    {
        uint seen = Atomic.Load(ref _word);
        while ((seen & (uint)flag) != 0)
        {
            uint now = Atomic.CompareExchange(ref _word, seen & ~(uint)flag, seen);
            if (now == seen) { return true; }
            seen = now;
        }
        return false;
    }

    /// <summary>Takes the lock bit if it is clear. Acquires. Lock-free: a retry means that another flag changed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryLock()
    {
        uint seen = Atomic.Load(ref _word);
        while ((seen & (uint)PageFlags.Locked) == 0)
        {
            // Pairs with FlagsWord.UnlockReturnsWaiters: to own the bit is to see what its last owner wrote.
            uint now = Atomic.CompareExchange(ref _word, seen | (uint)PageFlags.Locked, seen);
            if (now == seen) { return true; }
            seen = now;
        }
        return false;
    }

    /// <summary>Clears the lock bit and, in the same instruction, says whether anybody may be queued. Releases. Wait-free: one xadd.</summary>
    /// <remarks>
    /// Pairs with FlagsWord.SetWaitersReturnsLocked: the waiter writes Waiters before it tests Locked, this clears Locked and reads
    /// Waiters at once, so one of the two sees the other.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool UnlockReturnsWaiters()
    {
        uint now = Atomic.Add(ref _word, unchecked(0u - (uint)PageFlags.Locked));
        Bug.If((now & (uint)PageFlags.Locked) != 0, ViolationKind.ForeignUnlock, "unlock of a folio that is not locked");
        if (Plant.Is(PlantedBug.UnlockForgetsWaiters)) { return false; }
        return (now & (uint)PageFlags.Waiters) != 0;
    }

    /// <summary>Sets Waiters and returns whether the lock bit was set at that moment. Pairs with FlagsWord.UnlockReturnsWaiters.</summary>
    public bool SetWaitersReturnsLocked() => (Atomic.Or(ref _word, (uint)PageFlags.Waiters) & (uint)PageFlags.Locked) != 0;

    /// <summary>The whole word replaced by one that keeps the node. Only for an owner beside whom nobody changes flags: free, allocation, import.</summary>
    /// <remarks>Walkers by frame number look at the flags of frames that they have no reference on, so the store is no plain one.</remarks>
    public void Reset(PageFlags flags)
    {
        uint node = Atomic.PlainLoad(ref _word) & ~(uint)PageFlags.All;
        Atomic.Store(ref _word, node | (uint)flags);
    }
}
