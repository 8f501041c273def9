using System.Collections.Concurrent;
using System.Globalization;
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
/// Of several things wrong, the report names the last of: map count, mapping, reference count, flags. Under exploration a bad page ends the
/// run as a finding; otherwise it is counted, kept in a bounded list, and the frame never comes back.
/// </remarks>
internal sealed class FreeChecks(FrameTable table, EventCounters events, AllocatorOptions options, Column<long> leaked)
{
    private const int ReportsMax = 256;
    private const PageFlags SurviveWipe = PageFlags.HwPoison;

    private readonly ConcurrentQueue<BadPage> _reports = new();

    /// <summary>Called once for each bad page, by the task that found it, after everything else was done. Set up before tasks run.</summary>
    public Action<BadPage>? OnBadPage { get; set; }

    /// <summary>The first reports; <see cref="LeakedAtRest"/> counts all.</summary>
    public IReadOnlyList<BadPage> Reports => [.. _reports];

    /// <summary>Frames that were leaked: bad ones and poisoned ones, with all frames of their folio.</summary>
    public long LeakedAtRest => leaked.AtRest[0];

    /// <summary>Verifies and wipes one frame of a block on its way to the free frames. None: it may go there.</summary>
    public ViolationKind PrepareFree(Pfn pfn, out string reason)
    {
        FlagsWord flags = table.Flags(pfn);
        PageFlags now = flags.Read();
        MappingWord mapping = table.Mapping(pfn);
        long owner = mapping.Raw;
        if (owner != 0 && MappingWord.IsAnon(owner))
        {
            mapping.SetLocked(0);
            owner = 0;
        }
        MapCount map = table.Map(pfn);
        bool mapped = !map.IsIdle;
        if (mapped && map.Type != PageType.None)
        {
            map.SetTypePlain(PageType.None);
            mapped = false;
        }
        reason = string.Empty;
        if (options.CheckAtFree)
        {
            // A leftover mlocked is no crime: it is cleared here for every freer.
            ViolationKind kind = Judge(pfn, now & PageFlags.CheckAtFree & ~PageFlags.Mlocked, owner, mapped, atFree: true, out reason);
            if (kind != ViolationKind.None) { return kind; }
        }
        if ((now & PageFlags.CheckAtPrep) != 0) { flags.ResetPlain(now & SurviveWipe); }
        table.SetPrivateLocked(pfn, 0);
        return ViolationKind.None;
    }

    /// <summary>Verifies one frame that is about to be handed out. None: it is as it was freed.</summary>
    public ViolationKind PrepareAllocation(Pfn pfn, out string reason)
    {
        FlagsWord flags = table.Flags(pfn);
        PageFlags now = flags.Read();
        reason = string.Empty;
        if (!options.CheckAtAlloc)
        {
            if ((now & PageFlags.CheckAtPrep) != 0) { flags.ResetPlain(now & SurviveWipe); }
            return ViolationKind.None;
        }
        return Judge(pfn, now & PageFlags.CheckAtPrep, table.Mapping(pfn).Raw, !table.Map(pfn).IsIdle, atFree: false, out reason);
    }

    /// <summary>Verifies the tails of a folio that is about to be taken apart. None: each is a tail of this head and idle.</summary>
    public ViolationKind VerifyTails(Pfn head, int order, out string reason)
    {
        reason = string.Empty;
        if (!options.CheckAtFree) { return ViolationKind.None; }
        uint tail = CompoundWord.Tail(head);
        for (Pfn pfn = head + 1; pfn.Value < head.Value + (1 << order); pfn += 1)
        {
            if (table.Compound(pfn).Raw != tail)
            {
                reason = "corrupted mapping in tail page";
                return ViolationKind.FlagAtFree;
            }
            if (!table.Map(pfn).IsIdle)
            {
                reason = "nonzero mapcount";
                return ViolationKind.MapcountAtFree;
            }
            if (table.Ref(pfn).CountUnsafe != 0)
            {
                reason = "nonzero _refcount";
                return ViolationKind.RefcountAtFree;
            }
        }
        return ViolationKind.None;
    }

    /// <summary>True for a frame whose memory is broken: it is kept away from everybody without a report.</summary>
    public bool IsPoisoned(Pfn pfn) => table.Flags(pfn).Has(PageFlags.HwPoison);

    /// <summary>Counts frames that nobody will get again. Wait-free.</summary>
    public void Leak(int frames) => Atomic.Add(ref leaked[0], frames);

    /// <summary>Reports a bad page and counts its frames as leaked. The frames' bits stay taken.</summary>
    public void LeakBad(TaskId task, Pfn pfn, Pfn head, int order, ViolationKind kind, string reason, bool atFree)
    {
        Bug.If(Seam.Exploring, kind, reason, pfn.Value);
        Leak(1 << order);
        events.Count(task, atFree ? EventCounter.FreeBadPage : EventCounter.AllocBadPage);
        string text = string.Create(CultureInfo.InvariantCulture, $"BUG: Bad page state in process task/{task.Value}  pfn:{pfn.Value:x5}\n")
            + FolioDump.Dump(table, pfn, reason);
        BadPage page = new(pfn, kind, reason, task, order == 0 ? text : $"{text}\nleaked with it: order {order} from pfn {head}");
        if (_reports.Count < ReportsMax) { _reports.Enqueue(page); }
        OnBadPage?.Invoke(page);
    }

    private ViolationKind Judge(Pfn pfn, PageFlags flags, long owner, bool mapped, bool atFree, out string reason)
    {
        reason = string.Empty;
        int references = table.Ref(pfn).CountUnsafe;
        if (!mapped && owner == 0 && references == 0 && flags == PageFlags.None) { return ViolationKind.None; }
        ViolationKind kind = ViolationKind.None;
        if (mapped) { (kind, reason) = (ViolationKind.MapcountAtFree, "nonzero mapcount"); }
        if (owner != 0) { (kind, reason) = (ViolationKind.NonNullMappingAtFree, "non-NULL mapping"); }
        if (references != 0) { (kind, reason) = (ViolationKind.RefcountAtFree, "nonzero _refcount"); }
        if (flags != PageFlags.None)
        {
            (kind, reason) = atFree
                ? (ViolationKind.FlagAtFree, "PAGE_FLAGS_CHECK_AT_FREE flag(s) set")
                : (ViolationKind.FlagAtAlloc, "PAGE_FLAGS_CHECK_AT_PREP flag set");
        }
        return kind;
    }
}
