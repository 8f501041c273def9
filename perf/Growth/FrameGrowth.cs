using MemCore.Native;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Growth;

/// <summary>Cost per operation as the machine gets larger, from 2^12 frames on.</summary>
/// <remarks>
/// A series "near" works on the same few frames whatever the size and is compared with an owned read-modify-write: it shows what the engine's
/// own structures cost. A series "all over" reaches any frame and is compared with a read-modify-write of a random word of an equally large
/// set: packed words for the lock, which touches one word of 4 bytes, words on lines of their own for migration, which touches many columns.
/// </remarks>
internal static class FrameGrowth
{
    public const string Axis = "frames";

    private const string Owned = "owned RMW";
    private const int BulkSlices = 8;
    private const int BulkOperations = 1 << 12;

    // Columns, contents and the anchors' words come to less.
    private const long BytesPerFrame = 320;

    public static IReadOnlyList<GrowthSeries> Measure(GrowthOptions options, Action<string> progress)
    {
        GrowthSeries allocate = new(Axis, "alloc+free", Owned, Law.Flat);
        GrowthSeries bulk = new(Axis, "bulk get", Owned, Law.Flat);
        GrowthSeries lockNear = new(Axis, "lock+unlock, near", Owned, Law.Flat);
        GrowthSeries lockAll = new(Axis, "lock+unlock, all over", "random RMW, packed set", Law.Flat);
        GrowthSeries migrateNear = new(Axis, "migrate, near", Owned, Law.Flat);
        GrowthSeries migrateAll = new(Axis, "migrate, all over", "random RMW, set of lines", Law.Flat);
        using OwnedWords owned = new();
        bool warm = false;
        foreach (int order in options.FrameOrders)
        {
            int frames = 1 << order;
            long available = AvailableMemory.Read().Bytes;
            if (frames * BytesPerFrame > available)
            {
                progress($"2^{order} frames are left out: {frames * BytesPerFrame >> 20} MiB wanted, {available >> 20} MiB available");
                continue;
            }
            progress($"2^{order} frames");
            using FrameLoops loops = new(frames);
            using WordSet packed = new(frames, wide: false);
            using WordSet wide = new(frames, wide: true);
            PointRun run = new(options, owned);
            Subject packedRmw = run.Anchor("random RMW, packed", new Side(packed.RandomRmw));
            Subject wideRmw = run.Anchor("random RMW, lines", new Side(wide.RandomRmw));
            int bulkSlice = Math.Min(BulkOperations, loops.BulkFrames / BulkSlices);
            run.Add(allocate, new Side(loops.AllocateFree), run.Rmw);
            run.Add(bulk, new Side(loops.BulkGet), run.Rmw, (bulkSlice, loops.BulkFrames / bulkSlice), loops.FreeBulk);
            run.Add(lockNear, new Side(loops.LockUnlockNear), run.Rmw);
            run.Add(lockAll, new Side(loops.LockUnlockAll), packedRmw);
            run.Add(migrateNear, new Side(loops.MigrateNear), run.Rmw);
            run.Add(migrateAll, new Side(loops.MigrateAll), wideRmw);
            if (!warm) { run.Warm(); }
            warm = true;
            run.Run(frames);
        }
        return [allocate, bulk, lockNear, lockAll, migrateNear, migrateAll];
    }
}
