using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Waiting;

namespace MemCore.Engine;

/// <summary>The sizes and policies of one machine. Each size is an option, so that an exploration runs the same code on eight frames.</summary>
internal sealed record MachineOptions
{
    public required int Frames { get; init; }

    public int Cpus { get; init; } = 1;

    /// <summary>Tasks that may run, more than CPUs too.</summary>
    public int Tasks { get; init; } = 1;

    /// <summary>Bytes behind each frame, a power of two from 64.</summary>
    public int FrameBytes { get; init; } = 64;

    public AllocatorOptions Allocator { get; init; } = new();

    public WaitOptions Waiting { get; init; } = new();

    public LruOptions Lru { get; init; } = new();

    public MappingOptions Mapping { get; init; } = new();

    public MigrationPolicy Policy { get; init; } = new();

    /// <summary>Room in the arena for columns that the caller adds.</summary>
    public long ExtraBytes { get; init; }
}
