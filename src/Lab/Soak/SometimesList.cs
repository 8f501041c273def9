using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>A state that the run must, or may, reach: otherwise it has not tested what it claims to test.</summary>
internal sealed record SometimesState(string Name, bool Required, Func<long> Seen);

/// <summary>The states of a run, by its workloads, thread count and chaos.</summary>
internal sealed partial class SometimesList
{
    private readonly List<SometimesState> _states = [];
    private readonly EventCounters _events;
    private readonly Func<Sighting, long> _sightings;
    private readonly IReadOnlyList<string> _mustReach;
    private readonly IReadOnlyDictionary<string, long> _earlier;

    /// <param name="workloads">Single ones.</param>
    /// <param name="threads">Workers: some states need two or three.</param>
    /// <param name="chaos">Some need disturbance.</param>
    /// <param name="events">The engine's counts.</param>
    /// <param name="sightings">What workloads saw, all workers together.</param>
    /// <param name="mustReach">Optional states that are required here.</param>
    /// <param name="earlier">How often earlier parts of the run saw each.</param>
    public SometimesList(IReadOnlyList<string> workloads, int threads, ChaosLevel chaos, EventCounters events, Func<Sighting, long> sightings,
        IReadOnlyList<string>? mustReach = null, IReadOnlyDictionary<string, long>? earlier = null)
    {
        _mustReach = mustReach ?? [];
        _earlier = earlier ?? new Dictionary<string, long>();
        _events = events;
        _sightings = sightings;
        bool several = threads > 1;
        if (workloads.Contains(WorkloadList.LockStorm)) { AddLocks(several, threads > 2); }
        if (workloads.Contains(WorkloadList.AllocStorm)) { AddAllocator(several); }
        if (workloads.Contains(WorkloadList.RefStorm)) { AddReferences(several); }
        AddEngine(workloads, several, chaos);
        if (chaos != ChaosLevel.Off) { Add("task moved to another cpu", several, EventCounter.CpuMoves); }
    }

    public int Total => _states.Count(s => s.Required);

    public int Reached => _states.Count(s => s.Required && s.Seen() > 0);

    public IReadOnlyList<string> Missing => [.. _states.Where(s => s.Required && s.Seen() == 0).Select(s => s.Name)];

    public IReadOnlyList<SometimesState> All => _states;

    /// <summary>Counts without those of earlier parts.</summary>
    public IEnumerable<KeyValuePair<string, long>> SeenInThisPart => _states.Select(s => new KeyValuePair<string, long>(s.Name, s.Seen() - Earlier(s.Name)));

    private void AddLocks(bool several, bool crowd)
    {
        Add("waiter slept", several, EventCounter.WaiterSlept);
        Add("lock handed off", several, EventCounter.LockHandedOff);
        Add("waiter robbed of the lock", several, EventCounter.LockRobbed);
        Add("waiter cancelled", several, EventCounter.LockCancelled);
        Add("waiter timed out", several, EventCounter.LockTimedOut);
        Add("bucket shared by two folios with waiters", crowd, EventCounter.BucketCollision);
        Add("wake passed on by a cancelled waiter", false, EventCounter.LockWakePassedOn);
        Add("folio of a colliding bucket locked", true, Sighting.CollidingLocked);
        Add("folio of the host locked", false, Sighting.ImportedLocked);
    }

    private void AddAllocator(bool several)
    {
        Add("per-cpu list refilled", true, EventCounter.PcpRefill);
        Add("per-cpu list flushed", true, EventCounter.PcpFlush);
        Add("tree reserved", true, EventCounter.TreeReserved);
        Add("tree stolen", false, EventCounter.TreeStolen);
        Add("frames freed to a tree that another cpu has reserved", false, EventCounter.RemoteFree);
        Add("block claimed for another type", false, EventCounter.BlockClaimed);
        Add("guard of the cpu busy", false, EventCounter.PcpBypass);
        Add("order 10 allocated", false, Sighting.Order10Allocated);
        Add("memory exhausted", true, Sighting.MemoryExhausted);
        Add("block freed by another task than the one that got it", several, Sighting.FreedForOther);
        Add("per-cpu lists drained on request", true, Sighting.DrainServed);
    }

    private void AddReferences(bool several)
    {
        Add("try-get refused on a dead or frozen frame", several, Sighting.TryGetOnDeadFrame);
        Add("try-get met another life of the frame", false, Sighting.TryGetInOtherLife);
        Add("freeze succeeded", true, Sighting.FreezeDone);
        Add("freeze refused", several, Sighting.FreezeRefused);
        Add("last put by another task", several, Sighting.LastPutByOther);
    }

    private void Add(string name, bool required, EventCounter counter) => Add(name, required, () => _events.Sum(counter));

    private void Add(string name, bool required, Sighting sighting) => Add(name, required, () => _sightings(sighting));

    private void Add(string name, bool required, Func<long> seen) =>
        _states.Add(new(name, required || _mustReach.Contains(name), () => seen() + Earlier(name)));

    private long Earlier(string name) => _earlier.GetValueOrDefault(name);
}
