namespace MemCore.Perf.Contention;

/// <summary>A path of the engine in a closed loop, with what several threads share of it.</summary>
/// <param name="Name">Of the record.</param>
/// <param name="Test">Of the CSV file: the same operation on own and on shared objects is one test.</param>
/// <param name="Shares">True: the threads work on the same object (will-it-scale's threads); false: each on its own (its processes).</param>
/// <param name="LoopOf">The loop of a thread, on a rig that is made for so many threads.</param>
internal sealed record HotPath(string Name, string Test, bool Shares, Func<ContentionRig, int, Func<int, int>> LoopOf)
{
    public static IReadOnlyList<HotPath> All { get; } =
    [
        new("folio-lock-own", "folio_lock", Shares: false, (rig, t) => rig.LockLoop(t, rig.OwnFolio(t))),
        new("folio-lock-same", "folio_lock", Shares: true, (rig, t) => rig.LockLoop(t, rig.OwnFolio(0))),
        new("refcount-own", "refcount", Shares: false, (rig, t) => rig.GetPutLoop(rig.OwnFolio(t))),
        new("refcount-same", "refcount", Shares: true, (rig, t) => rig.GetPutLoop(rig.OwnFolio(0))),
        new("alloc-own-cpu", "frame_alloc", Shares: false, (rig, t) => rig.AllocateFreeLoop(t)),
        new("alloc-free-cross-cpu", "frame_alloc", Shares: true, (rig, t) => rig.CrossFreeLoop(t)),
        new("lru-add-own-node", "lru_add", Shares: false, (rig, t) => rig.LruLoop(t, node: t)),
        new("lru-add-same-node", "lru_add", Shares: true, (rig, t) => rig.LruLoop(t, node: 0)),
        new("fault-own-mm", "page_fault", Shares: false, (rig, t) => rig.FaultLoop(t, owner: t)),
        new("fault-same-mm", "page_fault", Shares: true, (rig, t) => rig.FaultLoop(t, owner: 0)),
        new("migrate-own-mm", "migrate", Shares: false, (rig, t) => rig.MigrateLoop(t, owner: t)),
        new("migrate-same-mm", "migrate", Shares: true, (rig, t) => rig.MigrateLoop(t, owner: 0)),
    ];
}
