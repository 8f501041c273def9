using MemCore.Lab.Host;
using MemCore.Lab.Soak;

namespace MemCore.Cli.PageTypes;

/// <summary>Writes the page image that an engine has of a host, and says whether it equals the host's own.</summary>
internal static class ExportCommand
{
    /// <summary>0: equal; 1: the image was written and differs; 2, 3: one line on stderr and no image.</summary>
    public static int Run(PageTypesOptions options, TextWriter stdout, TextWriter stderr)
    {
        string host = options.Host ?? RecordedHost.DefaultPath;
        int frames = options.Frames == 0 && host == HostSource.Synthetic ? HostSource.SyntheticFrames : options.Frames;
        ulong seed = options.Seed ?? (ulong)Random.Shared.NextInt64();
        if (!HostSource.TryRead(host, seed, frames, out HostMap? map, out HostError? error)
            || !HostRoundTrip.TryRun(map, options.Deferred == "free", options.ExportPath!, out HostRoundTrip? trip, out error))
        {
            stderr.Write($"page-types: {error.Message}\n");
            return error.ExitCode;
        }
        if (options.Json)
        {
            stdout.Write("{\"schema\":\"memcore.page-types/1\",\"kind\":\"export\""
                + $",\"seed\":{seed},\"frames\":{trip.Frames},\"equal\":{trip.Equal},\"differing\":{trip.Differing}}}\n");
        }
        else
        {
            string source = host == HostSource.Synthetic ? $"{map.Source}, seed 0x{seed:x}" : map.Source;
            stdout.Write($"{options.ExportPath}: {trip.Frames} frames of {source}, {trip.Equal} equal, {trip.Differing} differing\n");
        }
        return trip.Differing == 0 ? ExitCode.Done : ExitCode.Finding;
    }
}
