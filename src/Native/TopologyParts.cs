namespace MemCore.Native;

/// <summary>One logical CPU (hardware thread).</summary>
/// <param name="Id">The OS's number; on Windows 64 times the processor group plus the number in the group.</param>
/// <param name="CoreIndex">Its place in <see cref="CpuTopology.Cores"/>.</param>
/// <param name="CoreId">The OS's core number; unique at best within a package.</param>
/// <param name="PackageId">The socket.</param>
/// <param name="NodeId">A number of <see cref="CpuTopology.Nodes"/>.</param>
/// <param name="SmtSiblings">All CPUs of its core, itself included, also those that this process may not use.</param>
public sealed record LogicalCpu(int Id, int CoreIndex, int CoreId, int PackageId, int NodeId, IReadOnlyList<int> SmtSiblings);

/// <summary>One physical core.</summary>
/// <param name="Index">Its place in <see cref="CpuTopology.Cores"/>.</param>
/// <param name="CoreId">The OS's core number; unique at best within a package.</param>
/// <param name="PackageId">The socket.</param>
/// <param name="NodeId">The node of its first CPU.</param>
/// <param name="Cpus">Its CPUs that this process may use.</param>
public sealed record CpuCore(int Index, int CoreId, int PackageId, int NodeId, IReadOnlyList<int> Cpus);

/// <summary>One memory node.</summary>
/// <param name="Id">The OS's number; numbers may have gaps.</param>
/// <param name="Cpus">Its CPUs that this process may use; none on a memory-only node.</param>
/// <param name="MemoryBytes">Its memory; null if unknown.</param>
/// <param name="Distances">To each node in the order of <see cref="CpuTopology.Nodes"/>, 10 is local; empty if unknown.</param>
public sealed record NumaNode(int Id, IReadOnlyList<int> Cpus, long? MemoryBytes, IReadOnlyList<int> Distances);

/// <summary>What a cache holds.</summary>
public enum CpuCacheType
{
    /// <summary>The OS gave a type that is not known here, or none.</summary>
    Unknown,

    /// <summary>Data only.</summary>
    Data,

    /// <summary>Instructions only.</summary>
    Instruction,

    /// <summary>Both.</summary>
    Unified,
}

/// <summary>One cache.</summary>
/// <param name="Level">1 is nearest to the core.</param>
/// <param name="Type">What it holds.</param>
/// <param name="SizeBytes">Zero if unknown.</param>
/// <param name="LineBytes">Zero if unknown.</param>
/// <param name="SharedBy">All CPUs that use it, also those that this process may not use.</param>
public sealed record CpuCache(int Level, CpuCacheType Type, long SizeBytes, int LineBytes, IReadOnlyList<int> SharedBy);
