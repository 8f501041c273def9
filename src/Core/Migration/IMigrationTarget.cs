using MemCore.Primitives;

namespace MemCore.Migration;

/// <summary>Where folios go: new_folio_t and free_folio_t. Called by the migrating task, which holds locks of other folios of the same call.</summary>
internal interface IMigrationTarget
{
    /// <summary>A fresh folio of the source's order with one reference and clean words. Pfn.None: no memory. Never waits for a folio lock.</summary>
    Pfn Allocate(TaskId task, Pfn source);

    /// <summary>An unused destination goes back; its one reference is the caller's.</summary>
    void Free(TaskId task, Pfn target);
}
