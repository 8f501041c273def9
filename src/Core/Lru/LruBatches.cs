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
internal sealed class LruBatches(EngineBase engine, LruVecs lru, Folios folios)
{
    /// <summary>Queues a request for the folio on the caller's CPU; the caller keeps its own reference. Flushes when full, large, or the cache is disabled.</summary>
    public void Queue(TaskId task, Pfn head, BatchKind kind) => throw new InvalidOperationException("stub");

    /// <summary>folio_add_lru: a new folio, or one put back. Never lost.</summary>
    public void Add(TaskId task, Pfn head) => Queue(task, head, BatchKind.Add);

    /// <summary>Flushes all batches of a CPU under its batch guard, in the order add, rotate, deactivate file, deactivate, lazy free, activate.</summary>
    public void DrainCpu(TaskId task, CpuId cpu) => throw new InvalidOperationException("stub");

    /// <summary>Entries parked on a CPU now, all batches together. A hint: read without the guard.</summary>
    public int ParkedOn(CpuId cpu) => throw new InvalidOperationException("stub");

    /// <summary>Each entry that is parked, for audits.</summary>
    public void ForEachAtRest(Action<CpuId, BatchKind, Pfn> entry) => throw new InvalidOperationException("stub");
}
