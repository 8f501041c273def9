using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Waiting;

/// <summary>Who owns which folio lock, in checked builds, stress and exploration only: the word itself has one bit for it.</summary>
/// <remarks>An owner's word is changed by who owns the lock bit, so plain accesses do.</remarks>
internal sealed class LockOwners(Arena arena, FrameTable frames, CpuSlots cpus)
{
    private readonly Column<int> _robbed = Seam.Checked ? arena.Add<int>("lock_robbed", cpus.Tasks, ColumnKind.State) : default; // (T) of the wait under way
    private readonly Column<int> _owner = Seam.Checked ? arena.Add<int>("lock_owner", frames.Frames, ColumnKind.State) : default; // (F) task + 1

    /// <summary>Notes the new owner, right after the bit was taken for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Take(TaskId task, Pfn pfn)
    {
        if (Seam.Checked) { NoteTake(task, pfn); }
    }

    /// <summary>Notes that the owner is about to give the bit away.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Drop(TaskId task, Pfn pfn)
    {
        if (Seam.Checked) { NoteDrop(task, pfn); }
    }

    /// <summary>Notes that a woken task found the lock stolen. I-32: no more than <paramref name="most"/> times in a wait.</summary>
    public void Robbed(TaskId task, Pfn pfn, int most)
    {
        if (!Seam.Checked) { return; }
        ref int robbed = ref _robbed[task.Value];
        int times = Atomic.PlainLoad(ref robbed) + 1;
        Bug.If(times > most, ViolationKind.ProgressMismatch, "a waiter was robbed of the folio lock more often than is permitted", pfn.Value);
        Atomic.PlainStore(ref robbed, times);
    }

    /// <summary>The wait is over, one way or the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EndWait(TaskId task)
    {
        if (Seam.Checked) { ForgetRobberies(task); }
    }

    /// <summary>Raises when the folio is free: who locks or queues has something that keeps it, a reference or the lock of its page table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void VerifyAlive(Pfn pfn)
    {
        if (Seam.Checked) { CheckAlive(pfn); }
    }

    /// <summary>The owner for reports, read without order: -1 is nobody, or not recorded.</summary>
    public int OwnerForReport(Pfn pfn) => Seam.Checked ? _owner[pfn.Value] - 1 : -1;

    private void ForgetRobberies(TaskId task)
    {
        ref int robbed = ref _robbed[task.Value];
        if (Atomic.PlainLoad(ref robbed) != 0) { Atomic.PlainStore(ref robbed, 0); }
    }

    private void NoteTake(TaskId task, Pfn pfn)
    {
        CheckAlive(pfn);
        ref int word = ref _owner[pfn.Value];
        Bug.If(Atomic.PlainLoad(ref word) != 0, ViolationKind.DoubleOwner, "folio lock taken while another task owns it", pfn.Value);
        Atomic.PlainStore(ref word, task.Value + 1);
    }

    private void NoteDrop(TaskId task, Pfn pfn)
    {
        ref int word = ref _owner[pfn.Value];
        Bug.If(Atomic.PlainLoad(ref word) != task.Value + 1, ViolationKind.ForeignUnlock, "folio unlocked by a task that does not own the lock", pfn.Value);
        Atomic.PlainStore(ref word, 0);
    }

    private void CheckAlive(Pfn pfn) =>
        Bug.If(!FrameTable.IsAllocated(frames.GenerationPlain(pfn)), ViolationKind.UseAfterFree, "folio locked or waited for that is free", pfn.Value);
}
