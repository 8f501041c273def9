using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>Taking folios off the LRU for oneself, and putting them back.</summary>
internal sealed class LruIsolation(EngineBase engine, LruVecs lru, LruBatches batches, Folios folios)
{
    /// <summary>folio_isolate_lru: the caller has a reference; true: it has another one, of isolation, and owns the linkage. Counts nr_isolated.</summary>
    public bool TryIsolate(TaskId task, Pfn head) => throw new InvalidOperationException("stub");

    /// <summary>As a scanner does: no reference yet. Takes one unless the count is zero, rejects tails, then the Lru bit. True: that reference is the isolation's.</summary>
    public bool TryIsolateSpeculatively(TaskId task, Pfn pfn) => throw new InvalidOperationException("stub");

    /// <summary>putback_lru_page: through the add batch, then drops the isolation reference. Un-counts nr_isolated.</summary>
    public void Putback(TaskId task, Pfn head) => throw new InvalidOperationException("stub");

    /// <summary>The isolated folio is gone or moved: counts it off nr_isolated. <paramref name="flags"/> are those it was isolated with.</summary>
    public void CountOff(TaskId task, Pfn head) => throw new InvalidOperationException("stub");
}
