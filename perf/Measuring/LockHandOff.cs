using MemCore.Allocation;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Perf.Measuring;

/// <summary>Two threads that wake each other by folio locks. Waiters of this engine do not spin first, so every wake is one of a sleeper.</summary>
/// <remarks>
/// The first thread owns two of three folios, the second one the third. Each gives one and sleeps for one that the other has, in a circle:
/// nobody asks for a folio that he gave until the other has had it, so no wake is stolen.
/// </remarks>
internal sealed class LockHandOff : IDisposable
{
    private const int Frames = 1 << 12;
    private const int Folios = 3;

    private static readonly TaskId s_one = new(0);
    private static readonly TaskId s_two = new(1);

    private readonly EngineRig _rig = new(Frames, tasks: 2, new WaitOptions { SpinAttempts = 0 });
    private readonly Pfn[] _circle;

    public LockHandOff()
    {
        _circle = [.. Enumerable.Range(0, Folios).Select(_ => _rig.Allocator.Allocate(s_one, 0, MigrateType.Unmovable))];
        _rig.Locks.Lock(s_one, _circle[0]);
        _rig.Locks.Lock(s_one, _circle[1]);
        _rig.Locks.Lock(s_two, _circle[2]);
    }

    /// <summary>Waiters that nobody woke. At rest.</summary>
    public int Forgotten => _rig.Waiters.QueuedAtRest();

    /// <summary>How often a waiter went to sleep.</summary>
    public long Sleeps => _rig.Events.Sum(EventCounter.WaiterSlept);

    public WakeTimes NewTimes() => new(
        turn => _rig.Locks.Unlock(s_one, _circle[turn % Folios]),
        turn => _rig.Locks.Lock(s_one, _circle[(turn + 2) % Folios]),
        turn => _rig.Locks.Unlock(s_two, _circle[(turn + 2) % Folios]),
        turn => _rig.Locks.Lock(s_two, _circle[turn % Folios]));

    public void Dispose() => _rig.Dispose();
}
