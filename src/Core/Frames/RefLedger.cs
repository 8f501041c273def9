using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>Who may hold a reference that no other word of the folio explains.</summary>
internal enum RefHolder
{
    /// <summary>Isolated for migration, compaction or reclaim.</summary>
    Isolation,

    /// <summary>Parked in a per-CPU batch.</summary>
    Batch,

    /// <summary>A lookup that may find that it found the wrong folio.</summary>
    Speculative,

    /// <summary>A long-term user of the memory: counted in pins, not in references.</summary>
    Pin,

    /// <summary>A task that waits for the folio.</summary>
    Waiter,

    /// <summary>A fresh folio that its allocator has not given away yet, or a task's own use.</summary>
    Task,

    /// <summary>A driver of movable pages.</summary>
    Driver,
}

/// <summary>References by kind of holder, and who took the last of each: in checked builds on real threads only. A leak gets a name.</summary>
/// <remarks>Bookkeeping: nothing decides by it. Mappings, caches, private data and the host are explained by the folio's own words.</remarks>
internal sealed class RefLedger
{
    private readonly Column<long> _counts; // (A) eight bits a holder
    private readonly Column<long> _takers; // (A) eight bits a holder: the task that took the last one, plus one

    public RefLedger(Arena arena, int frames)
    {
        if (!IsOn) { return; }
        _counts = arena.Add<long>("ledger", frames, ColumnKind.Bookkeeping);
        _takers = arena.Add<long>("ledger_taker", frames, ColumnKind.Bookkeeping);
    }

    public static bool IsOn => Seam.Checked && !Seam.Exploring;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Take(TaskId task, Pfn head, RefHolder holder)
    {
        if (IsOn) { Note(task, head, holder, 1); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Drop(TaskId task, Pfn head, RefHolder holder)
    {
        if (IsOn) { Note(task, head, holder, -1); }
    }

    /// <summary>A reference changes its holder.</summary>
    public void Move(TaskId task, Pfn head, RefHolder from, RefHolder to)
    {
        if (!IsOn) { return; }
        Note(task, head, from, -1);
        Note(task, head, to, 1);
    }

    public int CountAtRest(Pfn head, RefHolder holder) => IsOn ? (int)(_counts[head.Value] >> (8 * (int)holder)) & 0xff : 0;

    /// <summary>The task that took the last reference of the kind; -1: nobody did, or nobody noted it.</summary>
    public int LastTakerAtRest(Pfn head, RefHolder holder) => IsOn ? ((int)(_takers[head.Value] >> (8 * (int)holder)) & 0xff) - 1 : -1;

    private void Note(TaskId task, Pfn head, RefHolder holder, int by)
    {
        int shift = 8 * (int)holder;
        Atomic.Add(ref _counts[head.Value], (long)by << shift);
        if (by < 0) { return; }
        long taker = (long)((task.Value + 1) & 0xff) << shift;
        ref long word = ref _takers[head.Value];
        Atomic.PlainStore(ref word, (Atomic.PlainLoad(ref word) & ~(0xffL << shift)) | taker);
    }
}
