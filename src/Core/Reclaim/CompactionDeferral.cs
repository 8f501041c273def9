using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Reclaim;

/// <summary>Keeps requests from compacting a zone in which compaction for such an order failed lately. Section 8.6 of the reference.</summary>
/// <remarks><code>
/// bit  31 ......... 16   15 ....... 8   7 ....... 0
///      [ considered    ] [ shift      ] [ order    ]
/// </code>
/// order is the lowest that failed, shift doubles the requests that are turned away in a row, 64 at most. Lock-free.
/// </remarks>
internal sealed class CompactionDeferral(EngineBase engine, int zones)
{
    private const int ShiftMax = 6;

    private readonly Column<uint> _words = engine.Arena.Add<uint>("compact_deferral", zones, ColumnKind.State);

    /// <summary>Counts a request. True: it is turned away.</summary>
    public bool IsDeferred(int zone, int order)
    {
        uint seen = Atomic.Load(ref _words[zone]);
        while (order >= OrderOf(seen))
        {
            int limit = 1 << ShiftOf(seen);
            int considered = Math.Min(ConsideredOf(seen) + 1, limit);
            uint now = Atomic.CompareExchange(ref _words[zone], Make(OrderOf(seen), ShiftOf(seen), considered), seen);
            if (now == seen) { return considered < limit; }
            seen = now;
        }
        return false;
    }

    /// <summary>True after the most requests in a row were turned away: the next sweep looks at everything again.</summary>
    public bool IsRestarting(int zone, int order)
    {
        uint now = Atomic.Load(ref _words[zone]);
        return order >= OrderOf(now) && ShiftOf(now) == ShiftMax && ConsideredOf(now) >= 1 << ShiftMax;
    }

    /// <summary>A sweep has ended without a block of the order.</summary>
    public void Failed(int zone, int order)
    {
        uint seen = Atomic.Load(ref _words[zone]);
        for (uint now; ; seen = now)
        {
            uint next = Make(Math.Min(OrderOf(seen), order), Math.Min(ShiftOf(seen) + 1, ShiftMax), considered: 0);
            now = Atomic.CompareExchange(ref _words[zone], next, seen);
            if (now == seen) { return; }
        }
    }

    /// <summary>There is a block of the order. <paramref name="allocated"/>: and the request got it, so nobody is turned away any more.</summary>
    public void Succeeded(int zone, int order, bool allocated)
    {
        uint seen = Atomic.Load(ref _words[zone]);
        for (uint now; ; seen = now)
        {
            int failed = order >= OrderOf(seen) ? order + 1 : OrderOf(seen);
            uint next = allocated ? Make(failed, 0, 0) : Make(failed, ShiftOf(seen), ConsideredOf(seen));
            now = Atomic.CompareExchange(ref _words[zone], next, seen);
            if (now == seen) { return; }
        }
    }

    /// <summary>The state of a zone, for audits: the lowest order that failed, shift, and considered requests.</summary>
    public (int Order, int Shift, int Considered) StateOf(int zone)
    {
        uint now = Atomic.Load(ref _words[zone]);
        return (OrderOf(now), ShiftOf(now), ConsideredOf(now));
    }

    private static int OrderOf(uint word) => (int)(word & 0xff);

    private static int ShiftOf(uint word) => (int)((word >> 8) & 0xff);

    private static int ConsideredOf(uint word) => (int)(word >> 16);

    private static uint Make(int order, int shift, int considered) => ((uint)considered << 16) | ((uint)shift << 8) | (uint)order;
}
