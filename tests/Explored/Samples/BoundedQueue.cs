using MemCore.Lab.Testing;

namespace MemCore.Tests.Samples;

/// <summary>A ring of a few numbers for many producers and consumers. A slot's turn says whose ticket may use it next.</summary>
internal sealed class BoundedQueue
{
    private readonly SharedInt _puts; // tickets given to producers
    private readonly SharedInt _takes; // tickets given to consumers
    private readonly SharedInts _turn; // ticket: free for it; ticket + 1: filled by it
    private readonly SharedInts _item; // plain: touched by who has the turn
    private readonly bool _hasty;

    /// <param name="memory">Where its words are.</param>
    /// <param name="slots">How many it holds.</param>
    /// <param name="hasty">True: a slot that is about to be filled or emptied counts as empty or full. The well-known short form, and wrong.</param>
    public BoundedQueue(SharedMemory memory, int slots, bool hasty = false)
    {
        _puts = memory.Int("puts");
        _takes = memory.Int("takes");
        _turn = memory.Ints("turn", slots);
        _item = memory.Ints("item", slots);
        _hasty = hasty;
        for (int i = 0; i < slots; i++) { _turn[i].StorePlain(i); }
    }

    /// <summary>1; or 0 when the queue is full.</summary>
    public long Put(int value)
    {
        for (int spins = 0; ;)
        {
            int ticket = _puts.Load();
            int slot = ticket % _turn.Count;
            int turn = _turn[slot].Load();
            if (turn == ticket)
            {
                if (_puts.CompareExchange(ticket + 1, ticket) != ticket) { continue; }
                _item[slot].StorePlain(value);
                _turn[slot].Store(ticket + 1);
                return 1;
            }
            if (turn > ticket) { continue; }
            if (_hasty || _takes.Load() == ticket - _turn.Count) { return 0; }
            _turn[slot].SpinWhile(turn, ref spins);
        }
    }

    /// <summary>What was put first; or -1 when the queue is empty.</summary>
    public long Take()
    {
        for (int spins = 0; ;)
        {
            int ticket = _takes.Load();
            int slot = ticket % _turn.Count;
            int turn = _turn[slot].Load();
            if (turn == ticket + 1)
            {
                if (_takes.CompareExchange(ticket + 1, ticket) != ticket) { continue; }
                long value = _item[slot].LoadPlain();
                _turn[slot].Store(ticket + _turn.Count);
                return value;
            }
            if (turn > ticket + 1) { continue; }
            if (_hasty || _puts.Load() == ticket) { return -1; }
            _turn[slot].SpinWhile(turn, ref spins);
        }
    }
}
