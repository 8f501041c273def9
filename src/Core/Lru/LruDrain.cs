using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>Drains of the batches: the caller's CPU, all CPUs, and the switch that keeps batches empty.</summary>
internal sealed class LruDrain(EngineBase engine, LruBatches batches, IDoorbell bell)
{
    /// <summary>lru_add_drain.</summary>
    public void DrainLocal(TaskId task) => throw new InvalidOperationException("stub");

    /// <summary>lru_add_drain_all, with its generation; request and acknowledgement are words here, the bell only wakes an idle owner.</summary>
    public void DrainAll(TaskId task, bool force = false) => throw new InvalidOperationException("stub");

    /// <summary>True when a drain of this CPU is asked for: looked at by a running task at its boundaries.</summary>
    public bool IsWanted(CpuId cpu) => throw new InvalidOperationException("stub");

    /// <summary>Serves a request for the CPU, if there is one. True: it did.</summary>
    public bool Serve(TaskId task, CpuId cpu) => throw new InvalidOperationException("stub");

    /// <summary>lru_cache_disable: after return and until the last <see cref="Enable"/> a batch is non-empty only inside a guard. Nests.</summary>
    public void Disable(TaskId task) => throw new InvalidOperationException("stub");

    public void Enable(TaskId task) => throw new InvalidOperationException("stub");
}
