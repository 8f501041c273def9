using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>One place that a step touched, and the entry that touched it before.</summary>
/// <param name="Location">A word, the sleepers of a word, or the step invariants.</param>
/// <param name="Step">Whose entry it is.</param>
/// <param name="Before">The entry before it of the same location; −1: none.</param>
/// <param name="Writes">True when the step left the location another than it found it.</param>
internal readonly record struct Touch(int Location, int Step, int Before, bool Writes);

/// <summary>What each step of the run at hand touched, in the order of steps and by location.</summary>
/// <remarks>
/// Two steps of different actors are independent when neither writes what the other touches: in either order they see the same values and
/// leave the same state. An access that leaves a word as it was counts as a read, whatever its kind: it says what the word was, and no
/// more. Waits count by what their tests read; the sleepers of a word are a location of their own, written by who falls asleep, is woken or
/// times out. Words of the step invariants are written as one location, so that each order of their changes is seen. Words that no
/// decision reads are left out.
/// </remarks>
internal sealed class Footprints : ITraceSink
{
    private readonly Runner _runner;
    private readonly int _words;
    private readonly int[] _latest; // by location: its youngest linked entry, or -1
    private readonly int[] _own; // by location: where the step at hand may have an entry
    private readonly Action<int> _read;
    private Touch[] _touches = new Touch[1024];
    private int _start;
    private int _linked; // entries below are linked
    private uint _wakes;

    public Footprints(Runner runner)
    {
        _runner = runner;
        _words = runner.WordCount;
        _latest = new int[(2 * _words) + 1];
        _own = new int[(2 * _words) + 1];
        Array.Fill(_latest, -1);
        _read = Read;
    }

    public bool AccessesOnly => true;

    public int Count { get; private set; }

    /// <summary>Actors that the step at hand woke, one bit each.</summary>
    public uint Wakes => _wakes;

    /// <summary>The wait in which the step at hand ended.</summary>
    public WaitKind Ended { get; private set; }

    public Touch this[int index] => _touches[index];

    /// <summary>A step begins; what follows is its footprint.</summary>
    public void Begin()
    {
        _start = Count;
        _wakes = 0;
        Ended = WaitKind.None;
    }

    /// <summary>The step at hand is over: its entries are the youngest of their locations.</summary>
    public void Link(int step)
    {
        for (int i = _start; i < Count; i++)
        {
            ref Touch touch = ref _touches[i];
            touch = touch with { Step = step, Before = _latest[touch.Location] };
            _latest[touch.Location] = i;
        }
        _linked = Count;
    }

    /// <summary>Takes back all entries from <paramref name="start"/> on and begins a step there that has touched <paramref name="kept"/> so far.</summary>
    public void Restart(int start, Touch[] kept, uint wakes)
    {
        while (_linked > start)
        {
            Touch touch = _touches[--_linked];
            _latest[touch.Location] = touch.Before;
        }
        Count = start;
        Begin();
        _wakes = wakes;
        foreach (Touch touch in kept) { Add(touch.Location, touch.Writes); }
    }

    /// <summary>The youngest linked entry of a location; −1: none.</summary>
    public int Latest(int location) => _latest[location];

    /// <summary>True when the step that was linked last conflicts with a touch.</summary>
    public bool Conflicts(Touch other)
    {
        int own = _own[other.Location];
        return own >= _start && own < Count && _touches[own].Location == other.Location && (_touches[own].Writes || other.Writes);
    }

    /// <summary>What a step touched: the one at hand, or an earlier one by where its entries begin and end.</summary>
    public Touch[] Copy(int from, int to) => Of(from, to).ToArray();

    public ReadOnlySpan<Touch> Of(int from, int to) => _touches.AsSpan(from, to - from);

    public bool IsWord(int location) => location < _words;

    public void Access(int actor, AccessKind kind, int location, bool wide, long before, long after, long comparand)
    {
        Touches(location, (int)before != (int)after);
        if (wide) { Touches(location + 1, before >> 32 != after >> 32); }
    }

    public void Waits(int actor, WaitKind kind, int location)
    {
        Ended = kind;
        Passes(actor, kind, location);
        if (kind is WaitKind.Sleep or WaitKind.TimedSleep) { Add(_words + location, writes: true); }
    }

    public void Passes(int actor, WaitKind kind, int location)
    {
        if (kind == WaitKind.Retry) { _runner.AddAttempt(actor, _read); }
        else { Read(location); }
    }

    void ITraceSink.Wakes(int actor, int sleeper, int location)
    {
        _wakes |= 1u << sleeper;
        Add(_words + location, writes: true);
    }

    public void WakeEnds(int actor, int location) => Add(_words + location, writes: false);

    public void TimedOut(int actor, int location) => Add(_words + location, writes: true);

    public void Chose(int actor, int value, int count)
    {
    }

    public void Note(int actor, string text)
    {
    }

    public void OperationEnded(int actor)
    {
    }

    private void Read(int location) => Touches(location, writes: false);

    private void Touches(int location, bool writes)
    {
        if (writes && _runner.IsWatched(location)) { Add(2 * _words, writes: true); }
        if (!_runner.IsBookkeeping(location)) { Add(location, writes); }
    }

    private void Add(int location, bool writes)
    {
        int own = _own[location];
        if (own >= _start && own < Count && _touches[own].Location == location)
        {
            if (writes) { _touches[own] = _touches[own] with { Writes = true }; }
            return;
        }
        if (Count == _touches.Length) { Array.Resize(ref _touches, _touches.Length * 2); }
        _touches[Count] = new Touch(location, -1, -1, writes);
        _own[location] = Count++;
    }
}
