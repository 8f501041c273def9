using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>Room for everything that is free: one task at a time may take it all. Others meet the exhaustion that this makes.</summary>
internal sealed class Hoard
{
    /// <summary>The most blocks that are taken; on a large machine the rest stays free.</summary>
    public const int Capacity = 1 << 17;

    private readonly PaddedColumn<int> _owner;
    private readonly long[] _blocks = GC.AllocateUninitializedArray<long>(Capacity, pinned: true);

    public Hoard(Arena arena)
    {
        _owner = arena.AddPadded<int>("hoarder", 1, ColumnKind.State); // (A) task number plus one

        // The array's pages exist from here on, so that a hoard does not look like growth.
        Array.Fill(_blocks, 1);
    }

    /// <summary>Used by the owner alone.</summary>
    public int Count { get; private set; }

    public bool IsFull => Count == Capacity;

    public long this[int index] => _blocks[index];

    /// <summary>Becomes the one who hoards. False: another task does.</summary>
    public bool TryBegin(TaskId task) => Atomic.CompareExchange(ref _owner[0], task.Value + 1, 0) == 0;

    /// <summary>Lets others hoard. The owner has taken everything out again.</summary>
    public void End() => Atomic.Store(ref _owner[0], 0);

    public void Push(long block) => _blocks[Count++] = block;

    public long Pop() => _blocks[--Count];
}
