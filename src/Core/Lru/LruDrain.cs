using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>Drains of the batches: the caller's CPU, all CPUs, and the switch that keeps batches empty.</summary>
/// <remarks>
/// A drain of another CPU is asked for in one word of that CPU: none, asked, taken. A task of the CPU takes the request at one of its
/// boundaries; if none does in time, the requester takes it back and drains the CPU itself, under its batch guard. So an idle CPU, or one
/// whose task sleeps, is drained too, and nobody waits but for a drain that is under way.
/// </remarks>
internal sealed class LruDrain(EngineBase engine, LruBatches batches, IDoorbell bell)
{
    private const int None = 0;
    private const int Asked = 1;
    private const int Taken = 2;

    private readonly PaddedColumn<int> _lock = engine.Arena.AddPadded<int>("drain_all_lock", 1, ColumnKind.State); // one all-CPU drain at a time
    private readonly PaddedColumn<int> _requests = engine.Arena.AddPadded<int>("drain_request", engine.Cpus.Cpus, ColumnKind.State); // (A)

    // (D) Scans begun. Only equality with a value read a moment ago is asked for, but a run has few drains: hashing it as it is costs little.
    private readonly PaddedColumn<int> _generation = engine.Arena.AddPadded<int>("drain_generation", 1, ColumnKind.State);

    /// <summary>lru_add_drain.</summary>
    public void DrainLocal(TaskId task)
    {
        batches.DrainCpu(task, engine.Cpus.CpuOf(task));
        engine.Events.Count(task, EventCounter.LruLocalDrain);
    }

    /// <summary>lru_add_drain_all: what was parked before the call has been flushed, and its references dropped, when it returns.</summary>
    /// <remarks>
    /// Blocking on the all-CPU drain that is under way, and on drains of single CPUs. A caller that comes while another one is about to scan
    /// shares its scan, unless <paramref name="force"/>. May be called with folio locks held, not with a spinning one.
    /// </remarks>
    public void DrainAll(TaskId task, bool force = false)
    {
        // Pairs with LruDrain.PostAll: a full fence, and the read, in one, so what this task parked or saw parked comes before it.
        int before = Atomic.Add(ref _generation[0], 0);
        DrainLocal(task);
        WordLock all = new(ref _lock[0], engine.Ranks, LockRank.DrainAll);
        all.Lock(task);
        if (Atomic.Load(ref _generation[0]) != before && !force)
        {
            all.Unlock(task);
            engine.Events.Count(task, EventCounter.LruDrainAllShared);
            return;
        }
        PostAll();
        CollectAll(task);
        all.Unlock(task);
        engine.Events.Count(task, EventCounter.LruDrainAll);
    }

    /// <summary>True when a drain of this CPU is asked for: looked at by a running task at its boundaries.</summary>
    public bool IsWanted(CpuId cpu) => Atomic.Load(ref _requests[cpu.Value]) == Asked;

    /// <summary>Serves a request for the CPU, if there is one. True: it did. The caller holds no lock that a flush needs.</summary>
    public bool Serve(TaskId task, CpuId cpu)
    {
        ref int request = ref _requests[cpu.Value];
        if (Atomic.Load(ref request) != Asked || Atomic.CompareExchange(ref request, Taken, Asked) != Asked) { return false; }
        if (Plant.Is(PlantedBug.DrainAcknowledgesEarly)) { Atomic.Store(ref request, None); }
        batches.DrainCpu(task, cpu);

        // Pairs with LruDrain.CollectAll: the requester goes on when the batches have been flushed.
        if (!Plant.Is(PlantedBug.DrainAcknowledgesEarly)) { Atomic.Store(ref request, None); }
        engine.Events.Count(task, EventCounter.LruDrainServed);
        return true;
    }

    /// <summary>lru_cache_disable: after return and until the last <see cref="Enable"/> a batch is non-empty only inside a guard. Nests.</summary>
    /// <remarks>Blocking as <see cref="DrainAll"/>, and on each CPU's guard once: that is the grace period.</remarks>
    public void Disable(TaskId task)
    {
        Atomic.Add(ref batches.DisableCount, 1);

        // Pairs with LruBatches.Queue: who is inside a guard and read the old count leaves before we own it, who comes after us reads the new one.
        // Needed since it parks and then reads without a fence between: its read may be older than what the scan below sees of its batch.
        for (int cpu = 0; cpu < engine.Cpus.Cpus; cpu++) { batches.AwaitGuard(task, new CpuId(cpu)); }
        DrainAll(task, force: true);
        engine.Events.Count(task, EventCounter.LruCacheDisabled);
    }

    /// <summary>Takes one <see cref="Disable"/> back. Wait-free.</summary>
    public void Enable(TaskId task)
    {
        _ = task;
        int now = Atomic.Add(ref batches.DisableCount, -1);
        Bug.If(now < 0, ViolationKind.CounterMismatch, "batches enabled more often than disabled");
    }

    /// <summary>Reports a lock that is taken and a request that nobody served.</summary>
    public void AuditAtRest(Action<ViolationKind, int, string> report)
    {
        if (_lock[0] != 0) { report(ViolationKind.StuckState, -1, "the all-CPU drain is locked"); }
        for (int cpu = 0; cpu < engine.Cpus.Cpus; cpu++)
        {
            if (_requests[cpu] != None) { report(ViolationKind.StuckState, -1, $"CPU {cpu} has a drain request that nobody finished"); }
        }
    }

    private void PostAll()
    {
        // Pairs with LruDrain.DrainAll and LruBatches.FlushLocked: raised, with a full fence, before the first count is read, so a caller that read
        // the old value has its counts seen below, and one that reads the new value relies on the next scan only.
        Atomic.Add(ref _generation[0], 1);
        int cpus = Plant.Is(PlantedBug.DrainSkipsCpu) ? engine.Cpus.Cpus - 1 : engine.Cpus.Cpus;
        for (int c = 0; c < cpus; c++)
        {
            CpuId cpu = new(c);
            if (batches.ParkedOn(cpu) == 0) { continue; }
            Atomic.Store(ref _requests[c], Asked);
            bell.Ring(cpu);
        }
    }

    private void CollectAll(TaskId task)
    {
        int own = engine.Cpus.CpuOf(task).Value;
        for (int cpu = 0; cpu < engine.Cpus.Cpus; cpu++)
        {
            ref int request = ref _requests[cpu];
            int polls = cpu == own ? 0 : batches.Options.DrainPolls;
            int spins = 0;
            int seen = Atomic.Load(ref request);
            while (seen == Asked && polls-- > 0)
            {
                Atomic.Retry(ref spins);
                seen = Atomic.Load(ref request);
            }

            // Pairs with LruDrain.Serve: a request is taken once, by a task of the CPU or back by who posted it.
            if (seen == Asked) { seen = Atomic.CompareExchange(ref request, None, Asked); }
            if (seen == Asked)
            {
                batches.DrainCpu(task, new CpuId(cpu));
                engine.Events.Count(task, EventCounter.LruDrainStolen);
            }
            else if (seen == Taken) { Atomic.SpinWhile(ref request, Taken, ref spins); }
        }
    }
}
