namespace MemCore.Perf.Measuring;

/// <summary>Subjects that are measured against each other: by turns, slice upon slice, round after round, with the raw read-modify-write among them.</summary>
internal sealed class Contest
{
    public const int RoundsMin = 9;

    private const int SlicesPerRound = 8;
    private const int WarmOperations = 400;

    // So many turns more for each round, if others keep the cores busy.
    private const int RepeatsPerRound = 2;

    private readonly Bench _bench;
    private readonly List<Subject> _subjects = [];
    private bool _warm;

    /// <param name="bench">Where.</param>
    /// <param name="rounds">Turns of every subject.</param>
    /// <param name="takesTwo">Some subject is run by both threads: then the raw RMW is too.</param>
    public Contest(Bench bench, int rounds, bool takesTwo)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, RoundsMin);
        _bench = bench;
        Rounds = rounds;
        TakesTwo = takesTwo;
        Rmw = bench.NewRmw(takesTwo ? Turns.AloneAndBoth : Turns.Alone);
        _subjects.Add(Rmw);
    }

    public int Rounds { get; }

    /// <summary>Operations a cycle in each round that counts: those in which nobody else was on the cores, if they are enough, otherwise all.</summary>
    public IReadOnlyList<double> Widths { get; private set; } = [];

    public Subject Rmw { get; }

    public IReadOnlyList<Subject> Subjects => _subjects;

    /// <summary>There is a second thread. Otherwise what takes two was not measured.</summary>
    public bool TwoThreads => _bench.Partner is not null;

    public bool TakesTwo { get; }

    /// <summary>Of the threads that take part.</summary>
    public CoreWatch Cores => TakesTwo ? _bench.Cores : _bench.Core;

    public Subject Enter(Subject subject)
    {
        if (!TakesTwo && (subject.Turns & Turns.Both) != 0) { throw new ArgumentException($"'{subject.Name}' takes two threads, the contest does not", nameof(subject)); }
        _subjects.Add(subject);
        return subject;
    }

    public Subject Enter(string name, Action<int> one, Action<int> two, Turns turns = Turns.Alone) => Enter(name, new Side(one), new Side(two), turns);

    public Subject Enter(string name, Side one, Side two, Turns turns = Turns.Alone) => Enter(new Subject(name, one, two, turns, _bench.Clock));

    /// <summary>Somebody else's code, as an anchor.</summary>
    public Subject EnterPeer(string name, Action<int> one, Action<int> two, Turns turns = Turns.Alone) =>
        Enter(new Subject(name, new Side(one), new Side(two), turns, _bench.Clock) { IsPeer = true });

    /// <summary>Measures everything anew. A round in which somebody else was on the cores is run again, as long as there are turns left.</summary>
    public void Measure()
    {
        if (!_warm) { WarmUp.Run(Warm, quick: _bench.Clock is not null); }
        _warm = true;
        foreach (Subject subject in _subjects) { subject.Prepare(Rounds, SlicesPerRound, _bench.SliceUs, _bench.Partner); }
        int repeats = Rounds * RepeatsPerRound;
        double now = Cores.Read();
        double[] widths = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            widths[round] = RunRound(round, ref now);
            for (; !Cores.WereOurs(widths[round]) && repeats > 0; repeats--) { widths[round] = RunRound(round, ref now); }
        }
        int[] all = [.. Enumerable.Range(0, Rounds)];
        int[] quiet = [.. all.Where(round => Cores.WereOurs(widths[round]))];
        int[] counted = quiet.Length >= RoundsMin ? quiet : all;
        Widths = [.. counted.Select(round => widths[round])];
        foreach (Subject subject in _subjects) { subject.Finish(TwoThreads, counted); }
    }

    // The width before or after, whichever is less.
    private double RunRound(int round, ref double now)
    {
        double before = now;
        foreach (Subject subject in _subjects) { subject.RunAlone(round); }
        if (_bench.Partner is { } partner)
        {
            foreach (Subject subject in _subjects) { subject.RunBoth(partner, round); }
        }
        now = Cores.Read();
        return Math.Min(before, now);
    }

    private void Warm()
    {
        foreach (Subject subject in _subjects) { subject.Warm(WarmOperations, _bench.Partner); }
    }
}
