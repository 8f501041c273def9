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
internal sealed partial class LruBatches(EngineBase engine, LruVecs lru, Folios folios, CpuGuards guards)
{
    private const int Kinds = (int)BatchKind.Count;
    private const int EntriesPerLinePair = 32;
    private const int CountBits = 8;
    private const ulong CountMask = (1UL << CountBits) - 1;

    // (B) entries of each batch, a byte for each; all six are read at once without the guard.
    private readonly Column<ulong> _parked = engine.Arena.Add<ulong>("batch_parked", engine.Cpus.Cpus * ParkedStride, ColumnKind.State);

    // (B) frame number plus one; negative: frozen by the flush that is under way. 0 above the count.
    private readonly Column<int> _entries = engine.Arena.Add<int>("batch_entry", engine.Cpus.Cpus * Kinds * StrideFor(lru.Options.BatchCapacity), ColumnKind.State);

    private readonly PaddedColumn<int> _disabled = engine.Arena.AddPadded<int>("lru_disable_count", 1, ColumnKind.State); // (A) who wants no folio parked
    private readonly FrameTable _frames = engine.Frames;
    private readonly FolioWords _words = engine.Frames.Words;
    private readonly EventCounters _events = engine.Events;
    private readonly LockRanks _ranks = engine.Ranks;
    private readonly CpuOwners _owners = guards.Owners;
    private readonly CpuOwners _places = engine.Cpus.Owners;
    private readonly FolioLinks _links = lru.Links;
    private readonly RefLedger _ledger = engine.Ledger;
    private readonly int _capacity = CheckedCapacity(lru.Options);
    private readonly int _stride = StrideFor(lru.Options.BatchCapacity);
    private readonly int _strideOfCpu = StrideFor(lru.Options.BatchCapacity) * Kinds;

