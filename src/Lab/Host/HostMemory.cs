using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using MemCore.Native;

namespace MemCore.Lab.Host;

/// <summary>How much memory an engine over so many frames takes.</summary>
internal static class HostMemory
{
    public const int FrameBytesMin = 64;
    public const int FrameBytesMax = 4096;

    /// <summary>All per-frame columns, the allocator's bits and the alignment of columns, rounded up; and the page tables and page caches of a busy host.</summary>
    public const int MetadataBytesPerFrame = 88;

    private const long FixedBytes = 4L << 20;

    /// <summary>Metadata and contents.</summary>
    public static long NeededBytes(long frames, int frameBytes) => (frames * (MetadataBytesPerFrame + frameBytes)) + FixedBytes;

    /// <summary>The largest power of two from 64 to 4,096 that keeps all within half of the available memory. False: not even 64 does.</summary>
    public static bool TryFrameBytesDefault(long frames, AvailableMemory available, out int frameBytes, [NotNullWhen(false)] out HostError? error)
    {
        frameBytes = FrameBytesMin;
        error = null;
        while (frameBytes < FrameBytesMax && NeededBytes(frames, frameBytes * 2) <= available.Bytes / 2) { frameBytes *= 2; }
        if (NeededBytes(frames, frameBytes) <= available.Bytes / 2) { return true; }
        error = Refusal(frames, frameBytes, available, available.Bytes / 2, "half of ");
        return false;
    }

    /// <summary>Whether a size that was asked for fits at all. False: one line that says what does.</summary>
    public static bool TryFit(long frames, int frameBytes, AvailableMemory available, [NotNullWhen(false)] out HostError? error)
    {
        error = null;
        if (frameBytes < FrameBytesMin || frameBytes > FrameBytesMax || !BitOperations.IsPow2(frameBytes))
        {
            error = new HostError(HostError.Usage, $"--frame-bytes {frameBytes}: a power of two from {FrameBytesMin} to {FrameBytesMax}");
        }
        else if (NeededBytes(frames, frameBytes) > available.Bytes)
        {
            error = Refusal(frames, frameBytes, available, available.Bytes, string.Empty);
        }
        return error is null;
    }

    private static HostError Refusal(long frames, int frameBytes, AvailableMemory available, long limit, string part)
    {
        long fits = Math.Max(0, (limit - FixedBytes) / (MetadataBytesPerFrame + FrameBytesMin));
        return new HostError(HostError.Machine, $"{frames} frames with {frameBytes} bytes of contents need {MiB(NeededBytes(frames, frameBytes))} MiB, "
            + $"{part}the {MiB(available.Bytes)} MiB available ({available.LimitedBy}) is {MiB(limit)} MiB; --frames {fits} --frame-bytes {FrameBytesMin} would fit");
    }

    private static long MiB(long bytes) => bytes >> 20;
}
