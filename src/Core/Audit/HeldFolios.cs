using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <summary>What somebody holds at a pause: a task by its own word, a batch by what is parked in it.</summary>
/// <param name="Pfn">The head, or the first frame of a plain block.</param>
/// <param name="References">How many references are the holder's: a pin of a single frame is 1024.</param>
/// <param name="Order">Of a plain block; a folio's own word says its order.</param>
/// <param name="IsPlain">A block that is not compound: only the first frame carries the references.</param>
/// <param name="IsLocked">The task owns the folio lock.</param>
/// <param name="Task">For the report; of a batch its CPU.</param>
internal readonly record struct HeldFolio(Pfn Pfn, int References, int Order, bool IsPlain, bool IsLocked, int Task)
{
    /// <summary>What it is held for: an isolated folio is on no list, a pinned one is.</summary>
    public RefHolder Holder { get; init; } = RefHolder.Task;

    /// <summary>What the first frame contains, when the task wrote it; frame i of the block has the virtual page plus i.</summary>
    public PageSignature? Contents { get; init; }

    /// <summary>As in <c>task 3</c> or <c>a batch of cpu 1</c>.</summary>
    public string Who => Holder == RefHolder.Batch ? $"a batch of cpu {Task}" : $"task {Task}";

    /// <summary>A pin of somebody. <paramref name="references"/> as they are counted, not pins.</summary>
    public static HeldFolio Pinned(Pfn pfn, int references, int task) => new(pfn, references, 0, false, false, task) { Holder = RefHolder.Pin };

    public static HeldFolio Isolated(Pfn pfn, int task) => new(pfn, 1, 0, false, false, task) { Holder = RefHolder.Isolation };

    public static HeldFolio Parked(Pfn pfn, int cpu) => new(pfn, 1, 0, false, false, cpu) { Holder = RefHolder.Batch };
}

/// <summary>References of one folio by what they are held for.</summary>
internal struct HeldReferences
{
    public long Tasks;
    public long Pins;
    public long Isolations;
    public long Batches;
    public long Drivers;

    public readonly long Sum => Tasks + Pins + Isolations + Batches + Drivers;

    public void Add(in HeldFolio held)
    {
        switch (held.Holder)
        {
            case RefHolder.Pin: Pins += held.References; break;
            case RefHolder.Isolation: Isolations += held.References; break;
            case RefHolder.Batch: Batches += held.References; break;
            case RefHolder.Driver: Drivers += held.References; break;
            default: Tasks += held.References; break;
        }
    }
}

/// <summary>All holdings at a pause, collected from the tasks' own tables and from the batches, and sorted for the audit.</summary>
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

    public HeldFolios Copy()
    {
        HeldFolios copy = new();
        copy._folios.AddRange(_folios);
        return copy;
    }

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
