using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>References by kind of holder, and who took the last of each: in checked builds on real threads only. A leak gets a name.</summary>
/// <remarks>
/// Bookkeeping: nothing decides by it. Mappings, caches, private data and the host are explained by the folio's own words.
/// A reference is noted after it was taken and taken off before it is put: noted late, the frame may be somebody else's already.
/// </remarks>
internal sealed class RefLedger(Arena arena, int frames)
{
    private readonly RefNotes? _notes = Seam.NotesHolders ? new RefNotes(arena, frames) : null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Take(TaskId task, Pfn head, RefHolder holder)
    {
        if (Seam.NotesHolders) { _notes!.Take(task, head, holder); }
    }

    /// <summary>Raises when nobody noted a reference of the kind: it was dropped twice, or belongs to another kind.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Drop(TaskId task, Pfn head, RefHolder holder)
    {
        if (Seam.NotesHolders) { _notes!.Drop(task, head, holder); }
    }

    /// <summary>A reference changes its holder.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Move(TaskId task, Pfn head, RefHolder from, RefHolder to)
    {
        if (Seam.NotesHolders) { _notes!.Move(task, head, from, to); }
    }

    /// <summary>Raises when anybody still has a reference noted. For who dropped the last one and owns the folio alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void VerifyNone(TaskId task, Pfn head)
    {
        if (Seam.NotesHolders) { _notes!.VerifyNone(task, head); }
    }

    public int CountAtRest(Pfn head, RefHolder holder) => _notes?.CountAtRest(head, holder) ?? 0;

    /// <summary>The task that took the last reference of the kind; -1: nobody did, or nobody noted it.</summary>
    public int LastTakerAtRest(Pfn head, RefHolder holder) => _notes?.LastTakerAtRest(head, holder) ?? -1;

    /// <summary>As in <c>speculative 1 (last taken by task 3), pin 2 (last taken by task 7)</c>; empty: nobody, or not recorded.</summary>
    public string DescribeAtRest(Pfn head) => _notes?.DescribeAtRest(head) ?? string.Empty;
}
