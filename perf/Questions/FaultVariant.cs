using System.Diagnostics;
using MemCore.Engine;
using MemCore.Lab.Scenarios;
using MemCore.Mapping;
using MemCore.Perf.Measuring;
using MemCore.Primitives;

namespace MemCore.Perf.Questions;

/// <summary>A machine with the policies of one variant of thread 001: one thread migrates page after page, the other faults on the page that is being moved.</summary>
internal sealed class FaultVariant : IDisposable
{
    private const int Frames = 1 << 16;
    private const int Pages = 64;
    private const int TimesKept = 1 << 16;
    private const int Over = -1;

    private static readonly TaskId s_migrator = new(0);
    private static readonly TaskId s_faulter = new(1);
    private static readonly double s_nsPerTick = 1e9 / Stopwatch.Frequency;

    private readonly MachineRig _rig;
    private readonly MmId _mm;
    private readonly int _root;
    private readonly double[] _times = new double[TimesKept];
    private readonly int[] _page = new int[64]; // the one in the middle is used: on a line of its own
    private readonly List<double> _medians = [];
    private readonly Action<int> _migrate;
    private readonly Action<int> _fault;
    private int _waits;
    private int _moved;
    private int _refused;
    private int _last;
    private long _allSlices;
    private double _allWaits;
    private double _allMoved;
    private double _allRefused;
    private double _allWasted;
    private double _seconds;

    public FaultVariant(string id, string slug)
    {
        Id = id;
        _migrate = Migrate;
        _fault = Fault;
        if (!ProtocolCatalogue.TryFind($"migration-entry-wait/{slug}", out Protocol? protocol, out string complaint)) { throw new InvalidOperationException(complaint); }
        MachineOptions options = MachineRig.Sized(Frames, tasks: 2) with { Policy = protocol.Migration, Waiting = protocol.Waiting };
        _rig = new MachineRig(options);
        _mm = _rig.NewMm(Pages);
        _root = _rig.Machine.Mms.RootOf(_mm);
        _rig.Touch(s_migrator, _mm, 0, Pages);
    }

    public string Id { get; }

    /// <summary>Medians of the slices: ns of a fault that met an entry and waited for it to go.</summary>
    public IReadOnlyList<double> MediansNs => _medians;

    public long AllocatedBytes { get; private set; }

    /// <summary>What happened besides, over all slices.</summary>
    public IReadOnlyDictionary<string, double> More => new Dictionary<string, double>
    {
        ["waitsPerSecond"] = _allWaits / _seconds,
        ["migrationsPerSecond"] = _allMoved / _seconds,
        ["failedPerCall"] = _allRefused / Math.Max(_allMoved + _allRefused, 1),
        ["passesWastedPerCall"] = _allWasted / Math.Max(_allMoved + _allRefused, 1),
        ["slices"] = _allSlices,
    };

    private long Wasted => _rig.Machine.Events.Sum(EventCounter.MigratePassesWasted);

    /// <summary>One slice of so many calls of the migrator, on both threads. Without a partner there is nobody to fault.</summary>
    public void Run(Partner partner, int calls, bool measured)
    {
        Volatile.Write(ref Current, 0);
        (_waits, _moved, _refused) = (0, 0, 0);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long wasted = Wasted;
        long start = Stopwatch.GetTimestamp();
        partner.RunBoth(_migrate, _fault, calls);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (!measured) { return; }
        AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - allocated + partner.AllocatedBytes;
        _seconds += seconds;
        _allSlices++;
        _allMoved += _moved;
        _allRefused += _refused;
        _allWaits += _waits;
        _allWasted += Wasted - wasted;
        int kept = Math.Min(_waits, TimesKept);
        if (kept == 0) { return; }
        Array.Sort(_times, 0, kept);
        _medians.Add(_times[kept / 2]);
    }

    public void Dispose() => _rig.Dispose();

    private ref int Current => ref _page[_page.Length / 2];

    private void Migrate(int n)
    {
        int page = _last;
        int moved = 0;
        for (int i = 0; i < n; i++)
        {
            page = (page + 1) % Pages;
            Volatile.Write(ref Current, page);
            if (_rig.TryMigrate(s_migrator, _root, page)) { moved++; }
        }
        (_last, _moved, _refused) = (page, moved, n - moved);
        Volatile.Write(ref Current, Over);
    }

    // Only a fault that had to wait asks for the access to start anew.
    private void Fault(int n)
    {
        _ = n;
        int waits = 0;
        int page;
        while ((page = Volatile.Read(ref Current)) != Over)
        {
            long start = Stopwatch.GetTimestamp();
            FaultResult result = _rig.Machine.Faults.Fault(s_faulter, _mm, page, write: true);
            long end = Stopwatch.GetTimestamp();
            if (result == FaultResult.Retry) { _times[waits++ % TimesKept] = (end - start) * s_nsPerTick; }
        }
        _waits = waits;
    }
}
