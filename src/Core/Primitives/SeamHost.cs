namespace MemCore.Primitives;

/// <summary>What is done to a word. The names are those of <see cref="Atomic"/>.</summary>
internal enum AccessKind : byte
{
    Load,
    Store,
    PlainLoad,
    PlainStore,
    CompareExchange,
    Exchange,
    Add,
    Or,
    And,
}

/// <summary>A place where chaos or an exploration may make the engine take its slow path.</summary>
internal enum FaultPoint : byte
{
    /// <summary>The guard of the task's own CPU is reported busy.</summary>
    CpuGuardBusy,

    /// <summary>A frame allocation is refused.</summary>
    AllocationRefused,

    /// <summary>A refcount freeze is refused although the count was right.</summary>
    FreezeRefused,

    /// <summary>The spin phase before a park is skipped.</summary>
    SpinSkipped,

    /// <summary>A migration gives a folio up after it was unmapped: everything is rolled back.</summary>
    MigrationAborted,

    /// <summary>A try-lock of a folio by migration is refused although the lock is free.</summary>
    FolioTryLockRefused,

    /// <summary>An isolation is refused before it took anything.</summary>
    IsolationRefused,
}

/// <summary>A machine that runs the engine: it stands between an operation and the word it works on.</summary>
/// <remarks>The explorer performs accesses itself, in an order of its choice; chaos delays and passes on to <see cref="Bare"/>.</remarks>
internal abstract class SeamHost
{
    public abstract int Access(AccessKind kind, ref int word, int operand, int comparand);

    public abstract long Access(AccessKind kind, ref long word, long operand, long comparand);

    public abstract void SpinWhile(ref int word, int seen, ref int spins);

    public abstract void Retry(ref int spins);

    /// <summary>Futex wait. False only when <paramref name="timeoutMs"/> is not negative and it passed.</summary>
    public abstract bool Park(ref int word, int expected, int timeoutMs);

    public abstract void Wake(ref int word, bool all);

    /// <summary>A full fence of the calling task.</summary>
    public virtual void Fence() => Bare.Fence();

    /// <summary>A full fence of every task of the process.</summary>
    public virtual void FenceAll() => Bare.FenceAll();

    public abstract int Choose(int count);

    public abstract bool Fails(FaultPoint point);

    public abstract void Note(string text);
}
