namespace MemCore.Lab.Exploration;

/// <summary>What becomes of an operation when other tasks are stopped for ever.</summary>
internal enum ProgressKind
{
    /// <summary>It ends within a number of its own steps, whatever others do.</summary>
    WaitFree,

    /// <summary>Nobody who is stopped keeps it from ending; a retry of its own means that another operation got through.</summary>
    LockFree,

    /// <summary>It ends when it is left alone, from every state.</summary>
    ObstructionFree,

    /// <summary>It waits for somebody, who is named.</summary>
    Blocking,
}

/// <summary>The progress that an operation declares. The sweep holds it against what happens, in both directions.</summary>
/// <param name="Kind">How strong it is.</param>
/// <param name="Bound">Of wait-free: own accesses at most.</param>
/// <param name="On">Of blocking: whom it waits for.</param>
internal sealed record ProgressGuarantee(ProgressKind Kind, int Bound = 0, string On = "")
{
    public static ProgressGuarantee LockFree { get; } = new(ProgressKind.LockFree);

    public static ProgressGuarantee ObstructionFree { get; } = new(ProgressKind.ObstructionFree);

    public static ProgressGuarantee WaitFree(int bound) => new(ProgressKind.WaitFree, bound);

    public static ProgressGuarantee BlockingOn(string whom) => new(ProgressKind.Blocking, 0, whom);

    public override string ToString() => Kind switch
    {
        ProgressKind.WaitFree => $"wait-free, {Bound}",
        ProgressKind.LockFree => "lock-free",
        ProgressKind.ObstructionFree => "obstruction-free",
        _ => $"blocking on {On}",
    };
}
