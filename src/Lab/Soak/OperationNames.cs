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
        Operation.Cancel => "cancel",
        Operation.TryGet => "try-get",
        Operation.Put => "put",
        Operation.Freeze => "freeze",
        Operation.LruAdd => "lru-add",
        Operation.LruRequest => "lru-request",
        Operation.LruDrain => "lru-drain",
        Operation.Isolate => "isolate",
        Operation.Putback => "putback",
        Operation.DrainAll => "lru-drain-all",
        Operation.UserRead => "user-read",
        Operation.UserWrite => "user-write",
        Operation.Fork => "fork",
        Operation.Unmap => "unmap",
        Operation.Exit => "exit",
        Operation.CacheRead => "cache-read",
        Operation.CacheRemove => "cache-remove",
        Operation.Pin => "pin",
        Operation.Unpin => "unpin",
        Operation.MigratePages => "migrate-pages",
        Operation.Compact => "compact-step",
        Operation.CompactRun => "compact-run",
        Operation.BalloonInflate => "balloon-inflate",
        Operation.BalloonDeflate => "balloon-deflate",
        Operation.Sample => "sample",
        _ => operation.ToString(),
    };

    /// <summary>The operation of a name. False: there is none.</summary>
    public static bool TryParse(string name, out Operation operation)
    {
        for (operation = 0; operation < Operation.Count; operation++)
        {
            if (Of(operation) == name) { return true; }
        }
        return false;
    }
}
