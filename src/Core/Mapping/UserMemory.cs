using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>Loads and stores of a process: through the translation cache, with faults where there is no translation.</summary>
/// <remarks>Blocking as a fault is. Between the begin and the end of an access nothing waits and no lock is taken.</remarks>
internal sealed class UserMemory(EngineBase engine, Mms mms, Tlb tlb, PageFaults faults, FrameContents contents)
{
    /// <summary>Reads the page's signature. Done, Refused or NoMemory. <paramref name="intact"/>: the contents proved themselves (a racing writer of a shared page may tear them).</summary>
    public FaultResult TryRead(TaskId task, MmId mm, long page, out PageSignature signature, out bool intact)
    {
        int root = mms.RootOf(mm);
        while (true)
        {
            tlb.BeginAccess(task);
            Pfn pfn = tlb.Translate(task, mm, root, page, write: false);
            if (!pfn.IsNone)
            {
                intact = contents.TryRead(pfn, out signature);
                tlb.EndAccess(task);
                return FaultResult.Done;
            }
            tlb.EndAccess(task);
            FaultResult fault = Fault(task, mm, page, write: false);
            if (fault != FaultResult.Retry)
            {
                signature = default;
                intact = false;
                return fault;
            }
        }
    }

    /// <summary>Writes the page's signature. Done, Refused or NoMemory.</summary>
    public FaultResult TryWrite(TaskId task, MmId mm, long page, PageSignature signature)
    {
        int root = mms.RootOf(mm);
        while (true)
        {
            tlb.BeginAccess(task);
            Pfn pfn = tlb.Translate(task, mm, root, page, write: true);
            if (!pfn.IsNone)
            {
                contents.Stamp(pfn, signature);
                tlb.EndAccess(task);
                return FaultResult.Done;
            }
            tlb.EndAccess(task);
            FaultResult fault = Fault(task, mm, page, write: true);
            if (fault != FaultResult.Retry) { return fault; }
        }
    }

    // Retry also when the page was mapped: the access starts anew.
    private FaultResult Fault(TaskId task, MmId mm, long page, bool write)
    {
        FaultResult fault = faults.Fault(task, mm, page, write);
        if (fault == FaultResult.Retry) { engine.Events.Count(task, EventCounter.FaultRetried); }
        return fault == FaultResult.Done ? FaultResult.Retry : fault;
    }
}
