namespace MemCore.Perf.Measuring;

/// <summary>Subjects that are measured against each other: by turns, slice upon slice, round after round, with the raw read-modify-write among them.</summary>
internal sealed class Contest
{
    public const int RoundsMin = 9;

    private const int SlicesPerRound = 8;
    private const int WarmPasses = 4;
    private const int WarmCalls = 40;
    private const int WarmOperations = 400;
    private const int TierPauseMs = 150;

    private readonly Bench _bench;
    private readonly List<Subject> _subjects = [];
    private bool _warm;

    public Contest(Bench bench, int rounds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, RoundsMin);
        _bench = bench;
        Rounds = rounds;
        Rmw = bench.NewRmw();
        _subjects.Add(Rmw);
    }

    public int Rounds { get; }

    public Subject Rmw { get; }

    public IReadOnlyList<Subject> Subjects => _subjects;

    /// <summary>There is a second thread. Otherwise what takes two was not measured.</summary>
    public bool TwoThreads => _bench.Partner is not null;

    /// <summary>True when something was measured on two threads.</summary>
    public bool UsesTwo { get; private set; }

    public Subject Enter(Subject subject)
    {
        _subjects.Add(subject);
        UsesTwo |= (subject.Turns & Turns.Both) != 0;
        return subject;
    }

    public Subject Enter(string name, Action<int> one, Action<int> two, Turns turns = Turns.Alone) => Enter(name, new Side(one), new Side(two), turns);

    public Subject Enter(string name, Side one, Side two, Turns turns = Turns.Alone) => Enter(new Subject(name, one, two, turns, _bench.Clock));

    /// <summary>Measures everything anew.</summary>
    public void Measure()
    {
        if (!_warm) { Warm(); }
        _warm = true;
        foreach (Subject subject in _subjects) { subject.Prepare(Rounds, SlicesPerRound, _bench.SliceUs, _bench.Partner); }
        for (int round = 0; round < Rounds; round++)
        {
            foreach (Subject subject in _subjects) { subject.RunAlone(round); }
            if (_bench.Partner is not { } partner) { continue; }
            foreach (Subject subject in _subjects) { subject.RunBoth(partner, round); }
        }
        foreach (Subject subject in _subjects) { subject.Finish(TwoThreads); }
    }

    // Calls count towards the tiers; the pauses let the background compiler work and new counts begin.
    private void Warm()
    {
        for (int pass = 0; pass < WarmPasses; pass++)
        {
            for (int call = 0; call < WarmCalls; call++)
            {
                foreach (Subject subject in _subjects) { subject.Warm(WarmOperations, _bench.Partner); }
            }
            if (_bench.Clock is null) { Thread.Sleep(TierPauseMs); }
        }
    }
}
