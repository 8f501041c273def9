using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <summary>A frame that was found in a state in which it must not be free, and leaked on purpose.</summary>
/// <param name="Pfn">The frame.</param>
/// <param name="Kind">What was wrong, as the lab names it.</param>
/// <param name="Reason">The same as the kernel says it.</param>
/// <param name="Task">Who freed or was to get it.</param>
/// <param name="Report">The whole report, several lines.</param>
public sealed record BadPage(Pfn Pfn, ViolationKind Kind, string Reason, TaskId Task, string Report);

/// <summary>What is verified and wiped when a frame is freed and when it is handed out.</summary>
/// <remarks>
/// Of several things wrong, the report names the last one of: map count, mapping, reference count, flags. Under exploration a bad page ends the
/// run as a finding; otherwise it is counted, kept in a bounded list, and the frame never comes back.
/// </remarks>
internal sealed class FreeChecks(FrameTable table, EventCounters events, AllocatorOptions options, Column<long> leaked)
{
    private const int ReportsMax = 256;

    private readonly ConcurrentQueue<BadPage> _reports = new();
    private readonly bool _checkAtFree = options.CheckAtFree;
    private readonly bool _checkAtAlloc = options.CheckAtAlloc;

    /// <summary>Called once for each bad page, by the task that found it, after everything else was done. Set up before tasks run.</summary>
    public Action<BadPage>? OnBadPage { get; set; }

    /// <summary>The first reports; <see cref="LeakedAtRest"/> counts all.</summary>
    public IReadOnlyList<BadPage> Reports => [.. _reports];

    /// <summary>Frames that were leaked: bad ones and poisoned ones, with all frames of their folio.</summary>
    public long LeakedAtRest => leaked.AtRest[0];

    /// <summary>Verifies and wipes one frame of a block on its way to the free frames. None: it may go there.</summary>
    public ViolationKind PrepareFree(Pfn pfn) => TryFreeClean(pfn) ? ViolationKind.None : PrepareFreeSlowly(pfn);

    /// <summary>As <see cref="PrepareFree"/> for a frame that needs no closer look. False: it does; nothing has changed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryFreeClean(Pfn pfn)
    {
        if (table.Traces(pfn, PageFlags.CheckAtFree | PageFlags.HwPoison, out PageFlags now) != 0) { return false; }
        Wipe(pfn, now);
        table.SetPrivateLocked(pfn, 0);
        return true;
    }

    /// <summary>Verifies one frame that is about to be handed out. None: it is as it was freed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ViolationKind PrepareAllocation(Pfn pfn) =>
        table.Traces(pfn, PageFlags.CheckAtPrep, out PageFlags now) == 0 ? ViolationKind.None : PrepareAllocationSlowly(pfn, now & PageFlags.CheckAtPrep);

    /// <summary>Verifies the tails of a folio that is about to be taken apart. None: each is a tail of this head and idle.</summary>
    public ViolationKind VerifyTails(Pfn head, int order)
    {
        if (!_checkAtFree) { return ViolationKind.None; }
        if (table.TailsAreIdle(head, order)) { return ViolationKind.None; }
        uint tail = CompoundWord.Tail(head);
        for (Pfn pfn = head + 1; pfn.Value < head.Value + (1 << order); pfn += 1)
        {
            if (table.Compound(pfn).Raw != tail) { return ViolationKind.Unexpected; }
            if (!table.Map(pfn).IsIdle) { return ViolationKind.MapcountAtFree; }
            if (table.Ref(pfn).CountUnsafe != 0) { return ViolationKind.RefcountAtFree; }
        }
        return ViolationKind.None;
    }

    /// <summary>What was wrong, as the kernel says it.</summary>
    public static string ReasonOf(ViolationKind kind) => kind switch
    {
        ViolationKind.MapcountAtFree => "nonzero mapcount",
        ViolationKind.NonNullMappingAtFree => "non-NULL mapping",
        ViolationKind.RefcountAtFree => "nonzero _refcount",
        ViolationKind.FlagAtFree => "PAGE_FLAGS_CHECK_AT_FREE flag(s) set",
        ViolationKind.FlagAtAlloc => "PAGE_FLAGS_CHECK_AT_PREP flag set",
        _ => "corrupted mapping in tail page",
    };

    /// <summary>True for a frame whose memory is broken: it is kept away from everybody without a report.</summary>
    public bool IsPoisoned(Pfn pfn) => table.Flags(pfn).Has(PageFlags.HwPoison);

    /// <summary>Counts frames that nobody will get again. Wait-free.</summary>
    public void Leak(int frames) => Atomic.Add(ref leaked[0], frames);

    /// <summary>Reports a bad page and counts its frames as leaked. The frames' bits stay taken.</summary>
    public void LeakBad(TaskId task, Pfn pfn, Pfn head, int order, ViolationKind kind, bool atFree)
    {
        string reason = ReasonOf(kind);
        Bug.If(Seam.Exploring, kind, reason, pfn.Value);
        Leak(1 << order);
        events.Count(task, atFree ? EventCounter.FreeBadPage : EventCounter.AllocBadPage);
        string text = string.Create(CultureInfo.InvariantCulture, $"BUG: Bad page state in process task/{task.Value}  pfn:{pfn.Value:x5}\n")
            + FolioDump.Dump(table, pfn, reason);
        BadPage page = new(pfn, kind, reason, task, order == 0 ? text : $"{text}\nleaked with it: order {order} from pfn {head}");
        if (_reports.Count < ReportsMax) { _reports.Enqueue(page); }
        OnBadPage?.Invoke(page);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ViolationKind PrepareAllocationSlowly(Pfn pfn, PageFlags now)
    {
        if (_checkAtAlloc) { return Judge(pfn, now, ViolationKind.FlagAtAlloc); }
        Wipe(pfn, now);
        return ViolationKind.None;
    }

    // A leftover mlocked is no crime: it is cleared here for every freer. So are an anonymous mapping and a page type.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ViolationKind PrepareFreeSlowly(Pfn pfn)
    {
        MappingWord mapping = table.Mapping(pfn);
        if (MappingWord.IsAnon(mapping.Raw)) { mapping.SetLocked(0); }
        MapCount map = table.Map(pfn);
        if (map.Type != PageType.None) { map.SetType(PageType.None); }
        PageFlags now = table.Flags(pfn).Read();
        if (_checkAtFree)
        {
            ViolationKind kind = Judge(pfn, now & PageFlags.CheckAtFree & ~PageFlags.Mlocked, ViolationKind.FlagAtFree);
            if (kind != ViolationKind.None) { return kind; }
        }
        Wipe(pfn, now);
        table.SetPrivateLocked(pfn, 0);
        return ViolationKind.None;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Wipe(Pfn pfn, PageFlags now)
    {
        if ((now & PageFlags.CheckAtPrep) != 0) { WipeFlags(pfn, now); }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WipeFlags(Pfn pfn, PageFlags now) => table.Flags(pfn).Reset(now & ~PageFlags.CheckAtPrep);

    private ViolationKind Judge(Pfn pfn, PageFlags flags, ViolationKind ofFlags)
    {
        if (flags != PageFlags.None) { return ofFlags; }
        if (table.Ref(pfn).CountUnsafe != 0) { return ViolationKind.RefcountAtFree; }
        if (table.Mapping(pfn).Raw != 0) { return ViolationKind.NonNullMappingAtFree; }
        return table.Map(pfn).IsIdle ? ViolationKind.None : ViolationKind.MapcountAtFree;
    }
}
