using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>Who took the latest reference of a frame, and in which operation: in checked runs, so that a leak has a name.</summary>
internal sealed class LastTakers(Arena arena, int frames, bool on)
{
    private const int OperationBits = 8;

    private readonly Column<int> _takers = on ? arena.Add<int>("last_taker", frames, ColumnKind.Bookkeeping) : default; // (task + 1) above the operation

    /// <summary>Notes the taker. Of several at the same time one stays.</summary>
    public void Note(TaskId task, Pfn head, Operation operation)
    {
        if (on) { Atomic.PlainStore(ref _takers[head.Value], ((task.Value + 1) << OperationBits) | (int)operation); }
    }

    /// <summary>For reports: empty when nothing is known.</summary>
    public string Describe(Pfn head)
    {
        int word = on ? _takers[head.Value] : 0;
        return word == 0 ? string.Empty : $"last reference taken by task {(word >> OperationBits) - 1} in {OperationNames.Of((Operation)(word & 0xff))}";
    }
}
