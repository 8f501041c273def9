using MemCore.Native;

namespace MemCore.Perf.Measuring;

/// <summary>Where a program measures: the calling thread and a partner, each pinned to a CPU of its own, and the gauges of the machine.</summary>
/// <remarks>Everything is measured from the thread that made it. With one CPU, or where pinning is refused, there is no partner.</remarks>
internal sealed class Bench : IDisposable
{
    private const int GaugeRounds = 9;
    private const int GaugeSlices = 8;
    private const int PingPongTransfers = 512;
    private const int WarmOperations = 400;

    private static readonly Action<int> s_nothing = _ => { };

    private readonly TimeProvider? _clock;
    private readonly int _sliceUs;
    private readonly Action<int> _rmw;
    private readonly bool _pinned;
    private int _warmCalls;
    private readonly RmwWord _first = new();
    private readonly RmwWord _second = new();
    private readonly PingPong _pingPong = new();
    private readonly IssueWidth _firstWidth = new();
    private readonly IssueWidth _secondWidth = new();

    /// <summary>Two threads if there are two CPUs.</summary>
    /// <param name="sliceUs">How long a slice lasts, about.</param>
    public Bench(int sliceUs)
    {
        _sliceUs = sliceUs;
        _rmw = _first.Loop;
        Core = new CoreWatch(ReadOwnWidth);
        Cores = new CoreWatch(ReadWidth);
        int[] cpus = [.. CpuTopology.Current.Cpus.Select(c => c.Id).Take(2)];
        _pinned = cpus.Length > 1 && ThreadPinning.TryPin(cpus[0]).IsPinned;
        if (!_pinned) { return; }
        Partner partner = new(cpus[1]);
        if (partner.Pinned) { Partner = partner; }
        else { partner.Dispose(); }
    }

    /// <summary>One thread, for judgements that are put to the test: with another clock, another loop for the raw RMW, another width.</summary>
    public Bench(int sliceUs, TimeProvider? clock, Action<int>? rmw = null, Func<double>? width = null)
    {
        Core = new CoreWatch(width ?? (clock is null ? ReadOwnWidth : () => 1));
        Cores = Core;
        _sliceUs = sliceUs;
        _clock = clock;
        _rmw = rmw ?? _first.Loop;
    }

    public TimeProvider? Clock => _clock;

    public Partner? Partner { get; }

    public int SliceUs => _sliceUs;

    /// <summary>Of this thread.</summary>
    public CoreWatch Core { get; }

    /// <summary>Of this thread and the partner's, whichever does less.</summary>
    public CoreWatch Cores { get; }

    /// <summary>A load and a compare-exchange on a line that the thread owns: the unit of most bars.</summary>
    public Subject NewRmw(Turns turns = Turns.AloneAndBoth) => new("raw RMW", new Side(_rmw), new Side(_second.Loop), turns, _clock);

    /// <summary>One way from one core to the other.</summary>
    public Subject NewPingPong() => new Subject("ping-pong, one way", _pingPong.One, _pingPong.Two, Turns.Both, _clock).WithSlices(PingPongTransfers, GaugeSlices);

    /// <summary>The same, run by the partner on its CPU while this thread waits; as it is without a partner. The way there and back is in the time: a fraction of a microsecond a slice.</summary>
    public Side OnPartner(Side side)
    {
        return Partner is { } partner ? new Side(There(side.Loop)!, There(side.Before), There(side.After)) : side;

        Action<int>? There(Action<int>? loop) => loop is null ? null : n => partner.RunBoth(s_nothing, loop, n);
    }

    /// <summary>What the gauges say now. Under a tenth of a second.</summary>
    public GaugeReading Read()
    {
        Subject rmw = NewRmw(Turns.Alone);
        Subject pingPong = NewPingPong();
        for (; _warmCalls < WarmUp.Calls; _warmCalls++)
        {
            rmw.Warm(WarmOperations, Partner);
            pingPong.Warm(WarmOperations, Partner);
        }
        Take(rmw);
        Take(pingPong);
        return new GaugeReading(rmw.Ns, Partner is null ? null : pingPong.NsOfTwo, Cores.Read());
    }

    public void Dispose()
    {
        Partner?.Dispose();
        if (_pinned) { ThreadPinning.TryRestore(out _); }
        _pingPong.Dispose();
        _first.Dispose();
        _second.Dispose();
    }

    private double ReadOwnWidth()
    {
        _firstWidth.Read(IssueWidth.Readings);
        return _firstWidth.Median;
    }

    private double ReadWidth()
    {
        if (Partner is null) { return ReadOwnWidth(); }
        Partner.RunBoth(_firstWidth.Read, _secondWidth.Read, IssueWidth.Readings);
        return Math.Min(_firstWidth.Median, _secondWidth.Median);
    }

    private void Take(Subject subject)
    {
        subject.Prepare(GaugeRounds, GaugeSlices, _sliceUs, Partner);
        for (int round = 0; round < GaugeRounds; round++)
        {
            subject.RunAlone(round);
            if (Partner is not null) { subject.RunBoth(Partner, round); }
        }
        subject.Finish(Partner is not null);
    }
}
