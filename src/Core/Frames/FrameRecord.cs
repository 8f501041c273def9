using System.Runtime.InteropServices;
using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>Where the words of a frame's record lie.</summary>
[StructLayout(LayoutKind.Explicit, Size = Arena.RecordBytes)]
internal struct FrameRecord
{
    public const int FlagsAt = 0;
    public const int RefCountAt = 4;
    public const int MapCountAt = 8;
    public const int GenerationAt = 12;
    public const int MappingAt = 16;
    public const int PrivateAt = 24;

#pragma warning disable IDE0051, CA1823 // Read by the compiler alone: it does not fit a byte when the check fails.
    private const byte FlagsAndReferencesAreOneWord = FlagsAt % sizeof(long) == 0 && RefCountAt == FlagsAt + sizeof(int) ? 0 : -1; // FolioWord
#pragma warning restore IDE0051, CA1823

    [FieldOffset(FlagsAt)]
    public uint Flags;

    [FieldOffset(RefCountAt)]
    public int RefCount;

    [FieldOffset(MapCountAt)]
    public int MapCount;

    [FieldOffset(GenerationAt)]
    public uint Generation;

    [FieldOffset(MappingAt)]
    public long Mapping;

    [FieldOffset(PrivateAt)]
    public long Private;
}
