using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>What happens to a folio whose last reference was just dropped. Filled by the layer that owns the allocator.</summary>
internal interface IFolioRelease
{
    /// <summary>Frees the folio. The caller dropped the last reference and owns it alone; <paramref name="head"/> is its head frame.</summary>
    void Release(TaskId task, Pfn head);
}
