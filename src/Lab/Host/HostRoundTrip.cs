using System.Diagnostics.CodeAnalysis;
using MemCore.Engine;
using MemCore.Lab.Formats;
using MemCore.Mapping;
using MemCore.Native;

namespace MemCore.Lab.Host;

/// <summary>A host taken into an engine, written from the engine's state alone, and read back: how much of it is the same.</summary>
internal sealed record HostRoundTrip(long Frames, long Equal)
{
    public long Differing => Frames - Equal;

    /// <summary>Writes the image and compares it word for word. False: one line, and what was at the path before is still there.</summary>
    public static bool TryRun(
        HostMap map, bool deferredFree, string path, [NotNullWhen(true)] out HostRoundTrip? trip, [NotNullWhen(false)] out HostError? error)
    {
        trip = null;
        int frames = HostImporter.TableFrames(map);
        if (!HostMemory.TryFit(frames, HostMemory.FrameBytesMin, AvailableMemory.Read(), out error)) { return false; }
        try
        {
            using Machine machine = new(new MachineOptions
            {
                Frames = frames,
                FrameBytes = HostMemory.FrameBytesMin,
                Mapping = MappingNeeds.Of(map).AddTo(new MappingOptions()),
                ExtraBytes = HostBits.BytesFor(frames),
            });
            HostBits bits = new(machine.Arena, frames);
            HostImporter.Import(map, machine, bits, new ImportOptions(deferredFree)).HandTo(machine.Allocator);
            if (!HostExporter.TryWrite(machine.Frames, machine.Allocator, bits, map.Frames, path, countsPath: null, out error)) { return false; }
        }
        catch (InsufficientMemoryException thrown)
        {
            error = new HostError(HostError.Machine, thrown.Message);
            return false;
        }
        if (!PageImage.TryReadAll(path, out ulong[]? written, out FormatError? unread))
        {
            error = new HostError(HostError.Machine, unread.Message);
            return false;
        }
        trip = new HostRoundTrip(Math.Max(map.Frames, written.Length), CountEqual(map.Flags, written));
        return true;
    }

    private static long CountEqual(ReadOnlySpan<ulong> first, ReadOnlySpan<ulong> second)
    {
        long equal = 0;
        for (int i = 0; i < Math.Min(first.Length, second.Length); i++) { equal += first[i] == second[i] ? 1 : 0; }
        return equal;
    }
}
