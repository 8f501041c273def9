namespace MemCore.Lab.Soak;

/// <summary>Operations by the names that reports use.</summary>
internal static class OperationNames
{
    public static string Of(Operation operation) => operation switch
    {
        Operation.Alloc => "alloc",
        Operation.Free => "free",
        Operation.Lock => "lock",
        Operation.LockKillable => "lock-killable",
        Operation.LockTimed => "lock-timed",
        Operation.WaitShared => "wait-shared",
        Operation.PutAndWait => "put-and-wait",
        Operation.WaitNoReference => "wait-no-reference",
        Operation.TryGet => "try-get",
        Operation.Put => "put",
        Operation.Freeze => "freeze",
        _ => operation.ToString(),
    };
}
