using System.Globalization;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>Finds two accesses of one word, one of them plain and one of them a write, that nothing orders: happens-before by vector clocks.</summary>
/// <remarks>
/// An access of actor a is its n-th; a clock says how far each actor has come. What orders: a load, a failed or successful
/// read-modify-write, a spin that ends and a park that finds the word changed acquire the clock that the word carries; a store and a
/// successful read-modify-write leave their actor's clock on it. A plain store takes the clock off: it publishes nothing. A wake orders
/// nothing, for a park may return without one. Set-up and checks at rest are no accesses. A word that actors agree on by atomic accesses
/// alone is no race, nor is one whose plain accesses are ordered by any such chain. As in FastTrack an access is remembered by one number,
/// but per actor and way of access, since reports name both sides.
/// All numbers that decide live in cells; a change of one goes to the runner's trail, and all are hashed into the state: states that differ
/// in what is ordered are different states.
/// </remarks>
internal sealed class RaceDetector
{
    private const int PlainRead = 0;
    private const int PlainWrite = 1;
    private const int AtomicRead = 2;
    private const int AtomicWrite = 3;
    private const int Ways = 4;
    private const int StepCell = 0;
    private const int FirstClock = 1;

    private readonly Runner _runner;
    private readonly ExplorationModel _model;
    private readonly int _actors;
    private readonly int[] _slotOf; // by location: number of the slot, from 1
    private readonly (int Step, int Operation, AccessKind Kind)[][] _notes; // by actor and number of the access: for reports
    private uint[] _cells;
    private int _slots;
    private StateHash _hash;

    public RaceDetector(Runner runner, ExplorationModel model)
    {
        _runner = runner;
        _model = model;
        _actors = model.Actors.Count;
        _slotOf = new int[model.Arena.WordCount];
        _notes = [.. Enumerable.Range(0, _actors).Select(_ => new (int, int, AccessKind)[64])];
        _cells = new uint[FirstClock + (_actors * _actors) + (64 * SlotCells)];
    }

    /// <summary>The hash of all clocks.</summary>
    public StateHash Hash => _hash;

    private int SlotCells => (1 + Ways) * _actors;

    /// <summary>An access was performed and logged. Raises a race.</summary>
    public void Accessed(int me, AccessKind kind, int location, bool wrote)
    {
        Set(StepCell, _cells[StepCell] + 1);
        Order(me, kind, location, wrote);
    }

    /// <summary>A wait ended because of what the word holds: an acquiring load. Raises a race.</summary>
    public void Waited(int me, int location) => Order(me, AccessKind.Load, location, wrote: false);

    /// <summary>Takes a change of a cell back.</summary>
    public void Restore(int cell, uint before)
    {
        Rehash(cell, _cells[cell], before);
        _cells[cell] = before;
    }

    private void Order(int me, AccessKind kind, int location, bool wrote)
    {
        int slot = SlotFor(location);
        uint now = (uint)_runner.Logged(me);
        Note(me, (int)now, kind);
        Set(ClockOf(me) + me, now);
        bool plain = kind is AccessKind.PlainLoad or AccessKind.PlainStore;
        if (!plain && kind != AccessKind.Store) { Acquire(me, slot); }

        int race = -1;
        int way = plain ? (wrote ? PlainWrite : PlainRead) : (wrote ? AtomicWrite : AtomicRead);
        if (FirstUnordered(me, slot, PlainWrite) is >= 0 and int plainWriter) { race = (PlainWrite * _actors) + plainWriter; }
        else if (wrote && FirstUnordered(me, slot, PlainRead) is >= 0 and int plainReader) { race = (PlainRead * _actors) + plainReader; }
        else if (plain && FirstUnordered(me, slot, AtomicWrite) is >= 0 and int writer) { race = (AtomicWrite * _actors) + writer; }
        else if (way == PlainWrite && FirstUnordered(me, slot, AtomicRead) is >= 0 and int reader) { race = (AtomicRead * _actors) + reader; }

        Set(Access(slot, way) + me, now);
        if (wrote)
        {
            for (int i = 0; i < _actors; i++) { Set(slot + i, plain ? 0 : _cells[ClockOf(me) + i]); }
        }
        if (race >= 0)
        {
            int other = race % _actors;
            int number = (int)_cells[Access(slot, race / _actors) + other];
            Bug.If(true, ViolationKind.DataRace, Describe(location, other, number, me, (int)now), "RaceDetector");
        }
    }

    private void Acquire(int me, int slot)
    {
        int clock = ClockOf(me);
        for (int i = 0; i < _actors; i++)
        {
            if (_cells[slot + i] > _cells[clock + i]) { Set(clock + i, _cells[slot + i]); }
        }
    }

    // The first actor whose last access in this way is not ordered before what we do now; negative: there is none.
    private int FirstUnordered(int me, int slot, int way)
    {
        int access = Access(slot, way);
        int clock = ClockOf(me);
        for (int i = 0; i < _actors; i++)
        {
            if (i != me && _cells[access + i] > _cells[clock + i]) { return i; }
        }
        return -1;
    }

    private int ClockOf(int actor) => FirstClock + (actor * _actors);

    private int Access(int slot, int way) => slot + ((1 + way) * _actors);

    // The cells of a word: the clock that it carries, then the last access of each actor in each way.
    private int SlotFor(int location)
    {
        ref int slot = ref _slotOf[location];
        if (slot == 0)
        {
            slot = ++_slots;
            int end = FirstClock + (_actors * _actors) + (_slots * SlotCells);
            if (end > _cells.Length) { Array.Resize(ref _cells, Math.Max(end, _cells.Length * 2)); }
        }
        return FirstClock + (_actors * _actors) + ((slot - 1) * SlotCells);
    }

    private void Set(int cell, uint value)
    {
        uint before = _cells[cell];
        if (before == value) { return; }
        _runner.RememberCell(cell, before);
        Rehash(cell, before, value);
        _cells[cell] = value;
    }

    private void Rehash(int cell, uint before, uint after)
    {
        if (cell == StepCell) { return; }
        _hash.Remove(cell, before);
        _hash.Add(cell, after);
    }

    // Not taken back: a number that is in a cell after a backtrack was written by a run that the logs still hold.
    private void Note(int me, int number, AccessKind kind)
    {
        ref (int, int, AccessKind)[] notes = ref _notes[me];
        if (number >= notes.Length) { Array.Resize(ref notes, Math.Max(number + 1, notes.Length * 2)); }
        notes[number] = ((int)_cells[StepCell], _runner.State(me).Operation, kind);
    }

    private string Describe(int location, int first, int firstNumber, int second, int secondNumber) => string.Create(CultureInfo.InvariantCulture,
        $"{_runner.DescribeLocation(location)}: {Side(first, firstNumber)} and {Side(second, secondNumber)} have no order between them");

    private string Side(int actor, int number)
    {
        (int step, int operation, AccessKind kind) = _notes[actor][number];
        string how = kind switch
        {
            AccessKind.PlainLoad => "plain load",
            AccessKind.PlainStore => "plain store",
            AccessKind.Load => "load",
            AccessKind.Store => "store",
            _ => "read-modify-write",
        };
        return string.Create(CultureInfo.InvariantCulture, $"the {how} of {_model.Actors[actor].Name} (step {step}, in {_model.Actors[actor].Operations[operation].Name})");
    }
}
