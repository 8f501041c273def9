using MemCore.Primitives;

namespace MemCore.Lab.Testing;

/// <summary>A 32-bit word that several threads use. A copy is the same word.</summary>
/// <remarks>
/// <see cref="Load"/> acquires and <see cref="Store"/> releases; everything that reads and writes at once is a full fence. The plain accesses
/// order nothing and are no scheduling points: they are for words that nobody else can touch at the moment.
/// </remarks>
public readonly struct SharedInt
{
    private readonly Column<int> _column;
    private readonly int _index;

    internal SharedInt(Column<int> column, int index)
    {
        _ = column[index];
        _column = column;
        _index = index;
    }

    private ref int Word => ref _column[_index];

    /// <summary>Reads the word.</summary>
    public int Load() => Atomic.Load(ref Word);

    /// <summary>Writes the word.</summary>
    public void Store(int value) => Atomic.Store(ref Word, value);

    /// <summary>Reads the word while nobody else can write it.</summary>
    public int LoadPlain() => Atomic.PlainLoad(ref Word);

    /// <summary>Writes the word while nobody else can touch it.</summary>
    public void StorePlain(int value) => Atomic.PlainStore(ref Word, value);

    /// <summary>Writes <paramref name="value"/> if the word equals <paramref name="comparand"/>. Returns what was there.</summary>
    public int CompareExchange(int value, int comparand) => Atomic.CompareExchange(ref Word, value, comparand);

    /// <summary>Writes the word and returns what was there.</summary>
    public int Exchange(int value) => Atomic.Exchange(ref Word, value);

    /// <summary>Adds to the word and returns what is there now.</summary>
    public int Add(int value) => Atomic.Add(ref Word, value);

    /// <summary>Waits until the word differs from <paramref name="seen"/>: what the attempt that failed read or got back, never a value read afresh.</summary>
    /// <param name="seen">The value to wait out.</param>
    /// <param name="spins">A local of the caller, 0 at first: how long it has waited.</param>
    /// <remarks>The explorer lets the actor rest until somebody changes the word; without such a call a loop that waits never ends there.</remarks>
    public void SpinWhile(int seen, ref int spins) => Atomic.SpinWhile(ref Word, seen, ref spins);

    /// <summary>Sleeps while the word equals <paramref name="expected"/>; test and sleep are one step. May return early.</summary>
    /// <remarks>Only <see cref="Wake"/> and <see cref="WakeAll"/> end a sleep: a wake that was forgotten is found as a deadlock.</remarks>
    public void Park(int expected) => Atomic.Park(ref Word, expected);

    /// <summary>As <see cref="Park"/>, at most <paramref name="timeoutMs"/> long. False: the time passed.</summary>
    public bool ParkFor(int expected, int timeoutMs) => Atomic.ParkFor(ref Word, expected, timeoutMs);

    /// <summary>Ends the sleep of one thread that is parked on the word, if there is one.</summary>
    public void Wake() => Atomic.Wake(ref Word);

    /// <summary>Ends the sleep of every thread that is parked on the word.</summary>
    public void WakeAll() => Atomic.WakeAll(ref Word);
}