    public LruBatches(EngineBase engine, LruVecs lru, Folios folios)
        : this(engine, lru, folios, GuardsOf(engine))
    {
    }

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
        CpuSection section = guards.EnterAny(task, cpu);
        for (BatchKind kind = 0; kind < BatchKind.Count; kind++) { FlushLocked(task, cpu, kind); }
        Leave(task, section);
    }

    /// <summary>Makes a task the owner of the batches of a CPU, at set-up.</summary>
    public void PlaceOwner(TaskId task, CpuId cpu) => guards.PlaceOwner(task, cpu);

    /// <summary>Waits until whoever is inside the guard of the CPU has left it. Blocking on that task.</summary>
    public void AwaitGuard(TaskId task, CpuId cpu) => guards.Leave(task, guards.EnterRemote(task, cpu));

    /// <summary>Entries parked on a CPU now, all batches together. A hint: read without the guard.</summary>
    /// <remarks>Zero says that what was parked before has been flushed and its references dropped.</remarks>
    public int ParkedOn(CpuId cpu)
    {
        ulong parked = Atomic.Load(ref ParkedOf(cpu));
        int sum = 0;
        for (; parked != 0; parked >>= CountBits) { sum += (int)(parked & CountMask); }
        return sum;
    }

    /// <summary>True while somebody owns the batch guard of the CPU. Between steps only.</summary>
    public bool IsInsideAtRest(CpuId cpu) => !guards.IsIdle(cpu);

    /// <summary>Each entry that is parked, for audits.</summary>
    public void ForEachAtRest(Action<CpuId, BatchKind, Pfn> entry)
    {
        for (int cpu = 0; cpu < engine.Cpus.Cpus; cpu++)
        {
            for (BatchKind kind = 0; kind < BatchKind.Count; kind++)
            {
                int count = CountIn(ParkedOf(new CpuId(cpu)), kind);
                for (int i = 0; i < count; i++) { entry(new CpuId(cpu), kind, new Pfn(EntriesOf(new CpuId(cpu), kind)[i] - 1)); }
            }
        }
    }

    /// <summary>Reports a guard that is taken, and counts that contradict each other or the entries.</summary>
    public void AuditAtRest(Action<ViolationKind, int, string> report)
    {
        for (int cpu = 0; cpu < engine.Cpus.Cpus; cpu++)
        {
            if (!guards.IsIdle(new CpuId(cpu))) { report(ViolationKind.StuckState, -1, $"the batch guard of CPU {cpu} is taken"); }
            int sum = 0;
            for (BatchKind kind = 0; kind < BatchKind.Count; kind++) { sum += AuditBatch(report, new CpuId(cpu), kind); }
            if (ParkedOf(new CpuId(cpu)) >> (Kinds * CountBits) != 0) { report(ViolationKind.CounterMismatch, -1, $"CPU {cpu} counts folios of a batch that there is not"); }
            if (sum != 0 && DisableCount != 0) { report(ViolationKind.StuckState, -1, $"CPU {cpu} parks {sum} folios while batches are disabled"); }
        }
    }

    private int AuditBatch(Action<ViolationKind, int, string> report, CpuId cpu, BatchKind kind)
    {
        int count = CountIn(ParkedOf(cpu), kind);
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
        FolioWord word = _words[head];
        if (!owned) { word.Get(); }
        if (!_owners.TryEnter(task, _places, out CpuSection section))
        {
            ParkShared(task, head, kind);
            return;
        }
        if (Seam.Checked) { _ranks.Take(task, LockRank.Batch); }
        ParkLocked(task, head, kind, section, word);
    }

    // The batches have another owner, or none yet.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ParkShared(TaskId task, Pfn head, BatchKind kind) =>
        ParkLocked(task, head, kind, guards.Enter(task, _places.CpuOf(task)), _words[head]);

    // Leaves the section.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ParkLocked(TaskId task, Pfn head, BatchKind kind, CpuSection section, FolioWord word)
    {
        if (Seam.NotesHolders) { _ledger.Take(task, head, RefHolder.Batch); }
        ref ulong counts = ref ParkedOf(section.Cpu);
        ulong parked = Atomic.PlainLoad(ref counts);
        int count = CountIn(parked, kind);
        Atomic.PlainStore(ref _entries[FirstOf(section.Cpu, kind) + count], head.Value + 1);
        Atomic.Store(ref counts, parked + (1UL << ShiftOf(kind)));

        // Pairs with LruDrain.Disable: it raises the count before it takes this guard, so who enters later sees it, and who entered before is drained.
        if (count + 1 >= _capacity || word.IsLarge || Atomic.Load(ref _disabled.First) != 0) { FlushLocked(task, section.Cpu, kind); }
        Leave(task, section);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Leave(TaskId task, CpuSection section)
    {
        if (Seam.Checked) { _ranks.Drop(task, LockRank.Batch); }
        CpuOwners.Leave(section);
    }

    private static int ParkedStride => Seam.Exploring ? 1 : WordRows.LinePair * sizeof(int) / sizeof(ulong);

    private static int ShiftOf(BatchKind kind) => (int)kind * CountBits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CountIn(ulong parked, BatchKind kind) => (int)((parked >> ShiftOf(kind)) & CountMask);

    private static int CheckedCapacity(LruOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.BatchCapacity, (int)CountMask, nameof(options));
        return options.BatchCapacity;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref ulong ParkedOf(CpuId cpu) => ref _parked[cpu.Value * ParkedStride];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int FirstOf(CpuId cpu, BatchKind kind) => (cpu.Value * _strideOfCpu) + ((int)kind * _stride);

    private Span<int> EntriesOf(CpuId cpu, BatchKind kind) => _entries.Row(FirstOf(cpu, kind), _capacity);

    private static CpuGuards GuardsOf(EngineBase engine) =>
        new(engine.Arena, "batch", "batch_task", engine.Cpus.Cpus, engine.Cpus.Tasks, engine.Cpus.EntriesToOwn, engine.Ranks, LockRank.Batch);

    // Two CPUs share no line pair; under exploration lines mean nothing.
    private static int StrideFor(int capacity) =>
        Seam.Exploring ? capacity : (capacity + EntriesPerLinePair - 1) / EntriesPerLinePair * EntriesPerLinePair;
}
