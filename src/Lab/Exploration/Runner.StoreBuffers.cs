using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <content>Store buffers: x86-TSO as its authors state it (Owens, Sarkar, Sewell), with the steps of the memory made decisions.</content>
/// <remarks>
/// Each actor has a first-in-first-out buffer. A store, plain or releasing, goes into it and is no scheduling point: nobody sees it but a fence for
/// all, so models with those say so. A load
/// takes the youngest entry of the own buffer for the word, else memory. "Flush the oldest entry of actor a" is a step of its own that is
/// possible whenever there is one. A read-modify-write, also one that fails, and a full fence empty the own buffer as part of their step:
/// what others could have done between flushes and the access they can do between flush steps before it. So does a park that sleeps and a
/// wake, which are system calls behind a fence on real threads; a park that returns because the word differs is a load. A run ends when all
/// are done and all buffers are empty. Words of bookkeeping columns, which no decision reads, are written at once.
/// </remarks>
internal unsafe partial class Runner
{
    /// <summary>Decisions from here on flush: this one the buffer of actor 0. Models have no more actors than this.</summary>
    public const int FirstBuffer = 16;

    /// <summary>The bits of all buffers in a set of what can be picked.</summary>
    public const uint Buffers = 0xFFFF_0000;

    private PendingStore[][]? _pending; // by actor; what lies between its head and its tail is buffered
    private bool _indirect; // an access takes the long way: through a buffer, past the race detector
    private bool[]? _racy; // by location: in a column in which the scenario itself races

    /// <summary>The order in which stores become visible. Set once, at the start.</summary>
    public MemoryModel Memory
    {
        get => _pending is null ? MemoryModel.SequentiallyConsistent : MemoryModel.Tso;
        init
        {
            if (value == MemoryModel.SequentiallyConsistent) { return; }
            _pending = [.. Enumerable.Range(0, _actors).Select(_ => new PendingStore[32])];
            TakeTheLongWay();
        }
    }

    public override void Fence()
    {
        int me = _current;
        if (me < 0) { return; }
        if (_position[me] < _states[me].LogCount)
        {
            Replay(me, -1, FenceCode);
            return;
        }
        Learn(me, StepCode.Fence, 0, -1, FenceCode, 0);

        // Without buffers a fence orders nothing that is not ordered already: then it is no point.
        if (_pending is not null)
        {
            Point(me);
            Drain(me);
        }
        Learn(me, StepCode.Fence, 0, -1, FenceCode, 0);
        Append(me, -1, FenceCode, 0, 0);
    }

    /// <summary>Everything that every actor has stored so far is in memory: what a process-wide barrier does.</summary>
    public override void FenceAll()
    {
        int me = _current;
        if (me < 0) { return; }
        if (_position[me] < _states[me].LogCount)
        {
            Replay(me, -1, FenceAllCode);
            return;
        }
        Learn(me, StepCode.Fence, 0, -1, FenceAllCode, 0);
        if (_pending is not null)
        {
            if (!_model.FencesAll) { throw new LabException("an operation calls Atomic.FenceAll, but its model does not say so (FencesAll)"); }
            Point(me);
            for (int i = 0; i < _actors; i++) { Drain(i); }
        }
        Learn(me, StepCode.Fence, 0, -1, FenceAllCode, 0);
        Append(me, -1, FenceAllCode, 0, 0);
    }

    /// <summary>Moves the oldest buffered store of the actor to memory.</summary>
    public void FlushOne(int actor)
    {
        PendingStore store = _pending![actor][_states[actor].PendingHead++];
        long before = store.Wide ? WideWord(store.Location) : (int)Word(store.Location);
        WriteWhole(store.Location, store.Wide, before, store.Value);
        Trace?.Flushed(actor, store.Location, store.Wide, before, store.Value);
    }

