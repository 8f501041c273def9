using MemCore.Primitives;

namespace MemCore.Migration;

/// <summary>What became of one folio in one attempt: the return codes of the kernel.</summary>
internal enum MigrateOutcome
{
    /// <summary>0.</summary>
    Done,

    /// <summary>-EAGAIN: another pass may succeed.</summary>
    Again,

    /// <summary>-ENOMEM: no destination, so no other folio will do better.</summary>
    NoMemory,

    /// <summary>-EBUSY, -EOPNOTSUPP: not in this call.</summary>
    Busy,
}

/// <summary>What every step of a call needs to know about it.</summary>
internal readonly record struct MigrationCall(TaskId Task, IMigrationTarget Target, MigrateMode Mode, MigrateReason Reason);

/// <summary>Counts of a call: folios for its result, base frames for the events. A local of the call, handed down by reference.</summary>
internal struct MigrationTally
{
    public int Succeeded;
    public int Failed;
    public int FailedFrames;

    public void Fail(int frames)
    {
        Failed++;
        FailedFrames += frames;
    }
}
