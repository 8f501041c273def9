using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>Numbers 1 to <see cref="Count"/>, handed out and taken back: what objects of one kind in the arena are called. 0 is none.</summary>
/// <remarks>A stack of freed numbers above a border of those never used. Lock-free; the tag in the head keeps a late pop from succeeding.</remarks>
internal sealed class SlotPool
{
    private const int Bottom = -1;
    private const int TagShift = 32;

    private readonly Column<ulong> _head; // (A) number of the top, and above it a tag that each pop changes
    private readonly Column<int> _fresh; // (A) numbers ever used
    private readonly Column<int> _next; // 0: not in the stack; written by who owns the number alone

    public SlotPool(Arena arena, string name, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Count = count;
        _head = arena.Add<ulong>(name + "_free", 1, ColumnKind.Canonical, canonicalMask: uint.MaxValue);
        _fresh = arena.Add<int>(name + "_fresh", 1, ColumnKind.State);
        _next = arena.Add<int>(name + "_next_free", count, ColumnKind.State);
    }

    public int Count { get; }

    /// <summary>Takes a number. 0: all are in use.</summary>
    public int Take()
    {
        ulong head = Atomic.Load(ref _head[0]);
        while ((int)head != 0)
        {
            int top = (int)head;
            int next = Atomic.Load(ref _next[top - 1]);
            ulong tag = (head >> TagShift) + (Plant.Is(PlantedBug.PoolKeepsTag) ? 0UL : 1UL);
            ulong below = (tag << TagShift) | (uint)Math.Max(next, 0);

            // Pairs with SlotPool.Give: to pop a number is to see what its last owner left.
            ulong now = Atomic.CompareExchange(ref _head[0], below, head);
            if (now == head)
            {
                Atomic.Store(ref _next[top - 1], 0);
                return top;
            }
            head = now;
        }
        return TakeFresh();
    }

    /// <summary>Takes a number back. Its owner has left nothing in its words.</summary>
    public void Give(int number)
    {
        ref int next = ref _next[number - 1];
        Bug.If(Atomic.Load(ref next) != 0, ViolationKind.DoubleFree, "number given back that is free", number);
        ulong head = Atomic.Load(ref _head[0]);
        while (true)
        {
            Atomic.Store(ref next, (int)head == 0 ? Bottom : (int)head);
            ulong top = (head & ~(ulong)uint.MaxValue) | (uint)number;

            // Pairs with SlotPool.Take: the number is on the stack after its words are as they should be.
            ulong now = Atomic.CompareExchange(ref _head[0], top, head);
            if (now == head) { return; }
            head = now;
        }
    }

    public bool IsUsedAtRest(int number) => number <= _fresh.AtRest[0] && _next.AtRest[number - 1] == 0;

    /// <summary>All numbers up to this one have been used at some time.</summary>
    public int HighestAtRest() => _fresh.AtRest[0];

    public int UsedAtRest()
    {
        int used = 0;
        for (int number = 1; number <= HighestAtRest(); number++) { used += IsUsedAtRest(number) ? 1 : 0; }
        return used;
    }

    private int TakeFresh()
    {
        int fresh = Atomic.Load(ref _fresh[0]);
        while (fresh < Count)
        {
            if (Plant.Is(PlantedBug.PoolFreshWithoutCas))
            {
                Atomic.Store(ref _fresh[0], fresh + 1);
                return fresh + 1;
            }
            int now = Atomic.CompareExchange(ref _fresh[0], fresh + 1, fresh);
            if (now == fresh) { return fresh + 1; }
            fresh = now;
        }
        return 0;
    }
}
