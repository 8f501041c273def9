using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>A workload of a process: it reads and writes memory through page tables, and moves what it is mapped to.</summary>
internal abstract class ProcessWorkload(SoakWorker worker) : SoakWorkload(worker)
{
    protected Machine Machine { get; } = worker.World.Machine;

    protected PageMover Mover { get; } = new(worker);

    protected TaskId Task { get; } = worker.Task;

    /// <summary>Unless it says more: what the task has is mapped, and the page tables say so.</summary>
    public override void ShowHoldings(List<HeldFolio> holdings)
    {
    }

    /// <summary>A load, timed and counted. Done, Refused or NoMemory.</summary>
    protected FaultResult UserRead(MmId mm, long page, out PageSignature found, out bool intact)
    {
        long began = Worker.Stats.Begin(Operation.UserRead, mm, page);
        FaultResult result = Machine.Memories.TryRead(Task, mm, page, out found, out intact);
        Worker.Stats.End(Operation.UserRead, began, result == FaultResult.Done);
        return result;
    }

    /// <summary>A store, timed and counted. True: it is in memory. A page that refuses it is a finding; memory may run out.</summary>
    protected bool TryUserWrite(MmId mm, long page, PageSignature next)
    {
        long began = Worker.Stats.Begin(Operation.UserWrite, mm, page);
        FaultResult result = Machine.Memories.TryWrite(Task, mm, page, next);
        Worker.Stats.End(Operation.UserWrite, began, result == FaultResult.Done);
        if (result == FaultResult.Refused) { Mismatch(mm, page, "a mapped page refuses to be written"); }
        return result == FaultResult.Done;
    }

    /// <summary>MADV_DONTNEED.</summary>
    protected void Discard(MmId mm, long page, int pages)
    {
        long began = Worker.Stats.Begin(Operation.Unmap, mm, page, pages);
        Machine.Mms.Discard(Task, mm, page, pages);
        Worker.Stats.End(Operation.Unmap, began);
    }

    /// <summary>The process ends, if there is one.</summary>
    protected void Exit(ref MmId mm)
    {
        if (mm.IsNone) { return; }
        long began = Worker.Stats.Begin(Operation.Exit, mm, 0);
        Machine.Mms.Exit(Task, mm);
        Worker.Stats.End(Operation.Exit, began);
        mm = default;
    }

    /// <summary>Ends the run with a finding about the frame that the page is mapped to now.</summary>
    protected void Mismatch(MmId mm, long page, string what) =>
        Bug.If(true, ViolationKind.DataMismatch, what, PageMover.FrameOf(Machine, mm, page).Value);
}
