namespace MemCore.Reclaim;

/// <summary>Where a zone's scanners stand: one word, so that they never cross.</summary>
/// <remarks><code>
/// bit  63 ......... 48   47 .......... 24   23 .......... 0
///      [ tasks inside ] [ first            ] [ free         ]
///
/// free          the block that destinations come from now; the zone's end before the first. Sources are below it.
/// first         one above the highest block that was claimed as a source in this sweep. Destinations are not below it: first is at most free.
/// tasks inside  tasks that have a source block. All ones: somebody begins a new sweep, nobody enters.
/// </code></remarks>
internal static class ZoneSpan
{
    public const int Restarting = 0xffff;

    private const int FirstShift = 24;
    private const int InsideShift = 48;
    private const ulong BlockMask = (1UL << FirstShift) - 1;

    public static ulong OneInside => 1UL << InsideShift;

    public static int Free(ulong word) => (int)(word & BlockMask);

    public static int First(ulong word) => (int)((word >> FirstShift) & BlockMask);

    public static int Inside(ulong word) => (int)(word >> InsideShift);

    public static ulong Make(int first, int free, int inside) => ((ulong)(uint)inside << InsideShift) | ((ulong)(uint)first << FirstShift) | (uint)free;
}

/// <summary>What a sweep knows of one block.</summary>
/// <remarks><code>
/// bit  31 ... 23   22          21     20     19 ..... 10   9 ...... 0
///      [ unused ] [fruitful ] [skip] [busy] [ sync      ] [ async   ]
///
/// async, sync  frames of the block that a scan of that mode has passed; all of them: the block is done in this sweep
/// busy         a task scans the block
/// skip         the hint: the last full scan isolated nothing
/// fruitful     the scan under way has isolated something
/// </code></remarks>
internal static class ScanWord
{
    public const uint Busy = 1u << 20;
    public const uint Skip = 1u << 21;
    public const uint Fruitful = 1u << 22;

    private const int SyncShift = 10;
    private const uint FramesMask = (1u << SyncShift) - 1;

    public static int Passed(uint word, bool sync) => (int)((sync ? word >> SyncShift : word) & FramesMask);

    /// <summary>As passed by a scan of the mode; what a synchronous one has passed, an asynchronous one need not look at.</summary>
    public static uint WithPassed(uint word, bool sync, int frames)
    {
        uint async = Math.Max(word & FramesMask, (uint)frames);
        return sync
            ? (word & ~((FramesMask << SyncShift) | FramesMask)) | ((uint)frames << SyncShift) | async
            : (word & ~FramesMask) | async;
    }

    /// <summary>At the beginning of a sweep. Who is about to find that it may not enter keeps the busy bit until then.</summary>
    public static uint Fresh(uint word, bool keepHint) => word & (keepHint ? Busy | Skip : Busy);
}
