using System.Diagnostics.CodeAnalysis;
using MemCore.Lab.Formats;

namespace MemCore.Cli.PageTypes;

/// <summary>Reads a page image once from front to back and prints what the kernel's page-types prints for it.</summary>
internal sealed partial class PageTypesCommand
{
    public const int ExitDone = 0;
    public const int ExitUsage = 2;
    public const int ExitUnreadable = 3;

    private const string LiveFlags = "/proc/kpageflags";
    private const string LiveCount = "/proc/kpagecount";
    private const string LiveCgroup = "/proc/kpagecgroup";

    private readonly FlagSlots _slots = new();
    private ulong _lastSeen = ulong.MaxValue;
    private int _lastSlot;
    private PageRun _open;
    private long _openOffset;

    /// <summary>
    /// Results go to <paramref name="stdout"/>, one line about a failure to <paramref name="stderr"/>. 0: done; 2: the options do not
    /// go together; 3: a file cannot be read or is no page image. For one run.
    /// </summary>
    public int Run(PageTypesOptions options, TextWriter stdout, TextWriter stderr)
    {
        string flagsPath = options.FlagsPath ?? LiveFlags;
        string? countPath = options.ListMapCount ? Companion(options.CountPath, options, LiveCount, files => files.KPageCount) : null;
        string? cgroupPath = options.ListCgroup ? Companion(options.CgroupPath, options, LiveCgroup, files => files.KPageCgroup) : null;
        if ((options.ListMapCount && countPath is null) || (options.ListCgroup && cgroupPath is null))
        {
            string missing = options.ListMapCount && countPath is null ? "kpagecount" : "kpagecgroup";
            stderr.Write($"page-types: no {missing} image beside {flagsPath}: name one with --{missing} FILE\n");
            return ExitUsage;
        }

        PageTypesOutput output = PageTypesOutput.For(options, stdout);
        using var flags = new ImageCursor(flagsPath);
        using ImageCursor? second = options.DiffPath is null ? null : new ImageCursor(options.DiffPath);
        using ImageCursor? counts = countPath is null ? null : new ImageCursor(countPath);
        using ImageCursor? cgroups = cgroupPath is null ? null : new ImageCursor(cgroupPath);
        bool done = second is null
            ? TryWalk(options, flags, counts, cgroups, output, out FormatError? error)
            : TryDiff(options, flags, second, output, out error);
        if (!done)
        {
            stderr.Write($"page-types: {error!.Message}\n");
        }
        return done ? ExitDone : ExitUnreadable;
    }

    /// <summary>The file of the option, or the live file for a live run, or the one recorded with the image.</summary>
    private static string? Companion(string? named, PageTypesOptions options, string live, Func<HostSnapshotFiles, string?> pick) =>
        named ?? (options.FlagsPath is null or LiveFlags ? live
            : HostSnapshotFiles.TryLocate(options.FlagsPath, out HostSnapshotFiles? files, out _) ? pick(files) : null);

    private bool TryWalk(PageTypesOptions options, ImageCursor flags, ImageCursor? counts, ImageCursor? cgroups, PageTypesOutput output,
        [NotNullWhen(false)] out FormatError? error)
    {
        error = null;
        bool begun = false;
        foreach (PfnRange range in options.Ranges is [] ? [PfnRange.All] : options.Ranges)
        {
            if (!flags.TryMoveTo(range.First, out error)
                || (counts is not null && !counts.TryMoveTo(range.First, out error))
                || (cgroups is not null && !cgroups.TryMoveTo(range.First, out error)))
            {
                return false;
            }
            if (!begun && options.Listing != PageListing.None)
            {
                output.BeginListing();
            }
            begun = true;
            if (!TryWalkRange(options, range, flags, counts, cgroups, output, out error))
            {
                return false;
            }
        }
        Drain(output);
        if (!options.NoSummary)
        {
            output.Summary(_slots);
        }
        return true;
    }

