using MemCore.Primitives;

namespace MemCore.Lab.Histories;

/// <summary>Writes a word of the arena on behalf of the run at hand, so that it is taken back with it.</summary>
internal delegate void RecordWord(ref int word, int value);

/// <summary>The history of the run at hand, in columns of the arena: per operation when it began, when it ended, what it answered.</summary>
/// <remarks>
/// An operation begins with its first access and ends with its last: the tightest interval that its accesses allow, and no further points.
/// The clock moves on only where it must to tell who came before whom, so that runs of equal order have equal histories. Who came before whom
/// is part of the state: two states that differ in it alone are two states, and none of them is pruned for the other.
/// </remarks>
internal abstract class HistoryRecorder
{
    private const int FirstMoment = 2;

    private readonly Column<int> _clock; // even: nobody has ended since the last beginning
    private readonly Column<int> _began; // 0: not yet
    private readonly Column<int> _ended;
    private readonly Column<int> _answer; // two words an operation, the lower half first

    /// <param name="arena">Of the model, before anything runs.</param>
    /// <param name="operations">How many there are to record.</param>
    /// <param name="kind">State but in the test that shows why.</param>
    protected HistoryRecorder(Arena arena, int operations, ColumnKind kind)
    {
        Operations = operations;
        _clock = arena.Add<int>("history_clock", 1, kind);
        _began = arena.Add<int>("history_began", operations, kind);
        _ended = arena.Add<int>("history_ended", operations, kind);
        _answer = arena.Add<int>("history_answer", operations * 2, ColumnKind.State);
        _clock[0] = FirstMoment;
    }

    public int Operations { get; }

    /// <summary>What the operation that ends next answers. Written after its last access, read before the next access of anybody.</summary>
    protected long Answer { get; set; }

    /// <summary>The first access of an operation has happened. Later calls for the same one change nothing.</summary>
    public void Began(int operation, RecordWord record)
    {
        if (_began[operation] != 0) { return; }
        int moment = _clock[0];
        if ((moment & 1) != 0) { record(ref _clock[0], ++moment); }
        record(ref _began[operation], moment);
    }

    /// <summary>The operation has returned.</summary>
    public void Ended(int operation, RecordWord record)
    {
        Began(operation, record);
        int moment = _clock[0] | 1;
        if (moment != _clock[0]) { record(ref _clock[0], moment); }
        record(ref _ended[operation], moment);
        record(ref _answer[operation * 2], (int)Answer);
        record(ref _answer[(operation * 2) + 1], (int)(Answer >> 32));
    }

    /// <summary>At rest: began, ended (0: not yet) and answer of an operation.</summary>
    protected (int Began, int Ended, long Answer) At(int operation) =>
        (_began.AtRest[operation], _ended.AtRest[operation], ((long)_answer.AtRest[(operation * 2) + 1] << 32) | (uint)_answer.AtRest[operation * 2]);

    /// <summary>At rest: one number for the history.</summary>
    protected StateHash KeyAtRest()
    {
        StateHash key = default;
        for (int i = 0; i < Operations; i++)
        {
            (int began, int ended, long answer) = At(i);
            key.Chain(((ulong)(uint)began << 32) | (uint)ended);
            key.Chain((ulong)answer);
        }
        return key;
    }
}
