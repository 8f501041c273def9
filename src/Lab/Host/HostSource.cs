using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using MemCore.Lab.Formats;

namespace MemCore.Lab.Host;

/// <summary>Finds the host that <c>--host</c> names and reads it.</summary>
internal static class HostSource
{
    public const string Live = "live";
    public const string Synthetic = "synthetic";

    /// <summary>The size of a made-up host when nobody says one.</summary>
    public const int SyntheticFrames = 1 << 18;

    private const string Proc = "/proc";

    /// <summary>Reads a folder, a file, this machine (<c>live</c>), or makes a host up (<c>synthetic</c>).</summary>
    /// <param name="host">A path or one of the two words.</param>
    /// <param name="seed">Of a made-up host.</param>
    /// <param name="frames">Of a made-up host; of any other the frames to keep of its beginning, 0 for all.</param>
    /// <remarks>False: <paramref name="error"/> is one line. Flags and counts are read by two threads.</remarks>
    public static bool TryRead(string host, ulong seed, int frames, [NotNullWhen(true)] out HostMap? map, [NotNullWhen(false)] out HostError? error)
    {
        map = null;
        if (frames < 0 || (frames == 0 && host == Synthetic))
        {
            error = new HostError(HostError.Usage, $"{frames} frames: a host has {HostImporter.LargestFolio} at least");
            return false;
        }
        if (frames > 0 && frames < HostImporter.LargestFolio)
        {
            error = new HostError(HostError.Usage, $"a host has {HostImporter.LargestFolio} frames at least, not {frames}");
            return false;
        }
        if (host == Synthetic)
        {
            map = SyntheticHost.Make(seed, frames);
            error = null;
            return true;
        }
        if (host == Live && !OperatingSystem.IsLinux())
        {
            error = new HostError(HostError.Machine, "--host live needs Linux: only its /proc shows the page map");
            return false;
        }
        if (!HostSnapshotFiles.TryLocate(host == Live ? Proc : host, out HostSnapshotFiles? files, out FormatError? missing))
        {
            error = host == Live ? LiveError(missing) : HostError.From(missing);
            return false;
        }
        if (!TryReadFiles(files, host == Live ? "live" : files.Name, out map, out FormatError? unread))
        {
            error = host == Live ? LiveError(unread) : HostError.From(unread);
            return false;
        }
        return TryAccept(frames, ref map, out error);
    }

    private static bool TryReadFiles(HostSnapshotFiles files, string name, [NotNullWhen(true)] out HostMap? map, [NotNullWhen(false)] out FormatError? error)
    {
        map = null;
        long start = Stopwatch.GetTimestamp();
        (ulong[]? Entries, FormatError? Error) counts = default;
        Thread? reader = null;
        if (files.KPageCount is string countFile)
        {
            reader = new Thread(() =>
            {
                PageImage.TryReadAll(countFile, out ulong[]? entries, out FormatError? failed);
                counts = (entries, failed);
            });
            reader.Start();
        }
        bool read = PageImage.TryReadAll(files.KPageFlags, out ulong[]? flags, out error);
        reader?.Join();
        error ??= counts.Error;
        if (!read || error is not null)
        {
            error ??= TextError($"{files.KPageFlags}: unreadable");
            return false;
        }
        if (counts.Entries is not null && counts.Entries.Length != flags!.Length)
        {
            error = TextError($"{files.KPageCount}: {counts.Entries.Length} entries, but {files.KPageFlags} has {flags.Length}: not of one machine, or cut off");
            return false;
        }
        List<string> notes = [];
        if (files.KPageCount is null) { notes.Add("no kpagecount: a mapped page counts as mapped once"); }
        IomemRanges? iomem = Read<IomemRanges>(files.Iomem, IomemRanges.TryRead, notes);
        ZoneInfo? zones = Read<ZoneInfo>(files.ZoneInfo, ZoneInfo.TryRead, notes);
        map = new HostMap(name, flags!, counts.Entries)
        {
            Ram = iomem is null ? null! : RamRanges.From(iomem, flags!.Length),
            Zones = ZoneLayout.From(zones, flags!.Length),
            BuddyInfo = Read<BuddyInfo>(files.BuddyInfo, BuddyInfo.TryRead, notes),
            PageTypeInfo = Read<PageTypeInfo>(files.PageTypeInfo, PageTypeInfo.TryRead, notes),
            VmStat = Read<NamedCounters>(files.VmStat, NamedCounters.TryReadVmStat, notes),
            MemInfo = Read<NamedCounters>(files.MemInfo, NamedCounters.TryReadMemInfo, notes),
            Notes = notes,
            ReadMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds,
        };
        return true;
    }

    /// <summary>A text is a companion: a missing or unreadable one is noted and done without.</summary>
    private static T? Read<T>(string? path, TextReader<T> read, List<string> notes)
        where T : class
    {
        if (path is null) { return null; }
        if (read(path, out T? parsed, out FormatError? error)) { return parsed; }
        notes.Add($"left out: {error!.Message}");
        return null;
    }

    private static bool TryAccept(int frames, [NotNullWhen(true)] ref HostMap? map, [NotNullWhen(false)] out HostError? error)
    {
        error = Objection(map!);
        if (error is not null)
        {
            map = null;
            return false;
        }
        if (frames > 0) { map = map!.First(frames, HostImporter.LargestFolio); }
        error = map!.LimitPfn > 0 ? null : new HostError(HostError.Usage, $"{map.Source}: no frame of the first {frames} is in use");
        return error is null;
    }

    private static HostError? Objection(HostMap map)
    {
        if (map.Frames == 0) { return new HostError(HostError.Usage, $"{map.Source}: an empty page map"); }
        if (map.LimitPfn == 0) { return new HostError(HostError.Usage, $"{map.Source}: no frame has any flag: not a page map"); }
        ReadOnlySpan<ulong> flags = map.Flags;
        for (int pfn = 0; pfn < flags.Length; pfn++)
        {
            if ((flags[pfn] & ~HostMap.KnownBits) != 0)
            {
                return new HostError(HostError.Usage, $"{map.Source}: pfn 0x{pfn:x} reads 0x{flags[pfn]:x16}: not a kpageflags image");
            }
        }
        int far = map.Counts is null ? -1 : map.Counts.AsSpan().IndexOfAnyExceptInRange(0UL, HostMap.MaxMappings);
        return far < 0 ? null : new HostError(HostError.Usage, $"{map.Source}: pfn 0x{far:x} is mapped 0x{map.Counts![far]:x} times: not a kpagecount image");
    }

    private static HostError LiveError(FormatError error) => new(HostError.Machine, error.Kind switch
    {
        FormatErrorKind.NotFound => "--host live: this kernel has no /proc/kpageflags (CONFIG_PROC_PAGE_MONITOR); give a recording with --host PATH",
        FormatErrorKind.NoPermission => $"--host live: {error.Message}; run as root, or give a recording with --host PATH",
        _ => $"--host live: {error.Message}; give a recording with --host PATH",
    });

    private static FormatError TextError(string message) => new(FormatErrorKind.Malformed, message);

    private delegate bool TextReader<T>(string path, [NotNullWhen(true)] out T? parsed, [NotNullWhen(false)] out FormatError? error);
}
