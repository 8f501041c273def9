using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>The references that tasks hold, one count a frame, put together for each audit and taken back after it.</summary>
/// <remarks>Costs as much as is held, not as many frames as there are. Between audits all counts are zero.</remarks>
internal sealed class HeldReferences(Arena arena, int frames)
{
    private readonly Column<int> _counts = arena.Add<int>("held_refs", frames, ColumnKind.Bookkeeping); // (A) while tasks show and hide

    /// <summary>Counts for the audit. At rest only.</summary>
    public ReadOnlySpan<int> AtRest => _counts.AtRest;

    public int this[Pfn pfn] => Atomic.Load(ref _counts[pfn.Value]);

    /// <summary>Shows references of the calling task, or hides them again with a negative number. Wait-free.</summary>
    public void Show(Pfn head, int references) => Atomic.Add(ref _counts[head.Value], references);
}
