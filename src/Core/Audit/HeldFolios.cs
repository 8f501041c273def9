using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <summary>What a task holds at a pause, by its own word.</summary>
/// <param name="Pfn">The head, or the first frame of a plain block.</param>
/// <param name="References">How many references are the task's.</param>
/// <param name="Order">Of a plain block; a folio's own word says its order.</param>
/// <param name="IsPlain">A block that is not compound: only the first frame carries the references.</param>
/// <param name="IsLocked">The task owns the folio lock.</param>
/// <param name="Task">For the report.</param>
internal readonly record struct HeldFolio(Pfn Pfn, int References, int Order, bool IsPlain, bool IsLocked, int Task)
{
    /// <summary>What the first frame contains, when the task wrote it; frame i of the block has the virtual page plus i.</summary>
    public PageSignature? Contents { get; init; }
}

/// <summary>The holdings of all tasks at a pause, collected from the tasks' own tables and sorted for the audit.</summary>
/// <remarks>Collected by one thread or one after the other; after <see cref="Sort"/> any number of threads may read.</remarks>
internal sealed class HeldFolios
{
    private readonly List<HeldFolio> _folios = [];

    public static HeldFolios None => new();

    public int Count => _folios.Count;

    public HeldFolio this[int index] => _folios[index];

    public void Add(HeldFolio folio) => _folios.Add(folio);

    public void Clear() => _folios.Clear();

    public void Sort() => _folios.Sort(static (left, right) => left.Pfn.Value.CompareTo(right.Pfn.Value));

    /// <summary>The first holding at or above a frame.</summary>
    public int FirstFrom(int pfn)
    {
        int low = 0;
        int high = _folios.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_folios[middle].Pfn.Value < pfn) { low = middle + 1; }
            else { high = middle; }
        }
        return low;
    }
}
