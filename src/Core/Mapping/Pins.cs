using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>GUP pins: a reference on the frame behind a page that outlives the mapping. An order-0 pin counts 1,024.</summary>
internal sealed class Pins(EngineBase engine, Mms mms, PageTables tables, PageFaults faults, Folios folios)
{
    public const int Bias = 1024;

    /// <summary>Pins the page's folio: fast without a lock, else by a fault. Pfn.None: refused or no memory.</summary>
    public Pfn TryPin(TaskId task, MmId mm, long page, bool write) => throw new InvalidOperationException("stub");

    public void Unpin(TaskId task, Pfn folio) => throw new InvalidOperationException("stub");

    /// <summary>folio_maybe_dma_pinned: the count says that somebody may have pinned it.</summary>
    public bool MaybePinned(Pfn head) => throw new InvalidOperationException("stub");
}
