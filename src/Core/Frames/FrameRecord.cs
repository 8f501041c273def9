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
