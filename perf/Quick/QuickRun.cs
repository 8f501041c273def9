using MemCore.Native;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Quick;

/// <summary>One run: every subject by turns, round after round, the raw read-modify-write in front and at the end.</summary>
internal sealed class QuickRun : IDisposable
{
    private const int WarmPasses = 4;
    private const int WarmCalls = 40;
    private const int WarmOperations = 400;
    private const int TierPauseMs = 150;
    private const int SlicesPerRound = 8;
    private const int BulkSlice = 1 << 12;
    private const double StrayMax = 0.10;

    private readonly QuickOptions _options;
    private readonly EngineRig _rig;
    private readonly Worker _one;
    private readonly Worker _two;
    private readonly Subject _first;
    private readonly Subject _last;
    private readonly List<Subject> _subjects = [];

    public QuickRun(QuickOptions options)
    {
        _options = options;
        int bulk = options.Frames / 4;
        _rig = new EngineRig(options.Frames, tasks: 2);
        _one = new Worker(_rig, 0, bulk);
        _two = new Worker(_rig, 1, bulk);
        _first = new Subject("raw RMW at the start", new Side(_one.RawRmw), new Side(_two.RawRmw));
        _last = new Subject("raw RMW at the end", new Side(_one.RawRmw), new Side(_two.RawRmw));
        Add("RMW", w => w.RawRmw);
        Add("or+and", w => w.OrAnd);
        Add("lock+unlock", w => w.LockUnlock);
        Add("Monitor", w => w.MonitorPair);
        Add("CAS+store", w => w.CasAndStore);
        Add("2 adds", w => w.TwoAdds);
        Add("get+put", w => w.GetPut);
        Add("tryget+put", w => w.TryGetPut);
        Add("map+unmap", w => w.MapAddRemove);
        Add("order-0 alloc+free", w => w.Order0Free);
        Add("order-0 alloc+put", w => w.Order0Put);
        Add("order-3 alloc+free", w => w.Order3Free);
        Add("order-9 alloc+free", w => w.Order9Free);
        Add("order-9 folio alloc+put", w => w.Order9FolioPut);
        Add("AlignedAlloc 4096", w => w.AlignedAlloc);
        Add("ArrayPool 4096", w => w.ArrayPoolPair);
        Add("order-0 bulk get", w => w.BulkGet);
        Add("order-0 bulk free", w => w.BulkFree);
    }

    /// <summary>Raw read-modify-write before and after: how much the machine changed under the run.</summary>
    public double StartNs => _first.Ns;

    public double EndNs => _last.Ns;

    /// <summary>Two threads had a CPU each. Otherwise nothing of two threads was measured.</summary>
    public bool TwoThreads { get; private set; }

    /// <summary>The run was too noisy to count: the anchor strayed.</summary>
    public bool IsRejected => Math.Abs((EndNs / StartNs) - 1) > StrayMax;

    /// <summary>Two threads did not have a whole CPU each: even words that nobody shares got slower.</summary>
    public bool IsRejectedForTwo => IsRejected || !TwoThreads || Of("RMW").NsOfTwo > Of("RMW").Ns * (1 + (StrayMax / 2));

    public IReadOnlyList<Subject> Subjects => _subjects;

    public Subject Of(string name) => _subjects.Find(s => s.Name == name) ?? throw new ArgumentException($"nothing is called '{name}'", nameof(name));

    public void Measure()
    {
        int[] cpus = [.. CpuTopology.Current.Cpus.Select(c => c.Id).Take(2)];
        bool pinned = cpus.Length > 0 && ThreadPinning.TryPin(cpus[0]).IsPinned;
        using Partner? partner = cpus.Length == 2 && pinned ? new Partner(cpus[1]) : null;
        TwoThreads = partner is { Pinned: true };
        Warm();
        Prepare();
        for (int round = 0; round < _options.Rounds; round++) { _first.RunAlone(round); }
        for (int round = 0; round < _options.Rounds; round++)
        {
            foreach (Subject subject in _subjects) { subject.RunAlone(round); }
            if (!TwoThreads) { continue; }
            foreach (Subject subject in _subjects) { subject.RunBoth(partner!, round); }
        }
        for (int round = 0; round < _options.Rounds; round++) { _last.RunAlone(round); }
        ThreadPinning.TryRestore(out _);
        foreach (Subject subject in _subjects) { subject.Finish(TwoThreads); }
        _first.Finish(two: false);
        _last.Finish(two: false);
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
        _rig.Dispose();
    }

    private void Add(string name, Func<Worker, Action<int>> loop) => _subjects.Add(new Subject(name, new Side(loop(_one)), new Side(loop(_two))));

    private void Prepare()
    {
        foreach (Subject subject in (Subject[])[_first, _last, .. _subjects])
        {
            bool bulk = subject.Name.Contains("bulk", StringComparison.Ordinal);
            if (bulk) { subject.WithSlices(BulkSlice, _options.Frames / 4 / BulkSlice); }
            subject.Prepare(_options.Rounds, SlicesPerRound, _options.SliceUs, partner: null);
        }
    }

    // Calls count towards the tiers; the pauses let the background compiler work and new counts begin.
    private void Warm()
    {
        for (int pass = 0; pass < WarmPasses; pass++)
        {
            for (int call = 0; call < WarmCalls; call++)
            {
                foreach (Subject subject in _subjects) { subject.Warm(WarmOperations, partner: null); }
            }
            Thread.Sleep(TierPauseMs);
        }
    }
}
