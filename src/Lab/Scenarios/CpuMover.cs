using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>An actor that plays the scheduler of the modelled machine: it moves tasks to other CPUs, wherever they could be preempted.</summary>
/// <remarks>A move is the engine's own <see cref="CpuSlots.Move"/>; the explorer tries it at every point outside of guards.</remarks>
internal static class CpuMover
{
    /// <summary>One operation for each move, in order, by the task that runs them: it owns guards while it moves.</summary>
    public static (string Name, Action<TaskId> Run)[] Moves(CpuSlots cpus, params (TaskId Tenant, CpuId To)[] moves) =>
        [.. moves.Select(move => ($"move task {move.Tenant.Value} to CPU {move.To.Value}", (Action<TaskId>)(mover => cpus.Move(mover, move.Tenant, move.To))))];

    /// <summary>The same as an actor of its own.</summary>
    public static Actor Create(CpuSlots cpus, TaskId mover, params (TaskId Tenant, CpuId To)[] moves) =>
        new("mover", [.. Moves(cpus, moves).Select(move => new Operation(move.Name, () => move.Run(mover)))]);
}
