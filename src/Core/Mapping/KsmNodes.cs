using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>Stable nodes of merged folios: the places (VMA and page) that map each, several in one Mm too.</summary>
internal sealed class KsmNodes(EngineBase engine, MappingOptions options)
{
    public int Create(TaskId task) => throw new InvalidOperationException("stub");

    /// <summary>Notes that the page of the VMA maps the node's folio. False: exhausted. Takes the rmap lock of the node.</summary>
    public bool Add(TaskId task, int node, VmaId vma, long page) => throw new InvalidOperationException("stub");

    /// <summary>The page does not map it any more: at copy-on-write, zap. Returns false when it was not noted.</summary>
    public bool Remove(TaskId task, int node, VmaId vma, long page) => throw new InvalidOperationException("stub");

    public void Lock(TaskId task, int node) => throw new InvalidOperationException("stub");

    public void Unlock(TaskId task, int node) => throw new InvalidOperationException("stub");

    public int FirstItem(int node) => throw new InvalidOperationException("stub");

    public int NextItem(int item) => throw new InvalidOperationException("stub");

    public VmaId VmaOf(int item) => throw new InvalidOperationException("stub");

    public long PageOf(int item) => throw new InvalidOperationException("stub");
}