    // An access with a store buffer, a race detector, or both: the short way and nothing left out.
    private long AccessWatched(int me, AccessKind kind, int location, bool wide, long operand, long comparand)
    {
        bool plain = kind is AccessKind.PlainLoad or AccessKind.PlainStore;
        bool racy = plain && _racy is not null && _racy[location];
        bool buffered = _pending is not null && IsStore(kind) && _policy[location] != NotHashed && !racy;
        if (buffered ? _model.FencesAll : !plain || (_plainPoints && !racy)) { Point(me); }
        if (_pending is not null && (kind > AccessKind.PlainStore || (racy && IsStore(kind)))) { Drain(me); }

        long before = Seen(me, location, wide);
        long after = wide ? After(kind, before, operand, comparand) : (int)After(kind, before, operand, comparand);
        long result = kind == AccessKind.Add ? after : before;
        if (buffered) { Buffer(me, location, wide, after); }
        else { WriteWhole(location, wide, before, after); }
        Append(me, location, (byte)((byte)kind | (wide ? WideBit : 0)), IsStore(kind) ? 0 : result, after);
        Observe(me, location, kind, (uint)result, wide ? (uint)(result >> 32) : 0);
        if (wide) { ObserveUpper(me, location, kind, (uint)(result >> 32)); }
        if (buffered) { Trace?.Buffered(me, location, wide, after); }
        else { Trace?.Access(me, kind, location, wide, before, after, comparand); }
        if (!racy) { _races?.Accessed(me, kind, location, wrote: kind == AccessKind.CompareExchange ? before == comparand : kind is not (AccessKind.Load or AccessKind.PlainLoad)); }
        return result;
    }

    private void TakeTheLongWay()
    {
        _indirect = true;
        foreach (string name in _model.RacyColumns)
        {
            ColumnInfo column = _model.Arena.Find(name) ?? throw new ArgumentException($"there is no column '{name}'");
            _racy ??= new bool[_wordCount];
            Array.Fill(_racy, true, (int)(column.OffsetBytes / sizeof(int)), (int)(column.SizeBytes / sizeof(int)));
        }
    }

    private void WriteWhole(int location, bool wide, long before, long after)
    {
        if ((uint)after != (uint)before) { Write(location, (uint)after); }
        if (wide && after >> 32 != before >> 32) { Write(location + 1, (uint)(after >> 32)); }
    }

    private void Buffer(int me, int location, bool wide, long value)
    {
        ref PendingStore[] pending = ref _pending![me];
        ref int tail = ref _states[me].PendingTail;
        if (tail == pending.Length) { Array.Resize(ref pending, pending.Length * 2); }
        pending[tail++] = new PendingStore(location, wide, value);

        // What the decision that picked us paid for is done: the store may be flushed, and others may go on, before our next access.
        _states[me].Resumed = false;
    }

    private void Drain(int actor)
    {
        while (_states[actor].PendingHead != _states[actor].PendingTail) { FlushOne(actor); }
    }

    /// <summary>What the actor would read: its own youngest store, or memory.</summary>
    private long Seen(int actor, int location, bool wide)
    {
        uint low = Seen(actor, location);
        return wide ? (long)(((ulong)Seen(actor, location + 1) << 32) | low) : (int)low;
    }

    private uint Seen(int actor, int location)
    {
        if (_pending is not null)
        {
            PendingStore[] pending = _pending[actor];
            for (int i = _states[actor].PendingTail - 1; i >= _states[actor].PendingHead; i--)
            {
                if (pending[i].Location == location) { return (uint)pending[i].Value; }
                if (pending[i].Wide && pending[i].Location == location - 1) { return (uint)(pending[i].Value >> 32); }
            }
        }
        return _words[location];
    }

    private uint FlushableBuffers()
    {
        uint flushable = 0;
        for (int i = 0; i < _actors; i++)
        {
            if (_states[i].PendingHead != _states[i].PendingTail) { flushable |= 1u << (FirstBuffer + i); }
        }
        return flushable;
    }

    // What is buffered is part of the state: its words in order, values of canonical words by their distance from memory as everywhere.
    private void ChainBuffers(ref StateHash key)
    {
        for (int actor = 0; actor < _actors; actor++)
        {
            ref ActorState s = ref _states[actor];
            key.Chain((ulong)(s.PendingTail - s.PendingHead));
            for (int i = s.PendingHead; i < s.PendingTail; i++)
            {
                PendingStore store = _pending![actor][i];
                key.Chain((uint)store.Location);
                if (_policy[store.Location] == HashedByMask)
                {
                    key.Chain((ulong)(store.Value & _masks[store.Location]));
                    key.Chain((ulong)((store.Wide ? WideWord(store.Location) : (int)Word(store.Location)) - store.Value));
                }
                else { key.Chain((ulong)store.Value); }
            }
        }
    }

    private readonly record struct PendingStore(int Location, bool Wide, long Value);
}
