using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Tests.Engine;

public class MachineTests
{
    [Fact]
    public void AFreshMachineHasNoFreeFrameUntilItIsGivenSome()
    {
        using Machine machine = new(new MachineOptions { Frames = 8192, Cpus = 2, Tasks = 3 });
        Assert.True(machine.Allocator.Allocate(new TaskId(0), 0, MigrateType.Movable).IsNone);

        machine.Allocator.FreeRangeAtRest(new Pfn(0), 8192);

        Assert.False(machine.Allocator.Allocate(new TaskId(2), 9, MigrateType.Movable).IsNone);
    }

    [Fact]
    public void NodesDivideTheFramesEvenlyAndSurviveALife()
    {
        using Machine machine = new(new MachineOptions { Frames = 8192 });
        machine.TagNodesAtRest(4);
        machine.Allocator.FreeRangeAtRest(new Pfn(0), 8192);
        TaskId task = new(0);

        Pfn pfn = machine.Allocator.Allocate(task, 0, MigrateType.Movable);
        machine.Allocator.Put(task, pfn);

        Strided<uint> flags = machine.Frames.AtRest.Flags;
        for (int frame = 0; frame < flags.Length; frame++) { Assert.Equal((uint)(frame / 2048), flags[frame] >> PageFlagsLayout.NodeShift); }
    }

    [Fact]
    public void TheAuditOfAMachineAtRestIsClean()
    {
        using Machine machine = new(new MachineOptions { Frames = 8192 });
        machine.Allocator.FreeRangeAtRest(new Pfn(0), 8192);
        EngineAudit audit = new(new AuditedEngine(machine.Frames) { Allocator = machine.Allocator, Waits = machine.Waiters, Cpus = machine.Cpus });

        Assert.Empty(audit.Run(HeldFolios.None).Findings);
    }
}
