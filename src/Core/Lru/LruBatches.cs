using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>What a flush does to the folios of a batch. Section 1.1 of the batch reference.</summary>
internal enum BatchKind
{
    Add,
    Rotate,
    DeactivateFile,
    Deactivate,
    LazyFree,
    Activate,
    Count,
}

/// <summary>The per-CPU folio batches. Each entry owns one reference, taken before it is stored and dropped after the flush.</summary>
/// <remarks>
/// The batches of a CPU are used under its batch guard, a real lock as on real-time kernels: it does not matter that a task may have been
/// moved away between reading its CPU and owning that CPU's guard, nor who drains. Only the number of parked entries is read without it.
/// </remarks>
internal sealed partial class LruBatches(EngineBase engine, LruVecs lru, Folios folios)
{
    private const int Kinds = (int)BatchKind.Count;
    private const int ParkedWord = 0;
    private const int FirstCount = 1;
    private const int EntriesPerLinePair = 32;

    private readonly CpuGuards _guards = new(engine.Arena, "batch", "batch_task", engine.Cpus.Cpus, engine.Cpus.Tasks, engine.Cpus.EntriesToOwn, engine.Ranks, LockRank.Batch);

    // (B) entries of all batches together, then of each.
    private readonly WordRows _cpus = new(engine.Arena, "batches", engine.Cpus.Cpus, WordRows.LinePair,
        "parked", "add_count", "rotate_count", "deactivate_file_count", "deactivate_count", "lazyfree_count", "activate_count");

    // (B) frame number plus one; negative: frozen by the flush that is under way. 0 above the count.
    private readonly Column<int> _entries = engine.Arena.Add<int>("batch_entry", engine.Cpus.Cpus * Kinds * StrideFor(lru.Options.BatchCapacity), ColumnKind.State);

    private readonly PaddedColumn<int> _disabled = engine.Arena.AddPadded<int>("lru_disable_count", 1, ColumnKind.State); // (A) who wants no folio parked
    private readonly FrameTable _frames = engine.Frames;
    private readonly EventCounters _events = engine.Events;
    private readonly CpuSlots _cpuSlots = engine.Cpus;
    private readonly FolioLinks _links = lru.Links;
    private readonly RefLedger _ledger = engine.Ledger;
    private readonly int _capacity = lru.Options.BatchCapacity;
    private readonly int _stride = StrideFor(lru.Options.BatchCapacity);

    public LruOptions Options => lru.Options;

    /// <summary>Above zero while somebody wants no folio parked. Changed by <see cref="LruDrain"/> alone.</summary>
    public ref int DisableCount => ref _disabled[0];

    /// <summary>Queues a request for the folio on the caller's CPU; the caller keeps its own reference. Flushes when full, large, or the cache is disabled.</summary>
    /// <remarks>Blocking on who drains the CPU. Not under an lru lock or a CPU guard.</remarks>
    public void Queue(TaskId task, Pfn head, BatchKind kind) => Park(task, head, kind, owned: false);

    /// <summary>folio_add_lru: a new folio, or one put back. Never lost.</summary>
    public void Add(TaskId task, Pfn head) => Queue(task, head, BatchKind.Add);

    /// <summary>As <see cref="Add"/>; the caller's reference becomes the batch's. The folio is not the caller's to touch after that.</summary>
    public void AddOwned(TaskId task, Pfn head) => Park(task, head, BatchKind.Add, owned: true);

    /// <summary>Flushes all batches of a CPU under its batch guard, in the order add, rotate, deactivate file, deactivate, lazy free, activate.</summary>
    /// <remarks>Takes the guard away from its owner, unless that is the caller.</remarks>
    public void DrainCpu(TaskId task, CpuId cpu)
    {
        CpuSection section = _guards.EnterAny(task, cpu);
        for (BatchKind kind = 0; kind < BatchKind.Count; kind++) { FlushLocked(task, cpu, kind); }
        _guards.Leave(task, section);
    }

    /// <summary>Makes a task the owner of the batches of a CPU, at set-up.</summary>
    public void PlaceOwner(TaskId task, CpuId cpu) => _guards.PlaceOwner(task, cpu);

    /// <summary>Waits until whoever is inside the guard of the CPU has left it. Blocking on that task.</summary>
    public void AwaitGuard(TaskId task, CpuId cpu) => _guards.Leave(task, _guards.EnterRemote(task, cpu));

