namespace MemCore.Lab.Soak;

/// <summary>The largest values that a run takes.</summary>
internal static class SoakLimits
{
    public const int ThreadsMax = 1024;

    /// <summary>The flags word keeps the node in eight bits.</summary>
    public const int NodesMax = 256;

    /// <summary>Two to the 28th: 1 TiB of 4 KiB frames.</summary>
    public const int FramesMax = 1 << 28;
}
