using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>Loads and stores of a process: through the translation cache, with faults where there is no translation.</summary>
internal sealed class UserMemory(EngineBase engine, Mms mms, Tlb tlb, PageFaults faults, FrameContents contents)
{
    /// <summary>Reads the page's signature. Done, Refused or NoMemory. <paramref name="intact"/>: the contents proved themselves (a racing writer of a shared page may tear them).</summary>
    public FaultResult TryRead(TaskId task, MmId mm, long page, out PageSignature signature, out bool intact) => throw new InvalidOperationException("stub");

    /// <summary>Writes the page's signature. Done, Refused or NoMemory.</summary>
    public FaultResult TryWrite(TaskId task, MmId mm, long page, PageSignature signature) => throw new InvalidOperationException("stub");
}
