namespace MemCore.Lab.Soak;

/// <summary>The workloads by name.</summary>
internal static class WorkloadList
{
    public const string LockStorm = "lock-storm";
    public const string AllocStorm = "alloc-storm";
    public const string RefStorm = "ref-storm";
    public const string LruStorm = "lru-storm";
    public const string MigratePrivateAnon = "migrate-private-anon";
    public const string MigrateSharedAnon = "migrate-shared-anon";
    public const string MigratePageCache = "migrate-pagecache";
    public const string PinVsMigrate = "pin-vs-migrate";
    public const string Compact = "compact";
    public const string Mixed = "mixed";

    private static readonly string[] s_single = [LockStorm, AllocStorm, RefStorm, LruStorm, MigratePrivateAnon, MigrateSharedAnon, MigratePageCache, PinVsMigrate, Compact];

    public static IReadOnlyList<string> Names { get; } = [.. s_single, Mixed];

    /// <summary>Single workloads that a list of names stands for: mixed is all of them.</summary>
    public static IReadOnlyList<string> Expand(IReadOnlyList<string> names) => names.Contains(Mixed) ? s_single : [.. names.Distinct()];
}