    /// <summary>Entries parked on a CPU now, all batches together. A hint: read without the guard.</summary>
    /// <remarks>Zero says that what was parked before has been flushed and its references dropped.</remarks>
    public int ParkedOn(CpuId cpu) => Atomic.Load(ref _cpus[cpu.Value, ParkedWord]);

    /// <summary>True while somebody owns the batch guard of the CPU. Between steps only.</summary>
    public bool IsInsideAtRest(CpuId cpu) => !_guards.IsIdle(cpu);

    /// <summary>Each entry that is parked, for audits.</summary>
    public void ForEachAtRest(Action<CpuId, BatchKind, Pfn> entry)
    {
        for (int cpu = 0; cpu < engine.Cpus.Cpus; cpu++)
        {
            for (BatchKind kind = 0; kind < BatchKind.Count; kind++)
            {
                int count = _cpus[cpu, FirstCount + (int)kind];
                for (int i = 0; i < count; i++) { entry(new CpuId(cpu), kind, new Pfn(EntriesOf(new CpuId(cpu), kind)[i] - 1)); }
            }
        }
    }

    /// <summary>Reports a guard that is taken, and counts that contradict each other or the entries.</summary>
    public void AuditAtRest(Action<ViolationKind, int, string> report)
    {
        for (int cpu = 0; cpu < engine.Cpus.Cpus; cpu++)
        {
            if (!_guards.IsIdle(new CpuId(cpu))) { report(ViolationKind.StuckState, -1, $"the batch guard of CPU {cpu} is taken"); }
            int sum = 0;
            for (BatchKind kind = 0; kind < BatchKind.Count; kind++) { sum += AuditBatch(report, new CpuId(cpu), kind); }
            int parked = _cpus[cpu, ParkedWord];
            if (parked != sum) { report(ViolationKind.CounterMismatch, -1, $"CPU {cpu} says {parked} parked folios, its batches have {sum}"); }
            if (sum != 0 && DisableCount != 0) { report(ViolationKind.StuckState, -1, $"CPU {cpu} parks {sum} folios while batches are disabled"); }
        }
    }

    private int AuditBatch(Action<ViolationKind, int, string> report, CpuId cpu, BatchKind kind)
    {
        int count = _cpus[cpu.Value, FirstCount + (int)kind];
        for (int i = 0; i < lru.Options.BatchCapacity; i++)
        {
            int entry = EntriesOf(cpu, kind)[i];
            bool fits = i < count ? (uint)(entry - 1) < (uint)engine.Frames.Frames : entry == 0;
            if (!fits) { report(ViolationKind.StaleEntry, -1, $"entry {i} of {count} in batch {kind} of CPU {cpu.Value} is {entry}"); }
        }
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Park(TaskId task, Pfn head, BatchKind kind, bool owned)
    {
        if (!owned) { _frames.Ref(head).Get(); }
        CpuSection section = _guards.Enter(task, _cpuSlots.CpuOf(task));
        CpuId cpu = section.Cpu;
        _ledger.Take(task, head, RefHolder.Batch);
        WordRow row = _cpus.Row(cpu.Value);
        ref int count = ref row[FirstCount + (int)kind];
        int parked = Atomic.PlainLoad(ref count);
        Atomic.PlainStore(ref EntriesOf(cpu, kind)[parked], head.Value + 1);
        Atomic.PlainStore(ref count, ++parked);
        ref int all = ref row[ParkedWord];
        Atomic.Store(ref all, Atomic.PlainLoad(ref all) + 1);

        // Pairs with LruDrain.Disable: it raises the count before it takes this guard, so who enters later sees it, and who entered before is drained.
        if (parked == _capacity || _frames.OrderOf(head) > 0 || Atomic.Load(ref DisableCount) != 0)
        {
            FlushLocked(task, cpu, kind);
        }
        _guards.Leave(task, section);
    }

    private Span<int> EntriesOf(CpuId cpu, BatchKind kind) => _entries.Row(((cpu.Value * Kinds) + (int)kind) * _stride, _capacity);

    // Two CPUs share no line pair; under exploration lines mean nothing.
    private static int StrideFor(int capacity) =>
        Seam.Exploring ? capacity : (capacity + EntriesPerLinePair - 1) / EntriesPerLinePair * EntriesPerLinePair;
}