    private bool TryWalkRange(PageTypesOptions options, PfnRange range, ImageCursor flags, ImageCursor? counts, ImageCursor? cgroups,
        PageTypesOutput output, [NotNullWhen(false)] out FormatError? error)
    {
        long pfn = range.First;
        while (flags.TryRead(range.End - pfn, out ReadOnlySpan<ulong> entries, out error))
        {
            if (entries.IsEmpty)
            {
                return true;
            }
            if (!TryReadAsMany(counts, pfn, entries.Length, out ReadOnlySpan<ulong> mapCounts, out error)
                || !TryReadAsMany(cgroups, pfn, entries.Length, out ReadOnlySpan<ulong> owners, out error))
            {
                return false;
            }
            for (int i = 0; i < entries.Length; i++)
            {
                ulong seen = options.Raw ? Kpf.Expanded(entries[i]) : Kpf.WellKnown(entries[i]);
                if (!Wanted(options, seen))
                {
                    continue;
                }
                if (!TryCount(seen))
                {
                    error = Foreign(flags.Path, pfn + i, seen);
                    return false;
                }
                var page = new PageRun(pfn + i, 1, _lastSlot, owners.IsEmpty ? 0 : owners[i], mapCounts.IsEmpty ? 0 : mapCounts[i]);
                List(options, page, range.First + i, output);
            }
            pfn += entries.Length;
        }
        return false;
    }

    private static bool Wanted(PageTypesOptions options, ulong flags)
    {
        foreach (BitsFilter filter in options.Filters)
        {
            if (!filter.Accepts(flags))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Counts one page; its slot is then <see cref="_lastSlot"/>. False: flags that no real page has.</summary>
    private bool TryCount(ulong flags)
    {
        if (flags != _lastSeen)
        {
            int slot = Kpf.FirstUnprintable(flags) < 0 ? _slots.SlotOf(flags) : -1;
            if (slot < 0)
            {
                return false;
            }
            (_lastSeen, _lastSlot) = (flags, slot);
        }
        _slots.Count(_lastSlot, 1);
        return true;
    }

    /// <summary>
    /// Lists one page, or lets the open run grow by it. <paramref name="offset"/> is the tool's second idea of where it is: it
    /// starts anew at the start of the range with every block of 65,536 pages, so a run never goes across the end of a block.
    /// </summary>
    private void List(PageTypesOptions options, in PageRun page, long offset, PageTypesOutput output)
    {
        if (options.Listing == PageListing.Each)
        {
            output.Run(page, _slots);
        }
        if (options.Listing != PageListing.Ranges)
        {
            return;
        }
        bool alike = _open.Pages > 0 && page.Pfn == _open.Pfn + _open.Pages && offset == _openOffset + _open.Pages
            && page.Slot == _open.Slot && page.Cgroup == _open.Cgroup && page.MapCount == _open.MapCount;
        if (alike)
        {
            _open = _open with { Pages = _open.Pages + 1 };
            return;
        }
        Drain(output);
        (_open, _openOffset) = (page, offset);
    }

    private void Drain(PageTypesOutput output)
    {
        if (_open.Pages > 0)
        {
            output.Run(_open, _slots);
        }
        _open = default;
    }

    private static bool TryReadAsMany(ImageCursor? companion, long pfn, int entries, out ReadOnlySpan<ulong> read,
        [NotNullWhen(false)] out FormatError? error)
    {
        read = default;
        error = null;
        if (companion is null)
        {
            return true;
        }
        if (!companion.TryRead(entries, out read, out error))
        {
            return false;
        }
        if (read.Length < entries)
        {
            error = new FormatError(FormatErrorKind.Truncated,
                $"{companion.Path}: ends at pfn 0x{pfn + read.Length:x}, before the flags do: not from the same snapshot");
        }
        return error is null;
    }

    private static FormatError Foreign(string path, long pfn, ulong flags)
    {
        int bit = Kpf.FirstUnprintable(flags);
        return new FormatError(FormatErrorKind.Malformed, bit < 0
            ? $"{path}: more than {FlagSlots.Slots - 1} different flag values by pfn 0x{pfn:x}: not a kpageflags image"
            : $"{path}: unknown flag bit {bit} at pfn 0x{pfn:x}: not a kpageflags image, or from a newer kernel");
    }
}
