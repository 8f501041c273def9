using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Waiting;

namespace MemCore.Lab.Scenarios;

/// <summary>The engine's policies that a variant stands for: what runs in the Explorer and, by its name, on Metal.</summary>
internal sealed record Protocol
{
    public MigrationPolicy Migration { get; init; } = new();

    public WaitOptions Waiting { get; init; } = new();

    public FreeCheck FreeCheck { get; init; }

    /// <summary>The allocator's options with this protocol's check.</summary>
    public AllocatorOptions Allocator(bool checks) => new() { CheckAtFree = checks, CheckAtAlloc = checks, FreeCheck = FreeCheck };
}
